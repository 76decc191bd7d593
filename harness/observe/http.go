package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
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
	// Sessions are those of the tenants; nil when nobody logs in.
	Sessions *signin.Sessions
}

// BoundMessage is one message without faults, with what fills its template.
type BoundMessage struct {
	model.Message
	Tenant string
	Vars   template.Vars
	// Key, when it has a Name, is sent as the idempotency key.
	Key   model.KeyPlan
	Nonce string
	// Once: it is not sent again where the service fails, whatever its key.
	Once bool
	// as is the session with which it is sent, and last tells that no other one will be tried.
	as   *signin.Credential
	last bool
	// header receives the header of the answer; nil is for nobody.
	header *http.Header
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
	// Wait is for how long the answer asks to wait (Retry-After); zero when it does not.
	Wait time.Duration
	// Renewed tells that it came right after a new login.
	Renewed bool
	// Location is where a redirect leads; nobody goes there. "" when the answer is none.
	Location string
}

// Error says what was sent and what came back.
func (e *StatusError) Error() string {
	if e.Location != "" {
		return fmt.Sprintf("%s %s answered %d, a redirect to %.200q, and redirects are not followed: "+
			"write the path that answers itself", e.Method, e.Path, e.Status, e.Location)
	}
	if e.Renewed {
		return fmt.Sprintf("%s %s answered %d, also right after a new login (check session.headers, "+
			"session.capture and session.renew_on): %s", e.Method, e.Path, e.Status, e.Body)
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
		body, err := intake.ReadWhole(from)
		if err == nil {
			answer, err = decoded(p.Mask, body)
		}
		return err
	})
	return answer, err
}

// Create sends the message that makes a resource of a type, and returns its id. why says what its
// answer has instead of one.
func (p *Client) Create(
	ctx context.Context, m BoundMessage, typ model.ResourceType,
) (id, why string, err error) {
	if typ.IDFrom == nil {
		answer, err := p.Send(ctx, m)
		if id, why = NameValue(value.Lookup(answer, typ.ID)); why != "" {
			why = fmt.Sprintf("%s field %q", why, typ.ID)
		}
		return id, why, err
	}
	var header http.Header
	m.header = &header
	err = p.exchange(ctx, m, func(from io.Reader) error {
		body, err := intake.ReadWhole(from)
		if id = signin.NameAt(*typ.IDFrom, header, body); id == "" {
			why = "no name there"
		}
		return err
	})
	return id, why, err
}

// Step sends a message that is sent before an operation, and returns what is kept of its answer.
// missing names what the answer does not have.
func (p *Client) Step(
	ctx context.Context, m BoundMessage, kept map[string]exchange.Spot,
) (found template.Vars, missing string, err error) {
	var header http.Header
	m.header, found = &header, template.Vars{}
	err = p.exchange(ctx, m, func(from io.Reader) error {
		body, err := intake.ReadWhole(from)
		for _, name := range slices.Sorted(maps.Keys(kept)) {
			if found[name] = signin.ValueAt(kept[name], header, body); found[name] == nil {
				missing = name
			}
		}
		return err
	})
	return found, missing, err
}

// exchange sends one message and has its answer read. Statuses the contract calls transient
// are tried again a few times, with the same key, and so are failures of what has a key.
func (p *Client) exchange(ctx context.Context, m BoundMessage, read func(io.Reader) error) error {
	const tries = 5
	for n := 1; ; n++ {
		err := p.signedIn(ctx, m, read)
		var status *StatusError
		if n == tries || !errors.As(err, &status) || !p.transient(status) && !m.failed(status) {
			return err
		}
		if err := sleep.For(ctx, time.Duration(n)*10*time.Millisecond); err != nil {
			return err
		}
	}
}

// failed reports whether a message that has a key found the service failing.
func (m BoundMessage) failed(e *StatusError) bool {
	return m.Key.Name != "" && e.Status/100 == 5
}

// transient reports whether an answer may be another one later. The wait that it asks for comes
// before whatever is sent next.
func (p *Client) transient(e *StatusError) bool {
	later := conditions.Refuses(e.Status) || conditions.Pauses(conditions.Reader, e.Status, e.Wait)
	return p.Conditions != nil && later || slices.Contains(p.Contract.Promises.Transient, e.Status) ||
		slices.Contains(p.Contract.Promises.InFlight, e.Status)
}

