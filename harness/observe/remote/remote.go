// Package remote reads items that another host than the service shows over HTTP: lists in JSON, and
// samples in the text format of Prometheus. Nothing of the target's headers or sessions goes there.
package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/harness/observe/nextpage"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/source"
)

// defaultTimeout bounds one reading unless the contract says otherwise.
const defaultTimeout = 5 * time.Second

// place is what is asked, and for how long.
type place struct {
	url     string
	headers map[string]string
	timeout time.Duration
	// setting is the line of the contract that says it.
	setting string
	client  *http.Client
}

// list reads a list in JSON.
type list struct {
	place
	items string
	// pages is how it goes on; nil where an answer holds all of it.
	pages *follow.Pages
}

// Items returns what reads a list. Everything is sent by the given transport.
func Items(r source.Remote, via http.RoundTripper) elsewhere.ItemReader {
	return list{
		newPlace(place{
			url: r.URL, headers: r.Headers, timeout: r.Timeout.Std(), setting: "http.timeout",
		}, via), r.Items, r.Pages,
	}
}

// Items implements [elsewhere.ItemReader].
func (l list) Items(ctx context.Context, vars template.Vars, each func(any) error) error {
	if l.pages != nil {
		return l.within(ctx, func(ctx context.Context) error {
			all, err := l.paged(vars)
			if err != nil {
				return err
			}
			return all.Read(ctx, each)
		})
	}
	return l.read(ctx, vars, func(a answer) error {
		n := 0
		found, err := intake.ReadItems(a.body, l.items, func(item any) error {
			n++
			return each(item)
		})
		switch {
		case err != nil:
			return fmt.Errorf("the answer has no list at %q: %w", l.items, err)
		case !found:
			return fmt.Errorf("the answer has no field %q (items)", l.items)
		}
		return nextpage.Only(a.header, a.path, n, "http")
	})
}

// newPlace is a place to which everything is sent by a transport.
func newPlace(p place, via http.RoundTripper) place {
	p.timeout = cmp.Or(p.timeout, defaultTimeout)
	p.client = &http.Client{Transport: via, CheckRedirect: guard.NoRedirect}
	return p
}

// answer is an answer with 2xx, and the path that was asked for.
type answer struct {
	path   string
	header http.Header
	body   io.Reader
}

// read asks for what some values name and has the answer read.
func (p place) read(ctx context.Context, vars template.Vars, take func(answer) error) error {
	return p.within(ctx, func(ctx context.Context) error {
		base, path, err := p.rendered(vars)
		if err != nil {
			return err
		}
		return p.ask(ctx, base, path, take)
	})
}

// within reads within the time of one reading.
func (p place) within(ctx context.Context, read func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	err := read(ctx)
	if err == nil {
		return nil
	}
	return p.late(ctx, err)
}

// statusError is an answer without 2xx.
type statusError struct {
	status int
	text   string
}

// Error says what was asked and what came.
func (e *statusError) Error() string { return e.text }

// ask asks for a path and has the answer read.
func (p place) ask(
	ctx context.Context, base *url.URL, path string, take func(answer) error,
) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base.String()+path, nil)
	if err != nil {
		return fmt.Errorf("rendering the URL: %w", err)
	}
	for name, value := range p.headers {
		req.Header.Set(name, value)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return plain(err, req)
	}
	defer func() { _ = resp.Body.Close() }() // everything was read or nothing more is wanted
	if resp.StatusCode/100 != 2 {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // what came is shown
		return &statusError{resp.StatusCode, fmt.Sprintf(
			"GET %s answered %d: %s", req.URL.Redacted(), resp.StatusCode, said)}
	}
	if err := take(answer{req.URL.RequestURI(), resp.Header, resp.Body}); err != nil {
		return fmt.Errorf("reading the answer to GET %s: %w", req.URL.Redacted(), err)
	}
	return nil
}

// rendered is what is asked: a host, and a path there. Values are escaped where they stand, and
// never change the host.
func (p place) rendered(vars template.Vars) (base *url.URL, path string, err error) {
	scheme, rest, _ := strings.Cut(p.url, "://")
	host, path, _ := strings.Cut(rest, "/")
	if path, err = template.Path("/"+path, vars); err == nil {
		base, err = url.Parse(scheme + "://" + host)
	}
	if err != nil {
		return nil, "", fmt.Errorf("rendering the URL: %w", err)
	}
	return base, path, nil
}

// plain is an error of sending that nobody takes for one of the target: those are [*url.Error]s.
func plain(err error, req *http.Request) error {
	if failed, is := errors.AsType[*url.Error](err); is {
		err = failed.Err
	}
	return fmt.Errorf("GET %s: %w", req.URL.Redacted(), err)
}

// late says of an error that the time was over, where that is its cause.
func (p place) late(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return &elsewhere.SlowError{
			Line: p.setting, Cause: fmt.Errorf("no whole answer within %s (timeout): %w", p.timeout, err),
		}
	}
	return err
}
