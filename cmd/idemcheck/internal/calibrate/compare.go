package calibrate

import (
	"fmt"
	"slices"
)

// Comparison is what differs from a baseline.
type Comparison struct {
	// Worse are differences that must not be: a bug that is no longer found, a right variant that is
	// accused. Other differences are notes.
	Worse, Notes []string
}

// Compare compares a calibration with an earlier one. Only what both measured is compared: a bug
// that the baseline found with the same seed must be found again, and with another seed when every
// seed of the baseline found it, unless that took more cases than there were now.
func Compare(baseline, now *Calibration) Comparison {
	var out Comparison
	for i := range now.Bugs {
		b := &now.Bugs[i]
		before := baseline.Bug(b.Name)
		switch {
		case before == nil && b.detected() > 0:
			out.note("%s is new, and found", b.Name)
		case before == nil:
			out.note("%s is new, and not found", b.Name)
		default:
			out.bug(before, b, now.Cases)
		}
	}
	for _, v := range now.Variants {
		out.variant(v)
	}
	return out
}

func (c *Comparison) worse(format string, args ...any) {
	c.Worse = append(c.Worse, fmt.Sprintf(format, args...))
}

func (c *Comparison) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// variant notes what a right variant was accused of; no baseline excuses that.
func (c *Comparison) variant(v VariantResult) {
	for _, a := range v.Accused {
		c.worse("%s is right and was accused of %s: seed %d, case %d (%s): %s",
			v.Name, a.Rule, a.Seed, a.Case, a.Scenario, a.Message)
	}
	if v.Unknown > 0 {
		c.note("%s is right and could not be judged in %d cases", v.Name, v.Unknown)
	}
}

// bug compares the runs of one bug.
func (c *Comparison) bug(before, now *BugResult, cases int) {
	for _, r := range now.Runs {
		need, sure := before.needed(r.Seed)
		switch {
		case r.First == nil && sure && need <= cases:
			c.worse("%s is no longer found with seed %d: it took %d cases, and now %d are not enough",
				now.Name, r.Seed, need, cases)
		case r.First == nil && sure:
			c.note("%s was not found with seed %d, and took %d cases before: there were only %d",
				now.Name, r.Seed, need, cases)
		}
	}
	if before.detected() == 0 && now.detected() > 0 {
		c.note("%s is found, which it was not before", now.Name)
	}
}

// needed is how many cases a seed needed; for a seed that was not tried, what the slowest did.
// False when the bug cannot be relied on to be found.
func (b *BugResult) needed(seed uint64) (cases int, sure bool) {
	i := slices.IndexFunc(b.Runs, func(r Run) bool { return r.Seed == seed })
	if i >= 0 {
		if first := b.Runs[i].First; first != nil {
			return first.Cases, true
		}
		return 0, false
	}
	for _, r := range b.Runs {
		if r.First != nil {
			cases = max(cases, r.First.Cases)
		}
	}
	return cases, b.Found()
}

// Bug returns what was measured of a bug, or nil.
func (d *Calibration) Bug(name string) *BugResult {
	i := slices.IndexFunc(d.Bugs, func(b BugResult) bool { return b.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Bugs[i]
}
