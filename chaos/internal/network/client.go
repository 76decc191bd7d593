package network

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
)

// limited makes the exchange within the attempt's timeout, which ends at the client's slot.
func (s *session) limited(ctx context.Context) chaos.Completion {
	if s.a.Timeout <= 0 {
		return s.exchange(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, s.limit())
	defer cancel()
	return s.exchange(ctx)
}

// limit is how long the client waits.
func (s *session) limit() time.Duration {
	if s.n.conf.Ordered {
		return s.a.Timeout + clientsSlot
	}
	return s.a.Timeout
}

func (s *session) exchange(ctx context.Context) chaos.Completion {
	conn, err := s.DialContext(ctx, "", "")
	if err != nil {
		return s.failed(ctx, err, false)
	}
	stop := context.AfterFunc(ctx, func() {
		s.steps.Pause(s.n.ctx, starve.ClientTimer)
		_ = conn.SetDeadline(time.Unix(1, 0))
	})
	defer stop()
	written := s.write(conn)
	resp, body, err := readAnswer(conn, s.a.Head)
	s.log.note(func(v *evidence) { setOnce(&v.ended) })
	_ = conn.Close()
	<-written
	if err != nil {
		return s.failed(ctx, err, s.log.answerBegan())
	}
	return chaos.Completion{
		Answer:     s.n.conf.Case.Interpret(resp.StatusCode, resp.Header, body),
		RetryAfter: retryAfter(resp.Header, time.Now()),
		Cookies:    resp.Header.Values("Set-Cookie"),
	}
}

// write writes the request, beside the reader where writing may have to wait. The channel is
// closed when it has been written. A service may answer before it has read everything: reading
// tells what became of it.
func (s *session) write(conn net.Conn) <-chan struct{} {
	written := make(chan struct{})
	all := func() {
		_, _ = conn.Write(slices.Concat(s.a.Head, s.a.Payload))
		close(written)
	}
	if c, ok := conn.(*clientConn); ok && link.IsPipe(c.Conn) {
		all()
	} else {
		go all()
	}
	return written
}

// readAnswer reads one final answer with its whole body.
func readAnswer(conn net.Conn, head []byte) (*http.Response, []byte, error) {
	rd := bufio.NewReaderSize(conn, 2<<10)
	method, _, _ := strings.Cut(string(head[:min(len(head), 16)]), " ")
	req := &http.Request{Method: method}
	resp, err := http.ReadResponse(rd, req)
	for err == nil && isInterim(resp.StatusCode) {
		resp, err = http.ReadResponse(rd, req)
	}
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errBody
	}
	return resp, body, err
}

// failed says in a word why there is no answer.
func (s *session) failed(ctx context.Context, err error, begun bool) chaos.Completion {
	out := chaos.Completion{Err: s.why(ctx, err, begun)}
	unread := s.log.unread()
	if b, ok := errors.AsType[boundError](err); ok && unread == "" {
		unread = b.Error()
	}
	if unread != "" && ctx.Err() == nil {
		out.Err, out.Unread = "broken answer", unread
	}
	return out
}

func (s *session) why(ctx context.Context, err error, begun bool) string {
	service := s.log.serviceErr()
	switch {
	case s.log.isDisconnected():
		return "disconnected"
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "timeout"
	case ctx.Err() != nil:
		return "canceled"
	case errors.Is(err, syscall.ECONNREFUSED) || errors.Is(service, syscall.ECONNREFUSED):
		return "refused"
	case service != nil:
		return service.Error()
	case errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE):
		return "reset"
	case begun:
		return "broken answer"
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "eof"
	}
	return err.Error()
}

// retryAfter reads how long an answer asks to wait; zero when it does not, or when the time has
// passed.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.Atoi(v); err == nil {
		return max(time.Duration(seconds)*time.Second, 0)
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// stagger waits for the next slot of the attempt, less than a microsecond. It reports false when
// ctx ended first.
func (s *session) stagger(ctx context.Context, which int) bool {
	if !s.n.conf.Ordered {
		return true
	}
	now := time.Now().Nanosecond() % microsecond
	wait := (s.slot + which - now + microsecond) % microsecond
	return sleep(ctx, time.Duration(wait))
}
