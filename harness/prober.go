package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// Prober runs single cases that somebody else chooses. Adapters to fuzzers and property-testing
// libraries are made of it (see harness/rapidprop, harness/gopterprop); a test needs only [Check].
// It may be used from many goroutines.
type Prober struct {
	suite     Suite
	target    Target
	contract  *model.Contract
	plan      *model.Plan
	scenarios []Scenario
	once      sync.Once
	// warm has learned what the service is like, or failed is why it could not. Set by once.
	warm   *runner
	failed error
}

// NewProber reads the contract of a suite and chooses its scenarios. Cases is not used.
func NewProber(s Suite, target Target) (*Prober, error) {
	written, err := s.contract()
	if err != nil {
		return nil, err
	}
	promised, err := inMemory(written)
	if err != nil {
		return nil, err
	}
	seed, err := s.seed()
	if err != nil {
		return nil, err
	}
	if promised.Target.AutoTimeout {
		// Cases are drawn before anything could be measured, and waiting costs nothing here.
		promised = withTimeout(promised, time.Second)
	}
	p := &Prober{suite: s, target: target, contract: promised}
	for _, scenario := range s.Scenarios {
		if Applicable(scenario, promised) == "" {
			p.scenarios = append(p.scenarios, scenario)
		}
	}
	if len(p.scenarios) == 0 {
		return nil, errors.New("no scenario applies to the contract: take scenarios.HTTP()")
	}
	p.plan = &model.Plan{
		Schema: model.PlanSchema, Seed: seed, Contract: *contract.Redacted(written),
	}
	return p, nil
}

// Drawn is a case that shows itself in one line where a library logs what it drew.
type Drawn struct{ model.Case }

func drawn(c model.Case) Drawn { return Drawn{c} }

// String names the scenario, the operations with their numbers of attempts, and the faults.
func (d Drawn) String() string {
	var ops, faults []string
	for _, op := range d.Operations {
		ops = append(ops, fmt.Sprintf("%s %s ×%d", op.ID, op.Type, len(op.Attempts)))
	}
	for _, f := range d.Faults {
		faults = append(faults, fmt.Sprintf("%s at %s.%d", f.Kind, f.Operation, f.Attempt))
	}
	out := d.Scenario + ": " + strings.Join(ops, ", ")
	if len(faults) > 0 {
		out += "; " + strings.Join(faults, ", ")
	}
	return out
}

// GoString is String: rapid logs with %#v.
func (d Drawn) GoString() string { return d.String() }

// Cases generates cases of all scenarios.
func (p *Prober) Cases() *rapid.Generator[Drawn] {
	return rapid.Custom(func(t *rapid.T) Drawn {
		i := rapid.IntRange(0, len(p.scenarios)-1).Draw(t, "scenario")
		return drawn(p.drawing(i).Draw(t, "case"))
	})
}

// drawing generates cases of one scenario.
func (p *Prober) drawing(scenario int) *rapid.Generator[model.Case] {
	return drawCase(p.scenarios[scenario], DrawOptions{Contract: p.contract, Points: p.suite.Points})
}

// Draw returns the case of a seed: the same for the same suite, contract and seed.
func (p *Prober) Draw(seed uint64) Drawn {
	i := int(seed % uint64(len(p.scenarios)))
	return drawn(p.drawing(i).Example(caseSeed(seed, p.scenarios[i].Name, 0)))
}

// Smaller lists simpler cases than one that broke a rule, the boldest first.
func (p *Prober) Smaller(c Drawn) []Drawn {
	var all []string
	for _, op := range c.Operations {
		all = append(all, op.ID)
	}
	var out []Drawn
	for _, next := range smaller(c.Case, all, p.contract) {
		out = append(out, drawn(next))
	}
	return out
}

// Probe is what came of one case.
type Probe struct {
	Verdict model.Verdict
	Case    model.Case
	// History is nil when the case could not be run.
	History *model.History
}

// Breaks returns the violation of a rule, or of the first rule that is broken when none is named;
// nil when there is none.
func (p Probe) Breaks(rule string) *model.Violation { return broken(p.Verdict, rule) }

// Run runs one case, with its own instance of the service, in a bubble of t's. The first run warms
// up. An error means that the service could not be run at all: no case can.
func (p *Prober) Run(t *testing.T, c Drawn) (Probe, error) {
	r, _, err := p.at(t)
	if err != nil {
		return Probe{}, err
	}
	o := r.tryCase(context.Background(), c.Case, 1, crowdedRuns)
	return Probe{o.verdict, o.plan, o.history}, r.fatal()
}

// at returns a runner in bubbles of t's.
func (p *Prober) at(t *testing.T) (*runner, *bubbles, error) {
	b := &bubbles{t: t, construct: p.target.construct, limit: p.suite.limit}
	p.once.Do(func() { p.warmUp(b) })
	if p.failed != nil {
		return nil, nil, p.failed
	}
	r := p.warm.quiet()
	r.Enter = b.enter
	return r, b, nil
}

// warmUp learns what the service is like.
func (p *Prober) warmUp(b *bubbles) {
	r, err := newRunner(Options{
		Contract: p.contract, Plan: p.plan, Enter: b.enter,
		Secrets: contract.Secrets(&p.plan.Contract, os.LookupEnv),
	})
	if err != nil {
		p.failed = err
		return
	}
	reasons, err := r.warmUp(context.Background())
	if err == nil && len(reasons) > 0 {
		err = errors.New(strings.Join(reasons, "; "))
		if note := b.panicNote(); note != "" {
			err = fmt.Errorf("%w\n%s", err, note)
		}
	}
	p.warm, p.failed = r, err
}

// Report says what a case did, as a failed [Check] does; "" when it is valid. It saves nothing.
func (p *Prober) Report(probe Probe) string {
	c := &checking{plan: p.plan, bubbles: &bubbles{}, result: &Result{Verdict: probe.Verdict}}
	if v := probe.Breaks(""); v != nil {
		c.result.Found = &Found{Case: probe.Case, History: probe.History, Violation: *v}
	}
	return c.text("", "")
}