// maxLogins is how many sessions a message is tried with: others may use one up, or it may end,
// before the message comes to its turn.
const maxLogins = 5

// signedIn sends one message in the session of its tenant, and again after a new login where the
// service asks for one.
func (p *Client) signedIn(
	ctx context.Context, m BoundMessage, read func(io.Reader) error,
) (err error) {
	for n := 1; ; n++ {
		m.last = n == maxLogins
		if m.as, err = p.Sessions.Of(ctx, p.Client.Transport, m.Tenant); err != nil {
			return fmt.Errorf("%s %s needs a session: %w", m.Method, m.Path, err)
		}
		err = p.once(ctx, m, read)
		var status *StatusError
		if !errors.As(err, &status) || !p.Contract.Renews(m.Tenant, status.Status) {
			return err
		}
		p.Sessions.Refused(m.Tenant, m.as)
		if m.last {
			status.Renewed = true
			return err
		}
	}
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
	m.as.Keep(resp.Header.Values("Set-Cookie"))
	if m.last || !p.Contract.Renews(m.Tenant, resp.StatusCode) {
		p.heed(m.Tenant, req.Method, resp)
	}
	if !okStatus(m.OK, resp.StatusCode) {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 4*mask.MaxExcerpt)) // its beginning is enough
		p.testify(m, req, resp.StatusCode, string(said))
		return &StatusError{
			Method: req.Method, Path: p.Mask.Text(req.URL.RequestURI()), Status: resp.StatusCode,
			Body: p.Mask.Excerpt(said), Location: p.Mask.Text(redirect(resp)),
			Wait: retryAfter(resp.Header),
		}
	}
	if m.header != nil {
		*m.header = resp.Header
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
	vars := template.Vars{}
	maps.Copy(vars, m.Vars)
	m.as.Fill(vars)
	sent, err := template.Render(m.Path, m.Content(), vars)
	if err != nil {
		return nil, err
	}
	if m.At != nil {
		if sent.Path, err = m.At(sent.Path); err != nil {
			return nil, err
		}
	}
	session, err := m.as.Headers()
	if err != nil {
		return nil, err
	}
	method := m.Method
	if method == "" {
		method = http.MethodGet
	}
	target := p.Base.Scheme + "://" + p.Base.Host + JoinPath(p.Base, sent.Path)
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(sent.Body))
	if err != nil {
		return nil, fmt.Errorf("making %s %s: %w", method, sent.Path, err)
	}
	if sent.Type != "" {
		req.Header.Set("Content-Type", sent.Type)
	}
	p.headers(req, m, session, sent.Headers)
	return req, nil
}

// headers adds the target's, the tenant's and the key's headers, and further ones.
func (p *Client) headers(req *http.Request, m BoundMessage, more ...map[string]string) {
	req.Header.Set("User-Agent", "idemcheck")
	for _, set := range append([]map[string]string{
		p.Contract.Target.Headers, p.Contract.Tenants[m.Tenant].Headers,
	}, more...) {
		for name, value := range set {
			req.Header.Set(name, value)
		}
	}
	if m.Key.Name == "" || p.Contract.Key.Header == "" || p.Contract.Key.From != "" {
		return
	}
	_, lines := keyform.Lines(p.Contract, m.Key, m.Nonce)
	for _, l := range lines {
		req.Header.Add(p.Contract.Key.Header, l)
	}
}

// okStatus reports whether a status is one of those wanted; none named means any 2xx.
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
func (p *Client) heed(tenant, method string, resp *http.Response) {
	p.Conditions.Allowed(tenant, resp.StatusCode)
	p.Conditions.Refused(conditions.Reader, resp.StatusCode, retryAfter(resp.Header))
	declared := slices.Contains(p.Contract.Promises.Transient, resp.StatusCode)
	if method != http.MethodGet && !declared {
		conditions.Served(p.Conditions, conditions.Reader, resp.StatusCode)
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
