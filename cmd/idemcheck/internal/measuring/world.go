package measuring

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
	"github.com/idemcheck/idemcheck/scenarios"
)

// work is how long the reference service's card processor takes, as in the demo.
const work = 5 * time.Millisecond

// shortRetention is how long keys are remembered on the wire by subjects that show at the edge
// only: a day cannot be waited for.
const shortRetention = 2 * time.Second

// world is where subjects are run.
type world interface {
	// scenarios are those that can be drawn for a subject.
	scenarios(s subject.KnownService) []plan.Scenario
	// unfit says why a subject cannot be run, or "".
	unfit(s subject.KnownService) string
	// promised is the subject's contract in this world, its headers resolved.
	promised(s subject.KnownService) (*model.Contract, error)
	// points are where a subject may crash.
	points() []string
	// run runs a plan against a fresh instance.
	run(ctx context.Context, s subject.KnownService, o campaign.Options) (*campaign.RunResult, error)
}

// resolved returns a contract for a URL.
func resolved(written *model.Contract, url string) (*model.Contract, error) {
	c := *written
	c.Target.URL = url
	c.Target.MaxRate = 1_000_000 // the subject is ours
	return contract.Resolve(&c, os.LookupEnv)
}

// inMemory runs subjects in memory and in virtual time: the same judgement every time.
type inMemory struct{ t *testing.T }

func (inMemory) scenarios(subject.KnownService) []plan.Scenario { return scenarios.Virtual() }

func (inMemory) unfit(s subject.KnownService) string {
	if s.Store != "memory" {
		return "wire only: virtual time stands still while a database works"
	}
	return ""
}

func (inMemory) points() []string { return reference.Points() }

func (inMemory) promised(s subject.KnownService) (*model.Contract, error) {
	return resolved(s.Contract, "http://in.memory")
}

func (w inMemory) run(
	ctx context.Context, s subject.KnownService, o campaign.Options,
) (*campaign.RunResult, error) {
	o.Limits.Parallel = 1 // bubbles have nothing to wait for; subjects run side by side instead
	o.Place = w.place(s)
	return campaign.Run(ctx, o)
}

// place is where a subject is run.
func (w inMemory) place(s subject.KnownService) execute.Place {
	return harness.Virtual(w.t, harness.Handler(func(env *harness.Env) http.Handler {
		service, err := reference.New(reference.Options{
			Store: busy{store.Fence(harness.Keep(env, "store", memory.New), env.Alive)}, Work: work,
			Bug: s.Bug, Variant: s.Variant, Point: env.Point,
		})
		if err != nil {
			return nil
		}
		return service
	}))
}

// OpenStore opens a store by its name, "sqlite" or "postgres", and says how to close it.
type OpenStore func(ctx context.Context, name string) (
	s store.Store, closed func() error, err error,
)

// onWire runs subjects over TCP on loopback, through links of Toxiproxy's: the truth.
type onWire struct{ stores OpenStore }

func (onWire) scenarios(s subject.KnownService) []plan.Scenario {
	out := scenarios.HTTP()
	if s.Needs == "retention" {
		edges := lists.Where(scenarios.Virtual(), func(v plan.Scenario) bool { return v.Edge })
		out = append(out, edges...)
	}
	return out
}

func (w onWire) unfit(s subject.KnownService) string {
	switch {
	case s.Needs == "crash":
		return "memory only: it needs a crash"
	case s.Needs == "midnight":
		return "memory only: it needs midnight to pass"
	case s.Store != "memory" && w.stores == nil:
		return "its store was not given"
	}
	return ""
}

func (onWire) points() []string { return nil }

func (onWire) promised(s subject.KnownService) (*model.Contract, error) {
	c := *s.Contract
	if s.Needs == "retention" {
		c.Promises.Retention = value.Duration(shortRetention)
	}
	return resolved(&c, "http://127.0.0.1")
}

func (w onWire) run(
	ctx context.Context, s subject.KnownService, o campaign.Options,
) (out *campaign.RunResult, err error) {
	kept, closed, err := w.open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closed()) }()
	at, stop, err := serve(ctx, s, kept)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	target, err := wire.New(wire.Options{URL: at, Abort: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	direct := &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 30 * time.Second}
	defer direct.CloseIdleConnections()
	there := *o.Contract
	there.Target.URL = at
	o.Contract, o.Place = &there, execute.Site{World: target, HTTP: direct}
	return campaign.Run(ctx, o)
}

// storeError is a store that is not there: its subject is left out, and the report says so.
type storeError struct{ error }

// Unwrap returns the cause.
func (e *storeError) Unwrap() error { return e.error }

// open opens the store of a subject.
func (w onWire) open(
	ctx context.Context, s subject.KnownService,
) (store.Store, func() error, error) {
	if s.Store != "memory" {
		kept, closed, err := w.stores(ctx, s.Store)
		if err != nil {
			return nil, nil, &storeError{err}
		}
		return kept, closed, nil
	}
	kept := memory.New()
	return kept, kept.Close, nil
}

// serve starts a subject on a free port of loopback.
func serve(
	ctx context.Context, s subject.KnownService, kept store.Store,
) (url string, stop func() error, err error) {
	options := reference.Options{Store: kept, Work: work, Bug: s.Bug, Variant: s.Variant}
	if s.Needs == "retention" {
		options.Retention = shortRetention
	}
	service, err := reference.New(options)
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listening for %s: %w", s.Name, err)
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- reference.Serve(serving, listener, service) }()
	stop = func() error { cancel(); return <-ended }
	return "http://" + listener.Addr().String(), stop, nil
}
