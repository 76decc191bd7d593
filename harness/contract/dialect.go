package contract

import (
	"fmt"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/launch"
	"github.com/idemcheck/idemcheck/model/value"
)

// Dialect is a named set of promises, as a public standard or a provider publishes them. A contract
// that names it gets everything that it does not say itself.
type Dialect = dialect.Dialect

// Dialects returns every known dialect, in the order in which they are explained. The caller may
// change the result.
func Dialects() []Dialect { return dialect.All() }

func findDialect(name string) (Dialect, []problem.Problem) {
	if name == "" {
		return Dialect{}, nil
	}
	if d, ok := dialect.Named(name); ok {
		return d, nil
	}
	return Dialect{}, []problem.Problem{{
		Path: problem.At("dialect"), Message: fmt.Sprintf("unknown dialect %q", name),
		Advice: problem.Suggest(name, dialect.Names()),
	}}
}

// applyDialect fills in what the contract does not say. An empty list that is written ([]) says
// "none".
func applyDialect(c *model.Contract, d Dialect) {
	applyKey(&c.Key, d.Key)
	p, q := &c.Promises, d.Promises
	fillList(&p.Missing, q.Missing)
	fillList(&p.Malformed, q.Malformed)
	fillList(&p.TooLong, q.TooLong)
	fillList(&p.Mismatch, q.Mismatch)
	fillList(&p.SameBody, q.SameBody)
	fillList(&p.InFlight, q.InFlight)
	fillList(&p.Done, q.Done)
	fillList(&p.Transient, q.Transient)
	fillList(&p.Expired, q.Expired)
	fill(&p.MismatchAnswer, q.MismatchAnswer)
	fill(&p.Replay, q.Replay)
	fillList(&p.ReplayIgnore, q.ReplayIgnore)
	fill(&p.Errors, q.Errors)
	fill(&p.ReplayMarker, q.ReplayMarker)
	fill(&p.Retention, q.Retention)
	fill(&p.AfterRetention, q.AfterRetention)
}

func applyKey(k *model.Key, d model.Key) {
	fill(&k.Header, d.Header)
	fill(&k.Quoted, d.Quoted)
	fill(&k.Required, d.Required)
	fill(&k.MaxLength, d.MaxLength)
	fill(&k.MinLength, d.MinLength)
	if k.Format == "" && k.Pattern == "" {
		k.Format, k.Pattern = d.Format, d.Pattern
	}
	fillList(&k.Scope, d.Scope)
}

// General defaults, where neither the contract nor its dialect says anything.
const (
	defaultTimeout  = value.Duration(time.Second)
	defaultMaxRate  = 2000
	defaultRecovery = value.Duration(2 * time.Second)
)

func applyDefaults(c *model.Contract) {
	if c.Start != nil {
		fill(&c.Target.URL, launch.URL)
	}
	fill(&c.Target.Timeout, defaultTimeout)
	fill(&c.Target.MaxRate, defaultMaxRate)
	fill(&c.Promises.Recovery, defaultRecovery)
	fill(&c.Promises.Replay, "same-body")
	fill(&c.Promises.MismatchAnswer, "refused")
	// `marker: {header: ""}` is how a contract says that its service has none, whatever the
	// dialect.
	if m := c.Promises.ReplayMarker; m != nil && m.Header == "" {
		c.Promises.ReplayMarker = nil
	}
	sessionDefaults(c.Session)
	for _, t := range c.Tenants {
		sessionDefaults(t.Session)
	}
	for name, r := range c.Resources {
		fill(&r.Create.Method, "POST")
		if r.IDFrom == nil {
			fill(&r.ID, "id")
		}
		if r.Read != nil {
			fill(&r.Read.Method, "GET")
		}
		c.Resources[name] = r
	}
	for name, o := range c.Operations {
		fill(&o.Method, "POST")
		for i := range o.Before {
			fill(&o.Before[i].Method, "POST")
		}
		c.Operations[name] = o
	}
}

// sessionDefaults fills in the messages of a login.
func sessionDefaults(s *exchange.SignIn) {
	for i := range loginOf(s) {
		fill(&s.Login[i].Method, "POST")
	}
}

// loginOf lists the messages of a login; none without a session.
func loginOf(s *exchange.SignIn) exchange.Logins {
	if s == nil {
		return nil
	}
	return s.Login
}

// fill sets what has its zero value.
func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// fillList sets what is absent; a list that is there and empty stays.
func fillList[T any](field *[]T, value []T) {
	if *field == nil {
		*field = value
	}
}
