// Package guess makes the draft of a contract of requests that somebody showed: which header is
// the key, which numbers may be drawn, which text can hold a correlation ID, what is made fresh,
// where effects are listed. Where answers are known too, much of it is no guess.
package guess

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/entrance"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/model"
)

// Examples are what was shown, by what it is for.
type Examples struct {
	// Source says in a few words where they are from.
	Source string
	// Operations are what callers want done once, Creates what makes the things they work on, Ledgers
	// what lists their effects. Logins are what a caller sends to be let in, one after the other.
	Operations, Creates, Ledgers, Logins []*shown.Call
	// Query lists effects in a database; nil where nobody showed one.
	Query *shown.DatabaseQuery
}

// Draft makes a draft of examples.
func Draft(x Examples) (*draft.Sketch, error) {
	if len(x.Operations) == 0 {
		return nil, errors.New("no operation was shown\n" +
			"  next: show one that changes something, with --curl")
	}
	g := &guesser{d: &draft.Sketch{Source: x.Source}, query: x.Query}
	for _, part := range []struct {
		from []*shown.Call
		to   *[]*request
	}{
		{x.Operations, &g.operations},
		{x.Creates, &g.creates},
		{x.Ledgers, &g.ledgers},
		{x.Logins, &g.logins},
	} {
		for _, e := range part.from {
			r, err := apart.Take(e)
			if err != nil {
				return nil, err
			}
			*part.to = append(*part.to, r)
		}
	}
	g.entrance = entrance.New(g.logins, slices.Concat(g.operations, g.creates, g.ledgers))
	g.target()
	for _, r := range g.logins {
		if r.Reply != nil && r.Reply.Status >= http.StatusBadRequest {
			g.left("%s %s, a login, was answered %d: correct it, and begin anew", r.Method,
				r.Address.Path, r.Reply.Status)
		}
	}
	addSession(g)
	g.key()
	for _, r := range g.creates {
		addMaker(g, r)
	}
	if len(g.ledgers) == 0 && g.query == nil {
		g.ledgers, g.presumes = []*request{presumed(g.operations[0])}, true
	}
	for i, r := range g.operations {
		addOperation(g, r, i == 0)
	}
	return g.d, nil
}

// request is one that was taken apart.
type request = apart.Request

// guesser is a draft in the making.
type guesser struct {
	d                            *draft.Sketch
	operations, creates, ledgers []*request
	logins                       []*request
	query                        *shown.DatabaseQuery
	makers                       makers
	listed                       []*listing
	// entrance is how callers are let in, nil when nobody logs in.
	entrance *entrance.Entrance
	// presumes: nobody showed a ledger.
	presumes bool
	// keyHeader is the header of the key, "" when there is none.
	keyHeader string
}

// target finds the base of all paths, and what is sent with everything.
func (g *guesser) target() {
	first := g.operations[0].Address
	g.d.URL = first.Scheme + "://" + first.Host
	g.d.Name = meaning.Collection(first.Path)
	for _, r := range slices.Concat(g.operations, g.creates, g.ledgers) {
		if other := r.Address.Scheme + "://" + r.Address.Host; other != g.d.URL {
			g.left("%s is another host than %s: a contract has one", r.Address.Host, first.Host)
		}
		for _, h := range r.Headers {
			g.header(r, h)
		}
		for _, note := range r.Notes {
			g.left("%s", note)
		}
		if r.Reply != nil && r.Reply.Status == http.StatusUnauthorized && len(g.logins) == 0 {
			g.left("%s %s was answered 401: if what it sends has expired, show how callers log in "+
				"(--login)", r.Method, r.Address.Path)
		}
	}
}

func (g *guesser) left(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(g.d.Left, text) {
		g.d.Left = append(g.d.Left, text)
	}
}

// header copies a header into the draft, unless it describes the program that sent it, idemcheck
// writes it itself, or it is the key.
func (g *guesser) header(r *request, h shown.Pair) {
	name := strings.ToLower(h.Name)
	switch {
	case meaning.IsNoise(h.Name), name == "content-type", r.KeyRank(h.Name) > 0,
		name == "accept" && strings.Contains(h.Value, "*/*"), g.entrance.Lets(h.Name),
		g.d.Headers.Get(h.Name) != nil:
	case !environment.IsSecret(&model.Contract{}, h.Name) && !strings.Contains(h.Value, "${"):
		if h.Value != "" {
			g.d.Headers = append(g.d.Headers, draft.Field{Name: h.Name, Value: h.Value})
		}
	case environment.KeepsOnlyReferences(h.Value):
		g.d.Headers = append(g.d.Headers, draft.Field{Name: h.Name, Value: h.Value})
	case name == "cookie" && r.Call != g.operations[0].Call && len(g.d.Headers) > 0:
		g.left("the cookies of a line other than the first were left out")
	default:
		scheme, _, two := strings.Cut(h.Value, " ")
		if !two || !strings.EqualFold(h.Name, "Authorization") || !environment.IsName(scheme) {
			scheme = ""
		}
		g.d.Secret(h.Name, scheme)
	}
}

// key finds the header of the key: the likeliest of the operations', if any.
func (g *guesser) key() {
	best, value := 0, ""
	for _, r := range g.operations {
		if slices.ContainsFunc(draft.Leaves(r.Sent), r.Named) {
			continue
		}
		for _, h := range r.Headers {
			if rank := r.KeyRank(h.Name); rank > best {
				best, g.keyHeader, value = rank, h.Name, h.Value
			}
		}
	}
	switch {
	case g.keyHeader != "":
		g.d.SetKey(g.keyHeader, strings.HasPrefix(value, `"`))
	case g.keyInBody():
		g.d.Promises = draft.Usual()
	default:
		g.d.SetKey("Idempotency-Key", false)
		g.d.KeyNote = draft.Todo + "no line sends a key: write the header that your service reads"
	}
}

func (g *guesser) keyInBody() bool {
	return slices.ContainsFunc(g.operations, func(r *request) bool {
		return slices.ContainsFunc(draft.Leaves(r.Sent), r.IsKey)
	})
}
