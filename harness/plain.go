package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// plainLimit bounds one message without faults, from its first byte to the last of its answer.
const plainLimit = 10 * time.Second

// plain sends messages without faults: setup, ledgers, state.
type plain struct {
	contract *model.Contract
	base     *url.URL
	client   *http.Client
	// heavy bounds how many large answers are read at the same time; nil does not.
	heavy heavy
	// conditions learn from every answer; nil in virtual time.
	conditions *conditions
	mask       *mask
}

// message is one message without faults.
type message struct {
	model.Message
	tenant string
	vars   contract.Vars
	// key, when it has a Name, is sent as the idempotency key.
	key   model.KeyPlan
	nonce string
}

// StatusError is an answer other than the one that was needed.
type StatusError struct {
	Method, Path string
	Status       int
	// Body is the beginning of the answer.
	Body string
	// Location is where a redirect leads; nobody goes there. "" when the answer is none.
	Location string
}

// Error says what was sent and what came back.
func (e *StatusError) Error() string {
	if e.Location != "" {
		return fmt.Sprintf("%s %s answered %d, a redirect to %.200q, and redirects are not followed: "+
			"write the path that answers itself", e.Method, e.Path, e.Status, e.Location)
	}
	return fmt.Sprintf("%s %s answered %d: %s", e.Method, e.Path, e.Status, e.Body)
}

// errNotJSON is an answer that should have been JSON.
var errNotJSON = errors.New("the answer is not JSON")

// send sends one message and decodes its answer.
func (p *plain) send(ctx context.Context, m message) (answer any, err error) {
	err = p.exchange(ctx, m, func(from io.Reader) error {
		body, err := whole(from)
		if err == nil {
			answer, err = p.mask.decoded(body)
		}
		return err
	})
	return answer, err
}

// exchange sends one message and has its answer read. Statuses the contract calls transient
// are tried again a few times, with the same key, and so are failures of what has a key.
func (p *plain) exchange(ctx context.Context, m message, read func(io.Reader) error) error {
	const tries = 5
	for n := 1; ; n++ {
		err := p.once(ctx, m, read)
		var status *StatusError
		if n == tries || !errors.As(err, &status) || !p.transient(status.Status) && !m.failed(status) {
			return err
		}
		if err := sleep(ctx, time.Duration(n)*10*time.Millisecond); err != nil {
			return err
		}
	}
}

// failed tells whether a message that has a key found the service failing.
func (m message) failed(e *StatusError) bool { return m.key.Name != "" && e.Status/100 == 5 }

func (p *plain) transient(status int) bool {
	limited := p.conditions != nil && status == http.StatusTooManyRequests
	return limited || slices.Contains(p.contract.Promises.Transient, status) ||
		slices.Contains(p.contract.Promises.InFlight, status)
}

// once sends one message one time.
func (p *plain) once(ctx context.Context, m message, read func(io.Reader) error) error {
	req, err := p.request(ctx, m)
	if err != nil {
		return err
	}
	if err := p.ready(ctx); err != nil {
		return err
	}
	end := p.timed(req.Method)
	req, connected := watched(req)
	resp, err := p.client.Do(req)
	end(err == nil)
	if err != nil && connected.Load() {
		return &silenceError{req.Method, req.URL.RequestURI(), errors.Unwrap(err)}
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	p.heed(m.tenant, resp)
	if !okStatus(m.OK, resp.StatusCode) {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 4*maxExcerpt)) // its beginning is enough
		return &StatusError{
			req.Method, p.mask.text(req.URL.RequestURI()), resp.StatusCode, p.mask.excerpt(said),
			p.mask.text(redirect(resp)),
		}
	}
	in := &gate{from: resp.Body, heavy: p.heavy}
	defer in.leave()
	if err := read(in); err != nil {
		return fmt.Errorf("reading the answer to %s %s: %w", req.Method, req.URL.RequestURI(), err)
	}
	return nil
}

// request renders a message.
func (p *plain) request(ctx context.Context, m message) (*http.Request, error) {
	path, err := contract.RenderPath(m.Path, m.vars)
	if err != nil {
		return nil, err
	}
	body, contentType, err := contract.RenderBody(m.Body, m.vars)
	if err != nil {
		return nil, err
	}
	method := m.Method
	if method == "" {
		method = http.MethodGet
	}
	target := p.base.Scheme + "://" + p.base.Host + joinPath(p.base, path)
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making %s %s: %w", method, path, err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	p.headers(req, m)
	return req, nil
}

// headers adds the target's, the tenant's and the key's headers.
func (p *plain) headers(req *http.Request, m message) {
	req.Header.Set("User-Agent", "idemcheck")
	for _, set := range []map[string]string{
		p.contract.Target.Headers, p.contract.Tenants[m.tenant].Headers,
	} {
		for name, value := range set {
			req.Header.Set(name, value)
		}
	}
	if m.key.Name == "" || p.contract.Key.Header == "" {
		return
	}
	_, lines := keyLines(p.contract, m.key, m.nonce)
	for _, l := range lines {
		req.Header.Add(p.contract.Key.Header, l)
	}
}

// okStatus tells whether a status is one of those wanted; none named means any 2xx.
func okStatus(want []int, status int) bool {
	if len(want) == 0 {
		return status/100 == 2
	}
	return slices.Contains(want, status)
}

// redirect is where a redirect leads; "" when the answer is none.
func redirect(resp *http.Response) string {
	if resp.StatusCode/100 != 3 {
		return ""
	}
	return resp.Header.Get("Location")
}

// maxExcerpt is how many bytes of a body a message shows.
const maxExcerpt = 160

// excerpt shortens a body for a message.
func excerpt(body []byte) string {
	short := body[:min(len(body), 4*maxExcerpt)]
	s := strings.Join(strings.Fields(strings.ToValidUTF8(string(short), "�")), " ")
	if len(s) > maxExcerpt || len(short) < len(body) {
		s = strings.ToValidUTF8(s[:min(len(s), maxExcerpt)], "") + "…"
	}
	return s
}

// sameHeader compares header names.
func sameHeader(a, b string) bool { return strings.EqualFold(a, b) }

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
