package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/model"
)

// Limit bounds one message without faults, from its first byte to the last of its answer.
const Limit = conditions.Forever

// Client sends messages without faults: setup, ledgers, state.
type Client struct {
	Contract *model.Contract
	Base     *url.URL
	Client   *http.Client
	// Heavy bounds how many large answers are read at the same time; nil does not.
	Heavy Heavy
	// Conditions learn from every answer; nil in virtual time.
	Conditions *conditions.Conditions
	Mask       *mask.Mask
	// Witness is shown everything; nil shows nobody.
	Witness witness.Witness
}

// BoundMessage is one message without faults, with what fills its template.
type BoundMessage struct {
	model.Message
	Tenant string
	Vars   template.Vars
	// Key, when it has a Name, is sent as the idempotency key.
	Key   model.KeyPlan
	Nonce string
	// At turns the path into that of one page, and Headers is shown the headers of the answer; nil for
	// what is answered at once.
	At      func(path string) (string, error)
	Headers func(http.Header)
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

// notJSON adds to an error of an answer that is no JSON from its first byte on that it is not what
// was declared: a page has another path, and broken JSON is the service's mistake.
func notJSON(cause, err error) error {
	if at, is := errors.AsType[*json.SyntaxError](cause); is && at.Offset <= 1 {
		return witness.NotAsDeclared(err)
	}
	return err
}

// Send sends one message and decodes its answer.
func (p *Client) Send(ctx context.Context, m BoundMessage) (answer any, err error) {
	err = p.exchange(ctx, m, func(from io.Reader) error {
		body, err := ReadWhole(from)
		if err == nil {
			answer, err = decoded(p.Mask, body)
		}
		return err
	})
	return answer, err
}

// exchange sends one message and has its answer read. Statuses the contract calls transient
// are tried again a few times, with the same key, and so are failures of what has a key.
func (p *Client) exchange(ctx context.Context, m BoundMessage, read func(io.Reader) error) error {
	const tries = 5
	for n := 1; ; n++ {
		err := p.once(ctx, m, read)
		var status *StatusError
		if n == tries || !errors.As(err, &status) || !p.transient(status.Status) && !m.failed(status) {
			return err
		}
		if err := sleep.For(ctx, time.Duration(n)*10*time.Millisecond); err != nil {
			return err
		}
	}
}

// failed tells whether a message that has a key found the service failing.
func (m BoundMessage) failed(e *StatusError) bool { return m.Key.Name != "" && e.Status/100 == 5 }

func (p *Client) transient(status int) bool {
	limited := p.Conditions != nil && status == http.StatusTooManyRequests
	return limited || slices.Contains(p.Contract.Promises.Transient, status) ||
		slices.Contains(p.Contract.Promises.InFlight, status)
}

// once sends one message one time.
func (p *Client) once(ctx context.Context, m BoundMessage, read func(io.Reader) error) error {
	req, err := p.request(ctx, m)
	if err != nil {
		return err
	}
	if err := p.Conditions.Wait(ctx, conditions.Reader); err != nil {
		return err
	}
	end := p.timed(req.Method)
	req, connected := watched(req)
	resp, err := p.Client.Do(req)
	end(err == nil)
	if err != nil && connected.Load() {
		return &SilenceError{req.Method, req.URL.RequestURI(), errors.Unwrap(err)}
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	p.heed(m.Tenant, resp)
	if !okStatus(m.OK, resp.StatusCode) {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 4*mask.MaxExcerpt)) // its beginning is enough
		p.testify(m, req, resp.StatusCode, string(said))
		return &StatusError{
			req.Method, p.Mask.Text(req.URL.RequestURI()), resp.StatusCode, p.Mask.Excerpt(said),
			p.Mask.Text(redirect(resp)),
		}
	}
	if m.Headers != nil {
		m.Headers(resp.Header)
	}
	var kept bytes.Buffer
	in := &gate{from: p.overheard(resp.Body, &kept), heavy: p.Heavy}
	defer in.leave()
	defer func() { p.testify(m, req, resp.StatusCode, kept.String()) }()
	if err := read(in); err != nil {
		return fmt.Errorf("reading the answer to %s %s: %w", req.Method, req.URL.RequestURI(), err)
	}
	return nil
}

// request renders a message.
func (p *Client) request(ctx context.Context, m BoundMessage) (*http.Request, error) {
	path, err := template.Path(m.Path, m.Vars)
	if err != nil {
		return nil, err
	}
	if m.At != nil {
		if path, err = m.At(path); err != nil {
			return nil, err
		}
	}
	body, contentType, err := template.Body(m.Body, m.Vars)
	if err != nil {
		return nil, err
	}
	method := m.Method
	if method == "" {
		method = http.MethodGet
	}
	target := p.Base.Scheme + "://" + p.Base.Host + JoinPath(p.Base, path)
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
func (p *Client) headers(req *http.Request, m BoundMessage) {
	req.Header.Set("User-Agent", "idemcheck")
	for _, set := range []map[string]string{
		p.Contract.Target.Headers, p.Contract.Tenants[m.Tenant].Headers,
	} {
		for name, value := range set {
			req.Header.Set(name, value)
		}
	}
	if m.Key.Name == "" || p.Contract.Key.Header == "" {
		return
	}
	_, lines := keyform.Lines(p.Contract, m.Key, m.Nonce)
	for _, l := range lines {
		req.Header.Add(p.Contract.Key.Header, l)
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

// heed learns the same from the answer to a message without faults.
func (p *Client) heed(tenant string, resp *http.Response) {
	p.Conditions.Allowed(tenant, resp.StatusCode)
	after := retryAfter(resp.Header)
	if conditions.Refuses(conditions.Reader, resp.StatusCode, after) {
		p.Conditions.Refused(conditions.Reader, resp.StatusCode, after)
	}
}

// retryAfter reads how long an answer asks to wait, in seconds; zero when it does not.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil {
		return 0
	}
	return max(0, time.Duration(seconds)*time.Second)
}

// timed files how long a reading takes; the function it returns is to be called at its end.
func (p *Client) timed(method string) (end func(answered bool)) {
	if method != http.MethodGet {
		return func(bool) {}
	}
	return p.Conditions.Reading()
}

// NewHTTPClient makes the client of messages that are sent without faults.
func NewHTTPClient(by http.RoundTripper) *http.Client {
	return &http.Client{Transport: by, Timeout: Limit, CheckRedirect: guard.NoRedirect}
}

// JoinPath joins a path of the contract to the target's base path.
func JoinPath(base *url.URL, p string) string {
	return strings.TrimSuffix(base.EscapedPath(), "/") + p
}
