package guess

import (
	"net/http"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/entrance"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/later"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// addSession writes how callers log in.
func addSession(g *guesser) {
	e := g.entrance
	if e == nil {
		return
	}
	var logins draft.List
	for i, r := range g.logins {
		logins = append(logins, login(g, r, i))
	}
	session := draft.Object{{Name: "login", Value: logins}}
	var capture, headers draft.Object
	if e.HasToken() {
		field := draft.Field{Name: "token", Value: place(e.Token)}
		if !e.Known {
			field.Note = draft.Todo + "the field of the login's answer that holds the token"
		}
		capture = append(capture, field)
		if e.Header == "" {
			e.Header, e.Scheme = "Authorization", "Bearer"
		}
		headers = headers.With(e.Header, strings.TrimSpace(e.Scheme+" {token}"))
	}
	if e.CSRF != "" {
		capture = capture.With("csrf", place(e.Page))
	}
	if e.InHeader {
		headers = headers.With(e.CSRF, "{csrf}")
	}
	session = session.With("capture", capture).With("headers", headers)
	if e.Cookies {
		session = session.With("cookies", true)
	}
	g.d.Session = session.With("renew_on", []int{401})
}

// place is a spot as contracts write it.
func place(s exchange.Spot) draft.Object {
	return draft.Object{}.With("body", s.Body).With("header", s.Header).With("cookie", s.Cookie).
		With("html", s.HTML)
}

// login writes a message of a login, the i-th.
func login(g *guesser, r *request, i int) draft.Object {
	var out draft.Object
	if r.Method != http.MethodPost {
		out = out.With("method", r.Method)
	}
	out = out.With("path", g.makers.template(r.Address, nil))
	fill := func(l draft.Leaf) any {
		text, is := l.Value.(string)
		switch {
		case !is || strings.Contains(text, "${"):
			return l.Value
		case i > 0 && entrance.IsCSRF(l.Name):
			return "{csrf}"
		case meaning.IsSecret(l.Name):
			return g.d.FromEnvironment("login "+l.Name, "the "+l.Name+" of the login")
		}
		return draft.Literal(text)
	}
	if name := r.Kind.Line(); name != "" {
		out = append(out, draft.Field{Name: name, Value: draft.Leaf{Value: r.Sent}.Mapped(fill)})
	}
	if r.Reply != nil && r.Reply.Status/100 == 3 {
		out = out.With("ok", []int{r.Reply.Status})
	}
	return out
}

// showsState has repeats show what has become of what was accepted, which changes.
func (g *guesser) showsState() {
	if g.d.Promises.Get("replay") == nil {
		g.d.Promises = append(g.d.Promises, draft.Field{
			Name: "replay", Value: "current-state", Note: "a repeat shows what has become of it since",
		})
	}
}

// Enter puts what the answers to logins gave into requests that were copied earlier: the token,
// and what says which page was filled in. Cookies are left out, as those that were copied are old.
func Enter(logins, to []*shown.Call) { entrance.Enter(logins, to) }

// Over reports whether an answer says that something that was accepted has ended.
func Over(in *shown.Returned) bool { return later.Over(in) }
