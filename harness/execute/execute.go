// Package execute runs one case at one site: it sets resources up, sends, records, settles and has
// the effects read.
package execute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute/internal/cleanup"
	"github.com/idemcheck/idemcheck/harness/execute/internal/shares"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/model"
)

// Site is where a case is run.
type Site struct {
	// World carries attempts through faults; HTTP sends what goes without (setup, ledgers, state).
	World chaos.World
	HTTP  http.RoundTripper
	// Readers read effects and state that the service does not show over HTTP; nil reads none.
	Readers elsewhere.Readers
	// Ager makes records of keys older, in the place of waits for their expiry; nil waits.
	Ager elsewhere.Ager
	// Nonce makes names and keys unique; empty means a fresh one for every case, which a target that
	// outlives the case needs.
	Nonce string
}

// Place lends sites at which cases are run.
type Place interface {
	// Lend calls body at a site that serves one case, and returns its error or its own.
	Lend(body func(Site) error) error
	// Virtual reports whether each site has a service and a time of its own, so that waiting costs
	// nothing and no case is beside another.
	Virtual() bool
}

// Lend implements [Place]: what is reached in real time serves all cases.
func (s Site) Lend(body func(Site) error) error { return body(s) }

// Virtual implements [Place].
func (Site) Virtual() bool { return false }

// defaultRate is how many attempts are sent within a second at most.
const defaultRate = 2000

// Executor runs cases at sites of one target.
type Executor struct {
	Contract *model.Contract
	Spec     *contract.Compiled
	Mask     *mask.Mask
	// bases are where the replicas are, the first one first.
	bases []*url.URL
	limit *rate.Limiter
	// heavy bounds how many large answers are read at the same time.
	heavy observe.Heavy
	// Conditions watch what hinders a run; nil in virtual time, where nothing does.
	Conditions *conditions.Conditions
	// cleaned counts what was sent when cases were over.
	cleaned *cleanup.Report
	// sessions are those of a target that serves all cases; nil in virtual time, where every case has
	// its own, and when nobody logs in.
	sessions *signin.Sessions
	// Seed is the plan's, for histories, and RunID the name of the run in the headers of what it
	// sends: a fresh one in real time, and in virtual time that of its only case.
	Seed  uint64
	RunID string
	// Service is how long the target works on an operation without faults, by type.
	Service map[string]time.Duration
	// Once: no operation is repeated after everything healed, so that what is seen is the work of one
	// execution.
	Once bool
	// Witness is shown what is sent and read without faults; nil shows nobody.
	Witness witness.Witness
	// Proves reports whether a history proves the service wrong, whatever comes later.
	Proves func(*model.History, *model.Contract) bool
	// Anew reports whether an operation is served with a new key now; nil when nobody can tell.
	Anew func(ctx context.Context, c *model.Case, operation string) bool
	// Elsewhere reports whether the service serves anybody new now, with arguments that it is known to
	// serve; nil when nobody can tell.
	Elsewhere func(ctx context.Context) bool
}

// New compiles a contract. secrets are values that are taken out of what is seen, besides
// those of the contract's headers.
func New(c *model.Contract, secrets []string, virtual bool) (*Executor, error) {
	bases, err := upstream.Bases(c.Target)
	if err != nil {
		return nil, err
	}
	spec, err := contract.Compile(c)
	if err != nil {
		return nil, fmt.Errorf("compiling the contract: %w", err)
	}
	perSecond := c.Target.MaxRate
	if perSecond <= 0 {
		perSecond = defaultRate
	}
	if virtual {
		perSecond = math.MaxInt32 // virtual time must not wait for a real limit
	}
	e := &Executor{
		Contract: c, Spec: spec, bases: bases, Mask: mask.New(c, secrets),
		limit:   rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/10)),
		Service: map[string]time.Duration{}, cleaned: &cleanup.Report{},
	}
	if !virtual {
		e.RunID = nonce()
		e.heavy = observe.NewHeavy() // in virtual time nobody may wait for another case
		e.Conditions = conditions.New(e.limit, c.Timeout())
		conditions.StopOn(e.Conditions, c.Target.StopOn)
		e.sessions = signin.New(c, bases[0], e.Mask.Learn)
	}
	return e, nil
}

// CleanUp sends what the contract wants sent at the end of a run at a place that outlives its
// cases, and returns what was sent in all, and what failed.
func CleanUp(ctx context.Context, e *Executor, p Place) []string {
	if s, is := p.(Site); is {
		names := namesOf(e, &model.Case{}, e.RunID)
		cleanup.Hooks{Run: e.RunID, Report: e.cleaned, Client: &observe.Client{
			Contract: e.Contract, Base: e.bases[0], Mask: e.Mask, Sessions: e.sessions,
			Client: observe.NewHTTPClient(names.Plain(s.HTTP)),
		}}.End(ctx)
	}
	return e.cleaned.Notes()
}

// Repetition says which run of a case it is: number counts all of them, from 1, and try those after
// which its faults were brought forward.
type Repetition struct{ Number, Try int }

// Run binds a case, sends its attempts and returns what was seen.
func (e *Executor) Run(
	ctx context.Context, s Site, c model.Case, rep Repetition,
) (*model.History, error) {
	c.Faults = shares.Measured{Service: e.Service, Timeout: e.Contract.Timeout()}.Resolved(&c, rep.Try)
	if _, ok := s.World.(chaos.Starving); c.Starve != 0 && !ok {
		return nil, errNoPauses
	}
	if n := c.Replicas(); n > len(e.bases) {
		return nil, fmt.Errorf("it sends to %d replicas, and the target has %d: name all in "+
			"target.replicas, or, in go test, give all to harness.Handler", n, len(e.bases))
	}
	for _, f := range c.Faults {
		if err := s.World.Expresses(f); err != nil {
			return nil, fmt.Errorf("%s at %s.%d: %w", f.Kind, f.Operation, f.Attempt, err)
		}
	}
	b, err := bind(ctx, e, s, &c)
	if err != nil {
		return nil, err
	}
	h := b.history(b.run(ctx))
	b.cleanUp(ctx, h.Events)
	if b.sessions != nil {
		h = b.mask.History(h)
	}
	h.Run = rep.Number
	if err := chaos.Alive(s.World); err != nil {
		return h, fmt.Errorf("%w: %w", ErrWorld, err)
	}
	return h, nil
}

// ErrWorld means that what makes the faults died: what was seen says nothing about the target.
var ErrWorld = errors.New("what makes the faults is gone")

// errNoPauses is a case with pauses in a world that makes none.
var errNoPauses = errors.New(
	"its pauses (starve) can be made in memory and in virtual time only: replay it in go test")

// Control binds a case, sends nothing for a while, and returns what is seen before and after.
func (e *Executor) Control(
	ctx context.Context, s Site, c model.Case, wait time.Duration,
) (before, after []model.Event, err error) {
	b, err := bind(ctx, e, s, &c)
	if err != nil {
		return nil, nil, err
	}
	before = b.observer.Look(ctx, nil)
	err = sleep.For(ctx, wait)
	after = b.observer.Look(ctx, nil)
	b.cleanUp(ctx, nil)
	return before, after, err
}
