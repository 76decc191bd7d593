// Package gopterprop makes a property for github.com/leanovate/gopter of a suite, to be used among
// others in gopter.NewProperties.
package gopterprop

import (
	"fmt"
	"sync"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/plan/property"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Property returns a property that holds for a case when no retry does harm in it:
//
//	properties := gopter.NewProperties(nil)
//	properties.Property("charges are retry-safe", gopterprop.Property(t, suite, target))
//	properties.TestingRun(t)
//
// Its labels are the broken rule and the report. Cases that cannot be judged are undecided.
// Suite.Cases and Suite.Seed are gopter's to choose.
func Property(t *testing.T, s harness.Suite, target harness.Target) gopter.Prop {
	t.Helper()
	p, err := harness.NewProber(s, target)
	if err != nil {
		return prop.ErrorProp(fmt.Errorf("idemcheck: %w", err))
	}
	c := &check{t: t, prober: p}
	return prop.ForAll(c.holds, c.cases())
}

// check is one property.
type check struct {
	t      *testing.T
	prober *harness.Prober
	mu     sync.Mutex
	// rule is the first that was broken, so that shrinking does not slip to another. Protected by
	// mu.
	rule string
}

// cases generates cases and shrinks them.
func (c *check) cases() gopter.Gen {
	return func(p *gopter.GenParameters) *gopter.GenResult {
		return gopter.NewGenResult(c.prober.Draw(p.NextUint64()), c.shrink)
	}
}

// shrink lists simpler cases.
func (c *check) shrink(v any) gopter.Shrink {
	var next []property.Drawn
	if d, ok := v.(property.Drawn); ok {
		next = c.prober.Smaller(d)
	}
	return func() (any, bool) {
		if len(next) == 0 {
			return nil, false
		}
		first := next[0]
		next = next[1:]
		return first, true
	}
}

// holds runs a case.
func (c *check) holds(d property.Drawn) (*gopter.PropResult, error) {
	probe, err := c.prober.Run(c.t, d)
	if err != nil {
		return nil, fmt.Errorf("idemcheck: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	v := probe.Breaks(c.rule)
	switch {
	case v != nil:
		c.rule = v.Rule
		return &gopter.PropResult{
			Status: gopter.PropFalse,
			Labels: []string{"idemcheck: a retry does harm: " + v.Rule, c.prober.Report(probe)},
		}, nil
	case probe.Verdict.Verdict == verdict.Unknown && c.rule == "":
		return &gopter.PropResult{Status: gopter.PropUndecided}, nil
	}
	// While shrinking, what is undecided counts as true: gopter would take it for a failure.
	return &gopter.PropResult{Status: gopter.PropTrue}, nil
}
