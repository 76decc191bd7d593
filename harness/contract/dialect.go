package contract

import (
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
)

// Dialect is a named set of promises, as a public standard or a provider publishes them. A contract
// that names it gets everything that it does not say itself.
type Dialect struct {
	// Name is what contracts write.
	Name string
	// Summary says in a sentence whose rules these are.
	Summary string
	// Limits says what the dialect leaves open or what must be written by hand; empty when nothing.
	Limits string
	// Key and Promises hold what the dialect declares; zero values are left open by it.
	Key      model.Key
	Promises model.Promises
}

// Dialects returns every known dialect, in the order in which they are explained. The caller may
// change the result.
func Dialects() []Dialect {
	return slices.Concat(standardDialects(), providerDialects(), moreDialects())
}

// dialectByName returns a dialect.
func dialectByName(name string) (Dialect, bool) {
	for _, d := range Dialects() {
		if d.Name == name {
			return d, true
		}
	}
	return Dialect{}, false
}

func standardDialects() []Dialect {
	return []Dialect{
		{
			Name:    "ietf",
			Summary: "The Idempotency-Key header of the IETF HTTPAPI working group (draft -07).",
			Limits:  "Retention, and what a repeat gets after it, are declared by the resource.",
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(true), Required: new(true),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Missing: []int{400}, Malformed: []int{400}, Mismatch: []int{422},
				InFlight: []int{409}, Transient: []int{429, 503}, Replay: "same-body",
				Errors: "replayed",
			},
		},
		{
			Name:    "oasis-repeatable",
			Summary: "OASIS Repeatable Requests 1.0, as Microsoft's services use it.",
			Limits:  "Repeatability-First-Sent has to be written under target.headers.",
			Key: model.Key{
				Header: "Repeatability-Request-ID", Quoted: new(false), Required: new(false),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Malformed: []int{400}, Mismatch: []int{400}, InFlight: []int{409},
				Transient: []int{429, 500, 502, 503, 504}, Errors: "replayed",
				AfterRetention: "refused", Expired: []int{412},
			},
		},
		{
			Name:    "ack-only",
			Summary: "A service that refuses what it has done before and replays no answer.",
			Limits:  "Statuses are free; \"already done\" goes under promises.done.",
			Key:     model.Key{Header: "Idempotency-Key", Quoted: new(false)},
			Promises: model.Promises{
				InFlight: []int{503}, Done: []int{409}, Transient: []int{429, 503},
				Replay: "acknowledgement",
			},
		},
	}
}

func providerDialects() []Dialect {
	return []Dialect{
		{
			Name:    "stripe",
			Summary: "Stripe, API v1: everything that began executing is replayed for a day.",
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(false), Required: new(false), MaxLength: 255,
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Malformed: []int{400}, Mismatch: []int{400}, InFlight: []int{409},
				Transient: []int{429, 503}, Replay: "same-body", Errors: "replayed",
				ReplayMarker: &model.ReplayMarker{Header: "Idempotent-Replayed", Value: "true"},
				Retention:    hours(24), AfterRetention: "executed",
			},
		},
		{
			Name:    "stripe-v2",
			Summary: "Stripe, API v2: successful work is not repeated, failed work is resumed.",
			Limits:  "Mismatch and in-flight answers are not published.",
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(false), Required: new(false), MaxLength: 255,
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Transient: []int{429, 503}, Replay: "current-state", Errors: "executed",
				Retention: hours(30 * 24), AfterRetention: "executed",
			},
		},
		{
			Name:    "adyen",
			Summary: "Adyen: keys live for at least seven days, transient errors may be retried.",
			Limits:  "Statuses are looked at, the header transient-error and code 704 are not.",
			Key: model.Key{
				Header: "idempotency-key", Quoted: new(false), Required: new(false), MaxLength: 64,
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				InFlight: []int{422, 409}, Transient: []int{429, 503}, Replay: "same-body",
				Errors: "replayed", Retention: hours(7 * 24),
			},
		},
		{
			Name:    "paypal",
			Summary: "PayPal: a repeat shows the current state of what the first one made.",
			Limits:  "Retention differs between its APIs.",
			Key: model.Key{
				Header: "PayPal-Request-Id", Quoted: new(false), Required: new(false),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Mismatch: []int{400, 409, 422}, InFlight: []int{409, 422, 503},
				Transient: []int{429, 503}, Replay: "current-state",
			},
		},
	}
}

