package network

import (
	"fmt"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/model/fault"
)

// replace begins the work of a gateway that will answer in place of the service, which has just got
// the whole request. The service is not told when the client has its answer and leaves.
func (t *tap) replace() {
	t.s.linger.Store(true)
	if t.s.planned.gateway.Mode != fault.AfterAnswer {
		t.s.n.spawn(t.failInstead)
	}
}

// failInstead makes a gateway give up some time after the service has got the whole request.
func (t *tap) failInstead() {
	if t.later(t.s.planned.gateway.Span.Std()) {
		t.fail()
	}
}

// fail answers in place of the service, once.
func (t *tap) fail() {
	t.replaced.Do(func() {
		if !t.s.n.pass(t.ctx, t.s, downstream) {
			return
		}
		t.openDown()
		t.s.log.note(func(s *evidence) {
			s.gateway = time.Now()
			setOnce(&s.forwarded)
		})
		// A client that has left is no concern of the gateway's.
		_, _ = t.conn.Tap.Write(gatewayAnswer(t.s.planned.gateway.Status))
	})
}

// isReplaced reports whether what comes back belongs to the request that a gateway answers.
func (t *tap) isReplaced() bool {
	return t.s.planned.gateway != nil && t.faulted && !t.passes
}

// gatewayAnswer is what gateways say when they got nothing to pass on.
func gatewayAnswer(status int) []byte {
	text := http.StatusText(status)
	body := fmt.Sprintf("<html><body><h1>%d %s</h1></body></html>", status, text)
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/html\r\n"+
		"Content-Length: %d\r\n\r\n%s", status, text, len(body), body)
}

// gatewayError reports whether the client got the gateway's answer to a request that the service
// got.
func (s *evidence) gatewayError(f fault.Fault) (bool, string) {
	_, whole := s.given()
	switch {
	case !whole:
		return false, "the request did not reach the service"
	case s.gateway.IsZero() || s.outcome.Answer == nil || s.outcome.Answer.Status != f.Status:
		return false, s.clientSaw()
	}
	switch h := s.first(); {
	case h.answered.IsZero():
		return true, "the service gave no answer"
	case h.answered.After(s.gateway):
		return true, "while the service was at work"
	}
	return true, "in place of the service's answer"
}
