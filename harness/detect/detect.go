// Package detect asks a service in a few requests how it treats keys, and says which dialect is
// nearest to that. What was not seen counts neither for a dialect nor against it.
package detect

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/idemcheck/idemcheck/harness/detect/internal/ask"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/model"
)

// MaxRequests is how many HTTP requests are sent at most, logins and fresh resources included.
const MaxRequests = ask.MaxRequests

// Options say whom to ask. Contract and Place are needed.
type Options struct {
	// Contract says how to make operations, with its environment references resolved. What it says of
	// its key is tried first.
	Contract *model.Contract
	// Secrets are taken out of everything that is shown.
	Secrets []string
	// Place lends the site that is asked; one is enough.
	Place execute.Place
	// RunID is what X-Idemcheck-Run says; "" sends no such header.
	RunID string
}

// Findings is what was seen, and how far each dialect is from it.
type Findings struct {
	// Requests is how many were sent, at most [MaxRequests].
	Requests int `json:"requests"`
	// Operation is the type of operation that was sent.
	Operation string `json:"operation,omitempty"`
	// Unknown says why nothing is known of keys; "" where something is.
	Unknown string `json:"unknown,omitempty"`
	// Nearest are the dialects of which none is nearer than another: several where nothing that was
	// seen tells them apart. None without anything seen.
	Nearest []string `json:"nearest,omitempty"`
	// Dialects are all of them, the nearest first.
	Dialects []Distance `json:"dialects,omitempty"`
	// Contract is how far the contract is, as it is written.
	Contract Distance `json:"contract"`
	// Seen are the lines of a contract of which something was seen, and Unseen the others that a
	// dialect may fill in, with the reason.
	Seen   []Sighting `json:"seen,omitempty"`
	Unseen []Unseen   `json:"unseen,omitempty"`
}

// Unseen is a line of which nothing was seen.
type Unseen struct {
	Line string `json:"line"`
	Why  string `json:"why"`
}

// Run asks a service. The error means that the target could not be asked.
func Run(ctx context.Context, o Options) (*Findings, error) {
	var out *Findings
	err := o.Place.Lend(func(site execute.Site) error {
		d, err := newDetection(o, site)
		if err != nil {
			return err
		}
		within := ctx
		if o.Place.Virtual() { // a channel of real time ends nothing there
			within = context.WithoutCancel(ctx)
		}
		out, err = d.run(within)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// detection is what is known so far.
type detection struct {
	caller   *ask.Caller
	contract *model.Contract
	subjects []ask.Subject
	// subject is the operation that is sent, form how its keys travel. Both are found first.
	subject ask.Subject
	form    ask.Form
	// key and payload are those of the first operation that was done, first is what it was answered,
	// again what its repeat was, and control what another key with the same payload was, in between.
	key                   string
	payload               ask.Payload
	first, again, control *ask.Heard
	// doneStatus is what a repeat at rest is told instead of its answer, and refused what a key with
	// another payload is told; zero where it is not.
	doneStatus, refused int
	// tooLong is what the last key that was refused for its form was told.
	tooLong int

	seen   []Sighting
	unseen map[string]string
}

// probe is a row of what is asked.
type probe struct {
	// lines are those that it may tell something about.
	lines []string
	ask   func(context.Context, *detection) error
}

// probes lists what is asked once an operation was done, what tells most apart first.
func probes() []probe {
	return []probe{
		{[]string{"promises.same_body"}, otherKey},
		{
			[]string{"promises.replay", "promises.done", "promises.marker"}, repeat,
		},
		{[]string{"promises.mismatch", "promises.mismatch_answer"}, mismatch},
		{[]string{"key.required", "promises.missing"}, missing},
		{[]string{"key.quoted", "promises.malformed"}, quoting},
		{[]string{"key.max_length", "promises.too_long"}, lengths},
		{[]string{"key.min_length", "key.pattern"}, forms},
		{nil, control},
		{[]string{"promises.in_flight"}, race},
		{[]string{"key.scope"}, scope},
		{[]string{"promises.errors"}, refusals},
	}
}

// run asks everything.
func (d *detection) run(ctx context.Context) (*Findings, error) {
	err := begin(ctx, d)
	if nothing, is := errors.AsType[*ask.NothingError](err); is {
		out := d.result()
		out.Unknown = nothing.Why
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for _, p := range probes() {
		if err := p.ask(ctx, d); err != nil {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("asking the service: %w", context.Cause(ctx))
			}
			d.notSeen(d.caller.Masked(err.Error()), p.lines...)
		}
	}
	out := d.result()
	out.compare(d.contract)
	return out, nil
}

// result is what was seen, and not.
func (d *detection) result() *Findings {
	out := &Findings{
		Requests: d.caller.Sent(), Operation: d.subject.Type, Seen: d.sightings(),
	}
	for _, line := range allLines() {
		if !d.saw(line) {
			out.Unseen = append(out.Unseen, Unseen{line, d.why(line)})
		}
	}
	return out
}

// errLost is why the first key is not sent again: what was under way with it may still be.
var errLost = errors.New("something before it was left without an answer, and may still be at work")

// reuse sends an operation with a key that was sent before.
func (d *detection) reuse(ctx context.Context, key string, p ask.Payload) (*ask.Heard, error) {
	if d.caller.Lost() {
		return nil, errLost
	}
	return d.send(ctx, key, p)
}

// mustBeDone sends a payload with a new key, and returns an error unless it is done.
func (d *detection) mustBeDone(ctx context.Context, p ask.Payload) error {
	said, err := d.send(ctx, d.caller.NextKey(), p)
	if err == nil && !d.done(said) {
		err = d.caller.Told("an operation with a new key", said)
	}
	return err
}

// send sends an operation of the subject once.
func (d *detection) send(ctx context.Context, key string, p ask.Payload) (*ask.Heard, error) {
	return d.caller.Order(ctx, d.ordered(key, p))
}

// ordered is an operation of the subject, of the first tenant.
func (d *detection) ordered(key string, p ask.Payload) ask.Order {
	return ask.Order{
		Of: d.subject, Tenant: d.contract.TenantNames()[0], Payload: p, Key: key, Form: d.form,
	}
}

// done reports whether an answer says that the operation was done.
func (d *detection) done(a *ask.Heard) bool { return d.subject.Done(a) }

// kind is what an answer says of an operation, compared with the first one.
type kind int

const (
	// other: it says neither, or nobody can tell.
	other kind = iota
	// executed: something else was done, replayed: it is the first answer, or what became of it, and
	// acknowledged: it says that something was done, and shows nothing.
	executed
	replayed
	acknowledged
)

// kind compares an answer with the first one. Without a name in both nobody can tell two executions
// from an answer that is made anew, and one body from another is told only where the body of
// another operation differs.
func (d *detection) kind(a *ask.Heard) kind {
	name, first := d.subject.NameIn(a), d.subject.NameIn(d.first)
	switch {
	case name != "" && first != "" && (d.done(a) || name == first):
		if name == first {
			return replayed
		}
		return executed
	case a.Status/100 == 2 && name == "" && (first != "" || !d.done(a)):
		return acknowledged
	case !d.done(a) || !bytes.Equal(a.Body, d.first.Body):
		return other
	case d.control != nil && !bytes.Equal(d.control.Body, d.first.Body):
		return replayed
	}
	return other
}
