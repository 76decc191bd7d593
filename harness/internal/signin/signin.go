// Package signin logs callers in, and keeps what their sessions are made of: captured values and
// cookies. It finds values in answers.
package signin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// Name is the first part of {session.name} in templates.
const Name = "session"

// Sessions are the sessions of the callers of one service. Nil knows none.
type Sessions struct {
	contract *model.Contract
	base     *url.URL
	learned  func(secrets []string)
	mu       sync.Mutex
	callers  map[string]*caller // protected by mu
}

// caller is one tenant. Its turn is taken by who logs in, so that one login serves all who wait; a
// mutex would let virtual time stand still.
type caller struct {
	turn chan struct{}
	// now is its session, nil without any; failed is why the last login failed and when. All are
	// changed by who has the turn; now is protected by the mutex of all besides.
	now      *Credential
	failed   error
	failedAt time.Time
}

// New makes the sessions of a resolved contract; nil when nobody logs in. learned receives what is
// captured: all of it is secret.
func New(c *model.Contract, base *url.URL, learned func(secrets []string)) *Sessions {
	logsIn := func(name string) bool { return c.SessionOf(name) != nil }
	if !slices.ContainsFunc(c.TenantNames(), logsIn) {
		return nil
	}
	return &Sessions{contract: c, base: base, learned: learned, callers: map[string]*caller{}}
}

// Of returns the session of a tenant, after a login when it has none or an old one; nil when the
// tenant has no sessions.
func (s *Sessions) Of(
	ctx context.Context, by http.RoundTripper, tenant string,
) (*Credential, error) {
	if s == nil || s.contract.SessionOf(tenant) == nil {
		return nil, nil
	}
	c := s.caller(tenant)
	if now := s.fresh(c, tenant); now != nil {
		return now, nil
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if now := s.fresh(c, tenant); now != nil { // somebody else has logged in
		return now, nil
	}
	if c.failed != nil && time.Since(c.failedAt) < pauseAfterFailure {
		return nil, c.failed
	}
	now, err := s.withRetries(ctx, by, tenant)
	c.failed, c.failedAt = err, time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = now
	return now, err
}

// pauseAfterFailure is how long nobody tries to log in after a login failed: accounts are locked
// for less.
const pauseAfterFailure = time.Second

// Refused tells that a session is no good any more. That of a later login stays.
func (s *Sessions) Refused(tenant string, of *Credential) {
	if s == nil || of == nil {
		return
	}
	c := s.caller(tenant)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.now == of {
		c.now = nil
	}
}

func (s *Sessions) caller(tenant string) *caller {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.callers[tenant] == nil {
		s.callers[tenant] = &caller{turn: make(chan struct{}, 1)}
	}
	return s.callers[tenant]
}

// fresh is the session of a caller, unless it is to be renewed.
func (s *Sessions) fresh(c *caller, tenant string) *Credential {
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := s.contract.SessionOf(tenant).Renew.Std()
	if c.now != nil && limit > 0 && time.Since(c.now.since) >= limit {
		return nil
	}
	return c.now
}

// withRetries logs in, and again a few times while the service fails.
func (s *Sessions) withRetries(
	ctx context.Context, by http.RoundTripper, tenant string,
) (*Credential, error) {
	const tries = 5
	for n := 1; ; n++ {
		now, err := s.login(ctx, by, tenant)
		var refused *refusal
		final := errors.As(err, &refused) && refused.status/100 != 5 &&
			refused.status != http.StatusTooManyRequests
		if err == nil || final || n == tries ||
			sleep.For(ctx, time.Duration(n)*20*time.Millisecond) != nil {
			return now, err
		}
	}
}

// refusal is an answer other than the one that a login needs.
type refusal struct {
	message string
	status  int
}

func (e *refusal) Error() string { return e.message }

// login sends the messages of a login.
func (s *Sessions) login(
	ctx context.Context, by http.RoundTripper, tenant string,
) (*Credential, error) {
	says := s.contract.SessionOf(tenant)
	out, err := newCredential(says, s.base)
	if err != nil {
		return nil, err
	}
	for i := range says.Login {
		if err := s.send(ctx, by, out, message{tenant, &says.Login[i]}); err != nil {
			return nil, fmt.Errorf("logging in%s: %w", as(tenant), err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(says.Capture)) {
		if out.values[name] == "" {
			return nil, fmt.Errorf("logging in%s: no answer has what session.capture.%s names",
				as(tenant), name)
		}
	}
	out.since = time.Now()
	return out, nil
}

func as(tenant string) string {
	if tenant == "" {
		return ""
	}
	return " as " + tenant
}

// message is one message of a login.
type message struct {
	tenant string
	says   *exchange.PlainMessage
}

// maxAnswer bounds what is read of the answer to a login.
const maxAnswer = 1 << 20

// send sends one message of a login and takes what its answer gives.
func (s *Sessions) send(
	ctx context.Context, by http.RoundTripper, to *Credential, m message,
) error {
	req, err := s.request(ctx, to, m)
	if err != nil {
		return err
	}
	resp, err := by.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", req.Method, m.says.Path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer to %s %s: %w", req.Method, m.says.Path, err)
	}
	to.Keep(resp.Header.Values("Set-Cookie"))
	ok := resp.StatusCode < http.StatusBadRequest
	if len(m.says.OK) > 0 {
		ok = slices.Contains(m.says.OK, resp.StatusCode)
	}
	if !ok { // what it says may hold what was sent
		return &refusal{fmt.Sprintf("%s %s answered %d; check session.login",
			req.Method, m.says.Path, resp.StatusCode), resp.StatusCode}
	}
	for name, spot := range s.contract.SessionOf(m.tenant).Capture {
		if found := Find(spot, resp.Header, body); found != "" {
			to.values[name] = found
		}
	}
	s.learned(to.secrets(resp.Header.Values("Set-Cookie")))
	return nil
}

// request renders a message of a login.
func (s *Sessions) request(ctx context.Context, as *Credential, m message) (*http.Request, error) {
	vars := template.Vars{}
	for name, value := range as.values {
		vars[name] = value
	}
	sent, err := template.Render(m.says.Path, m.says.Content(), vars)
	if err != nil {
		return nil, fmt.Errorf("%w: it has not been captured yet; check session.capture", err)
	}
	below := strings.TrimSuffix(s.base.EscapedPath(), "/")
	to := s.base.Scheme + "://" + s.base.Host + below + sent.Path
	req, err := http.NewRequestWithContext(ctx, m.says.Method, to, bytes.NewReader(sent.Body))
	if err != nil {
		return nil, fmt.Errorf("making %s %s: %w", m.says.Method, m.says.Path, err)
	}
	req.Header.Set("User-Agent", "idemcheck")
	if sent.Type != "" {
		req.Header.Set("Content-Type", sent.Type)
	}
	for _, set := range []map[string]string{
		s.contract.Target.Headers, s.contract.Tenants[m.tenant].Headers, sent.Headers,
	} {
		for name, value := range set {
			req.Header.Set(name, value)
		}
	}
	if cookies := as.cookies(); cookies != "" {
		req.Header.Set("Cookie", cookies)
	}
	return req, nil
}
