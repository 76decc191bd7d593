// Package rapidprop makes a property for pgregory.net/rapid of a suite, to be used inside an
// existing rapid.Check: rapid draws the cases, shrinks them and keeps what failed.
package rapidprop

import (
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/plan/property"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Property returns a property that holds for a case when no retry does harm in it:
//
//	rapid.Check(t, rapidprop.Property(t, suite, target))
//
// Cases that cannot be judged are skipped. Suite.Cases and Suite.Seed are rapid's to choose.
func Property(t *testing.T, s harness.Suite, target harness.Target) func(*rapid.T) {
	t.Helper()
	p, err := harness.NewProber(s, target)
	if err != nil {
		t.Fatalf("idemcheck: %v", err)
	}
	cases := reducible(p)
	var rule pin
	return func(rt *rapid.T) {
		probe, err := p.Run(t, cases.Draw(rt, "case"))
		if err != nil {
			t.Fatalf("idemcheck: %v", err) // no case can be run, so there is nothing to shrink
		}
		if probe.Verdict.Verdict == verdict.Unknown {
			rt.Skipf("idemcheck: %v", probe.Verdict.Reasons)
		}
		if broken := rule.breaks(probe); broken != "" {
			rt.Log(p.Report(probe))
			// The text stays the same while rapid shrinks: one that varies would stop it.
			rt.Fatalf("idemcheck: a retry does harm: %s", broken)
		}
	}
}

// reducible generates cases that rapid can make smaller than their scenario draws them. Each zero
// takes one step towards a smaller case, and shrinking makes zeros; drawing seldom does. All dice
// are rolled whether or not they are needed, so that changing one does not move the others.
func reducible(p *harness.Prober) *rapid.Generator[property.Drawn] {
	const steps = 5
	return rapid.Custom(func(t *rapid.T) property.Drawn {
		c := p.Cases().Draw(t, "drawn")
		for range steps {
			whole := rapid.IntRange(0, 255).Draw(t, "whole")
			which := rapid.IntRange(0, 255).Draw(t, "which")
			if next := p.Smaller(c); whole == 0 && len(next) > 0 {
				c = next[which%len(next)]
			}
		}
		return c
	})
}

// pin remembers the first rule that was broken, so that shrinking does not slip to another.
type pin struct {
	mu   sync.Mutex
	rule string // protected by mu
}

// breaks returns the pinned rule when a probe breaks it, pinning the first; otherwise "".
func (p *pin) breaks(probe campaign.Probe) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := probe.Breaks(p.rule)
	if v == nil {
		return ""
	}
	p.rule = v.Rule
	return v.Rule
}