func moreDialects() []Dialect {
	return []Dialect{
		{
			Name:    "square",
			Summary: "Square: the key is the field idempotency_key of the body.",
			Limits:  "Write `idempotency_key: \"{key}\"` in every body; there is no header.",
			Key: model.Key{
				Quoted: new(false), Required: new(true), MaxLength: 45, Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Missing: []int{400}, Malformed: []int{400}, Mismatch: []int{400},
				Transient: []int{429, 503}, Replay: "same-body",
			},
		},
		{
			Name:    "aws-client-token",
			Summary: "Amazon's client tokens: a repeat does nothing, its answer may be newer.",
			Limits:  "Write the parameter with \"{key}\" in path or body; there is no header.",
			Key:     model.Key{Quoted: new(false), MaxLength: 64, Scope: []string{"tenant"}},
			Promises: model.Promises{
				Malformed: []int{400}, Mismatch: []int{400}, Transient: []int{429, 500, 503},
				Replay: "current-state",
			},
		},
		{
			Name:    "checkout",
			Summary: "Checkout.com: only successes are stored, for a day.",
			Limits:  "Mismatch and in-flight answers are not published.",
			Key: model.Key{
				Header: "Cko-Idempotency-Key", Quoted: new(false), Required: new(false),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Transient: []int{429, 500, 503}, Replay: "same-body", Errors: "executed",
				Retention: hours(24), AfterRetention: "executed",
			},
		},
		{
			Name:    "moov",
			Summary: "Moov: a duplicate gets 409, now and later; nothing is replayed or expires.",
			Limits:  "409 says \"in flight\" and \"already done\": the ledger decides which.",
			Key: model.Key{
				Header: "X-Idempotency-Key", Quoted: new(false), Required: new(false),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Mismatch: []int{409}, InFlight: []int{409}, Done: []int{409},
				Transient: []int{429, 503}, Replay: "acknowledgement",
			},
		},
	}
}

func hours(n int) value.Duration { return value.Duration(time.Duration(n) * time.Hour) }

func findDialect(name string) (Dialect, []problem.Problem) {
	if name == "" {
		return Dialect{}, nil
	}
	if d, ok := dialectByName(name); ok {
		return d, nil
	}
	var names []string
	for _, d := range Dialects() {
		names = append(names, d.Name)
	}
	return Dialect{}, []problem.Problem{{
		Path: problem.At("dialect"), Message: fmt.Sprintf("unknown dialect %q", name),
		Advice: problem.Suggest(name, names),
	}}
}

// applyDialect fills in what the contract does not say. An empty list that is written ([]) says
// "none".
func applyDialect(c *model.Contract, d Dialect) {
	applyKey(&c.Key, d.Key)
	p, q := &c.Promises, d.Promises
	fillList(&p.Missing, q.Missing)
	fillList(&p.Malformed, q.Malformed)
	fillList(&p.Mismatch, q.Mismatch)
	fillList(&p.SameBody, q.SameBody)
	fillList(&p.InFlight, q.InFlight)
	fillList(&p.Done, q.Done)
	fillList(&p.Transient, q.Transient)
	fillList(&p.Expired, q.Expired)
	fill(&p.MismatchAnswer, q.MismatchAnswer)
	fill(&p.Replay, q.Replay)
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
	fillList(&k.Scope, d.Scope)
}

// General defaults, where neither the contract nor its dialect says anything.
const (
	defaultTimeout  = value.Duration(time.Second)
	defaultMaxRate  = 2000
	defaultRecovery = value.Duration(2 * time.Second)
)

func applyDefaults(c *model.Contract) {
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
