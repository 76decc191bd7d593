package starting

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/harness/contract/guess"
	"github.com/idemcheck/idemcheck/harness/contract/guess/keys"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/harness/trial"
)

// Bounds of one answer that is learnt from.
const (
	maxAnswer = 4 << 20
	maxWait   = 30 * time.Second
	// What is accepted first is read so often, with such pauses, until it is done.
	maxReadings     = 100
	betweenReadings = 100 * time.Millisecond
)

// prober sends the requests of examples.
type prober struct {
	gate   *guard.Guard
	client *http.Client
}

// probe sends each request of examples once, and notes the answers: first what lets a caller in,
// then what makes things, under names that nobody used, then the operations on these, with keys
// that nobody used, until they are done, and then the lists.
func probe(ctx context.Context, x guess.Examples, allowed []string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return fmt.Errorf("making a cookie jar: %w", err)
	}
	gate := guard.New(guard.Options{Allow: allowed})
	p := prober{gate: gate, client: &http.Client{
		Transport: gate.Transport(), CheckRedirect: guard.NoRedirect, Timeout: maxWait, Jar: jar,
	}}
	defer p.client.CloseIdleConnections()
	users := slices.Concat(x.Creates, x.Operations, x.Ledgers)
	if x.Query != nil {
		asked := standIn(x.Query)
		users = append(users, asked)
		defer func() { take(x.Query, asked) }()
	}
	for i, e := range x.Logins {
		if err := p.send(ctx, e); err != nil {
			return err
		}
		guess.Enter(x.Logins[:i+1], slices.Concat(x.Logins[i+1:], users))
	}
	for i, e := range slices.Concat(x.Creates, x.Operations) {
		keys.Renew(e, "idemcheck-"+rand.Text())
		if i < len(x.Creates) {
			guess.Freshen(e, "idemcheck-"+strings.ToLower(rand.Text()[:10]), users[i+1:])
		}
		if err := p.send(ctx, e); err != nil {
			return err
		}
		if i < len(x.Creates) {
			guess.Rename(e, users[i+1:])
			continue
		}
		if err := p.await(ctx, e); err != nil {
			return err
		}
	}
	for _, e := range x.Ledgers {
		if err := p.send(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// await reads what became of an operation that was accepted first, until it has ended. Where nobody
// can tell, nothing is noted.
func (p prober) await(ctx context.Context, e *shown.Call) error {
	if e.Reply.Status != http.StatusAccepted || e.Reply.Location() == "" {
		return nil
	}
	base, err := url.Parse(e.URL)
	if err != nil {
		return err
	}
	at, err := base.Parse(e.Reply.Location())
	if err != nil || at.Host != base.Host {
		return nil //nolint:nilerr // it leads nowhere that may be asked
	}
	for range maxReadings {
		look := &shown.Call{Method: http.MethodGet, URL: at.String()}
		for _, h := range e.Headers {
			if strings.EqualFold(h.Name, "Authorization") {
				look.Headers = append(look.Headers, h)
			}
		}
		if err := p.send(ctx, look); err != nil {
			return err
		}
		if guess.Over(look.Reply) {
			e.Outcome = look.Reply
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(betweenReadings):
		}
	}
	return nil
}

// send sends a request to where it may be sent, and notes its answer.
func (p prober) send(ctx context.Context, e *shown.Call) error {
	u, err := url.Parse(e.URL)
	if err != nil {
		return fmt.Errorf("a line has no URL that can be sent to\n  next: write it in full")
	}
	if err := p.gate.Admit(ctx, u.Hostname()); err != nil {
		return fmt.Errorf("%w\n  next: name it with --allow-host, or leave out --probe", err)
	}
	err = send(ctx, p.client, e)
	if dialled, ok := errors.AsType[*net.OpError](err); ok && dialled.Op == "dial" {
		return fmt.Errorf("%s %s: %w: %w\n  next: start the service, or leave out --probe",
			e.Method, u.Redacted(), trial.ErrUnreachable, dialled)
	}
	if err != nil {
		return fmt.Errorf("%s %s cannot be sent: %w\n"+
			"  next: start the service, or leave out --probe", e.Method, u.Redacted(), err)
	}
	return nil
}

// send sends a request and notes its answer.
func send(ctx context.Context, client *http.Client, e *shown.Call) error {
	if len(e.Parts) > 0 {
		e.Notes = append(e.Notes, "a multipart form was not sent")
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, e.Method, e.URL, strings.NewReader(held(e.Body)))
	if err != nil {
		return err
	}
	for _, h := range e.Headers {
		if !strings.EqualFold(h.Name, "Accept-Encoding") { // ours is undone on the way back
			request.Header.Add(h.Name, held(h.Value))
		}
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return err
	}
	e.Reply = &shown.Returned{Status: answer.StatusCode, Body: string(body), Head: answer.Header}
	return nil
}

// held is a text with what the environment holds in place of ${NAME}.
func held(text string) string {
	return reference.ReplaceAllStringFunc(text, func(ref string) string {
		return os.Getenv(strings.Trim(ref, "${}"))
	})
}

// reference is how a curl line's variables are written once it was read.
var reference = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
