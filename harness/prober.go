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

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/plan/property"
	"github.com/idemcheck/idemcheck/harness/result"
	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// Prober runs single cases that somebody else chooses. Adapters to fuzzers and property-testing
// libraries are made of it (see harness/rapidprop, harness/gopterprop); a test needs only [Check].
// It may be used from many goroutines.
type Prober struct {
	suite    Suite
	target   Target
	contract *model.Contract
	plan     *model.Plan
	cases    *property.Generator
	once     sync.Once
	// warm has learned what the service is like, or failed is why it could not. Set by once.
	warm   *campaign.Single
	failed error
}

// NewProber reads the contract of a suite and chooses its scenarios. Cases is not used.
func NewProber(s Suite, target Target) (*Prober, error) {
	written, err := s.contract()
	if err != nil {
		return nil, err
	}
	promised, err := inMemory(written, target)
	if err != nil {
		return nil, err
	}
	seed, err := s.seed()
	if err != nil {
		return nil, err
	}
	if err := s.catalogued(promised); err != nil {
		return nil, err
	}
	if promised.Target.AutoTimeout {
		// Cases are drawn before anything could be measured, and waiting costs nothing here.
		measured := *promised
		measured.Target.Timeout = value.Duration(time.Second)
		promised = &measured
	}
	cases, err := property.New(plan.Options{
		Contract: promised, Scenarios: s.Scenarios, Points: s.Points,
	})
	if err != nil {
		return nil, err
	}
	return &Prober{
		suite: s, target: target, contract: promised, cases: cases,
		plan: &model.Plan{
			Schema: model.PlanSchema, Seed: seed, Contract: *contract.Redacted(written),
		},
	}, nil
}

// Cases generates cases of all scenarios.
func (p *Prober) Cases() *property.Cases { return p.cases.Cases() }

// Draw returns the case of a seed: the same for the same suite, contract and seed.
func (p *Prober) Draw(seed uint64) property.Drawn { return p.cases.Draw(seed) }

// Smaller lists simpler cases than one that broke a rule, the boldest first.
func (p *Prober) Smaller(c property.Drawn) []property.Drawn { return p.cases.Simpler(c) }

// Run runs one case, with its own instance of the service, in a bubble of t's. The first run warms
// up. An error means that the service could not be run at all: no case can.
func (p *Prober) Run(t *testing.T, c property.Drawn) (campaign.Probe, error) {
	one, _, err := p.at(t)
	if err != nil {
		return campaign.Probe{}, err
	}
	return one.Try(context.Background(), c.Case)
}

// at returns what runs cases in bubbles of t's.
func (p *Prober) at(t *testing.T) (*campaign.Single, *bubbles, error) {
	b := &bubbles{t: t, target: p.target, limit: p.suite.limit}
	p.once.Do(func() { p.warmUp(b) })
	if p.failed != nil {
		return nil, nil, p.failed
	}
	return p.warm.In(b), b, nil
}

// warmUp learns what the service is like.
func (p *Prober) warmUp(b *bubbles) {
	warm, reasons, err := campaign.NewSingle(context.Background(), campaign.Options{
		Contract: p.contract, Secrets: contract.Secrets(&p.plan.Contract, os.LookupEnv),
		Plan: p.plan, Place: b,
	})
	if err == nil && len(reasons) > 0 {
		err = errors.New(strings.Join(reasons, "; "))
		if note := b.panicNote(); note != "" {
			err = fmt.Errorf("%w\n%s", err, note)
		}
	}
	p.warm, p.failed = warm, err
}

// Report says what a case did, as a failed [Check] does; "" when it is valid. It saves nothing.
func (p *Prober) Report(probe campaign.Probe) string {
	c := &checking{
		plan: p.plan, bubbles: &bubbles{}, result: &campaign.RunResult{Verdict: probe.Verdict},
	}
	if v := probe.Breaks(""); v != nil {
		c.result.Found = &shrink.Found{Case: probe.Case, History: probe.History, Violation: *v}
	}
	return c.text(result.Document(c.result, &p.plan.Contract, target))
}
