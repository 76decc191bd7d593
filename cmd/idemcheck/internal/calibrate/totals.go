package calibrate

import (
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Sum fills the totals.
func (d *Calibration) Sum() {
	t := &d.Totals
	var cases, attempts []int
	var sizes []verdict.Size
	for i := range d.Bugs {
		b := &d.Bugs[i]
		if b.Unfit != "" {
			continue
		}
		t.addBug(b)
		for _, r := range b.Runs {
			if r.First != nil {
				cases, attempts = append(cases, r.First.Cases), append(attempts, r.First.Attempts)
			}
		}
		if b.Smallest != nil {
			sizes = append(sizes, b.Smallest.Size)
		}
	}
	for _, v := range d.Variants {
		t.addVariant(v)
	}
	t.MedianCases, t.MedianAttempts = median(cases), median(attempts)
	t.Median, t.Worst = each(sizes, median), each(sizes, largest)
}

func (t *Totals) addBug(b *BugResult) {
	t.Bugs++
	t.Runs += len(b.Runs)
	t.Detected += b.detected()
	if b.Found() {
		t.Found++
	}
	if b.Smallest != nil && b.Smallest.Reproduced == b.Smallest.Replays {
		t.Reproduced++
	}
}

func (t *Totals) addVariant(v VariantResult) {
	if v.Unfit != "" {
		return
	}
	t.Variants++
	t.VariantCases += v.Cases
	t.FalseAlarms += len(v.Accused)
	t.Unknown += v.Unknown
}

// each applies a function to each number of some sizes.
func each(sizes []verdict.Size, of func([]int) int) verdict.Size {
	return verdict.Size{
		Operations: of(lists.Map(sizes, func(s verdict.Size) int { return s.Operations })),
		Attempts:   of(lists.Map(sizes, func(s verdict.Size) int { return s.Attempts })),
		Faults:     of(lists.Map(sizes, func(s verdict.Size) int { return s.Faults })),
	}
}

// median is the lower one of an even count; zero of nothing.
func median(of []int) int {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[(len(sorted)-1)/2]
}

// largest is zero of nothing.
func largest(of []int) int { return slices.Max(append(slices.Clone(of), 0)) }
