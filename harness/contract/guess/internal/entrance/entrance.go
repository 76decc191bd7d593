// Package entrance finds out how callers are let in after a login: by a token, cookies, and what
// says which page was filled in.
package entrance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// Entrance is how callers are let in after a login.
type Entrance struct {
	// Header carries the token, behind Scheme; "" where none does. Token is where an answer has it,
	// and Known says that one was seen there.
	Header, Scheme string
	Token          exchange.Spot
	Known          bool
	// CSRF is the field of forms, or the header, that says which page was filled in, "" without one;
	// Page is where an answer has it.
	CSRF string
	Page exchange.Spot
	// InHeader says that CSRF is a header; Cookies that the session is one.
	InHeader, Cookies bool
}

// New finds out how callers are let in; nil when nobody logs in.
func New(logins, users []*apart.Request) *Entrance {
	if len(logins) == 0 {
		return nil
	}
	e := &Entrance{}
	e.carried(users)
	for _, r := range slices.Concat(logins, users) {
		for _, l := range draft.Leaves(r.Sent) {
			if r.Kind == apart.Form && IsCSRF(l.Name) {
				e.CSRF, e.InHeader = l.Name, false
			}
		}
	}
	e.Page = exchange.Spot{HTML: "input[name=" + e.CSRF + "]"}
	e.Token = exchange.Spot{Body: "access_token"}
	for _, r := range logins {
		e.learn(r)
	}
	return e
}

// carried finds the header that lets callers in, and that of a page.
func (e *Entrance) carried(users []*apart.Request) {
	for _, r := range users {
		for _, h := range r.Headers {
			e.carries(r, h)
		}
	}
}

func (e *Entrance) carries(r *apart.Request, h shown.Pair) {
	switch {
	case IsCSRF(h.Name):
		e.CSRF, e.InHeader = h.Name, true
	case strings.EqualFold(h.Name, "Cookie"):
		e.Cookies = true
	case e.Header == "" && r.KeyRank(h.Name) == 0 && meaning.IsSecret(h.Name):
		e.Header = h.Name
		if scheme, _, two := strings.Cut(h.Value, " "); two {
			e.Scheme = scheme
		}
	}
}

// learn looks into the answer of a login.
func (e *Entrance) learn(r *apart.Request) {
	if r.Reply == nil {
		return
	}
	e.Cookies = e.Cookies || len(r.Reply.Head.Values("Set-Cookie")) > 0
	for _, l := range draft.Leaves(r.Got) {
		words := meaning.Words(l.Name)
		switch {
		case IsCSRF(l.Name):
			e.Page = exchange.Spot{Body: l.Path}
		case meaning.IsSecret(l.Name) && !slices.Contains(words, "refresh") && l.Text() != "":
			e.Token, e.Known = exchange.Spot{Body: l.Path}, true
		}
	}
	for _, spot := range []exchange.Spot{
		{HTML: "input[name=" + e.CSRF + "]"},
		{HTML: "meta[name=csrf-token]"},
		{Cookie: csrfCookie(r.Reply)},
	} {
		if e.CSRF != "" && spot != (exchange.Spot{}) && found(spot, r.Reply) != "" {
			e.Page = spot
			return
		}
	}
}

// found is what an answer has at a spot; "" when nothing.
func found(s exchange.Spot, in *shown.Returned) string {
	return signin.Find(s, in.Head, []byte(in.Body))
}

// csrfCookie is the name of a cookie that an answer sets for pages; "" when there is none.
func csrfCookie(in *shown.Returned) string {
	for _, line := range in.Head.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && IsCSRF(c.Name) {
			return c.Name
		}
	}
	return ""
}

// IsCSRF reports whether a field or a header of this name says which page was filled in.
func IsCSRF(name string) bool {
	return slices.ContainsFunc(meaning.Words(name), func(w string) bool {
		return w == "csrf" || w == "xsrf" || w == "authenticity" || w == "csrfmiddlewaretoken"
	})
}

// Lets reports whether a header is one by which callers are let in, so that the session has it.
func (e *Entrance) Lets(header string) bool {
	return e != nil && (strings.EqualFold(header, "Cookie") || IsCSRF(header) ||
		strings.EqualFold(header, e.Header) && e.HasToken())
}

// Names reports whether a field is that of a page which was filled in.
func (e *Entrance) Names(l draft.Leaf) bool {
	return e != nil && !e.InHeader && e.CSRF != "" && l.Name == e.CSRF
}

// HasToken reports whether a token is carried: one that was seen, or one whose place is guessed.
func (e *Entrance) HasToken() bool { return e.Known || !e.Cookies }

// Enter puts what the answers to logins gave into requests that were copied earlier: the token,
// and what says which page was filled in. Cookies are left out, as those that were copied are old.
func Enter(logins, to []*shown.Call) {
	var before, users []*apart.Request
	for _, part := range []struct {
		from []*shown.Call
		to   *[]*apart.Request
	}{{logins, &before}, {to, &users}} {
		for _, c := range part.from {
			if r, err := apart.Take(c); err == nil {
				*part.to = append(*part.to, r)
			}
		}
	}
	e := New(before, users)
	for _, r := range before {
		if e == nil || r.Reply == nil {
			continue
		}
		for _, user := range users {
			e.carry(user, found(e.Token, r.Reply), found(e.Page, r.Reply))
		}
	}
}

// carry puts a token and that of a page into a request, where it has such; "" are not known.
func (e *Entrance) carry(r *apart.Request, token, page string) {
	r.Headers = slices.DeleteFunc(r.Headers, func(h shown.Pair) bool {
		return strings.EqualFold(h.Name, "Cookie")
	})
	if token != "" && e.Known {
		name, scheme := e.Header, e.Scheme
		if name == "" {
			name, scheme = "Authorization", "Bearer"
		}
		r.Set(name, strings.TrimSpace(scheme+" "+token))
	}
	if page == "" || e.CSRF == "" {
		return
	}
	if e.InHeader {
		r.Set(e.CSRF, page)
		return
	}
	r.Rewrite(func(l draft.Leaf) any {
		if IsCSRF(l.Name) {
			return page
		}
		return l.Value
	})
}
