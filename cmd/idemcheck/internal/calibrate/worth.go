package calibrate

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model/verdict/confidence"
)

// Worth says which seeded bugs a run finds that had so many cases of each scenario: those that
// every seed found in one of these scenarios within as many.
func (d *Calibration) Worth(cases map[string]int) *confidence.Seeded {
	out := &confidence.Seeded{Missed: []confidence.MissedBug{}}
	for _, b := range d.Bugs {
		if len(b.Runs) == 0 {
			continue
		}
		out.Of++
		seeds := 0
		for _, r := range b.Runs {
			if r.within(cases) {
				seeds++
			}
		}
		if seeds == len(b.Runs) {
			out.Found++
			continue
		}
		share := float64(seeds) / float64(len(b.Runs))
		out.Missed = append(out.Missed, confidence.MissedBug{Name: b.Name, Share: share})
	}
	slices.SortStableFunc(out.Missed, func(a, b confidence.MissedBug) int {
		return cmp.Compare(a.Share, b.Share)
	})
	return out
}

// within reports whether a scenario found the bug within its share.
func (r *Run) within(cases map[string]int) bool {
	for scenario, need := range r.Needs {
		if scenario == plan.Novel {
			continue // what is new depends on the service
		}
		if need <= cases[scenario] {
			return true
		}
	}
	return false
}
