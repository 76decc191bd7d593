package model

import (
	"cmp"
	"math"
	"slices"
)

// Confidence says what a pass is worth.
type Confidence struct {
	// PerCase bounds how often a case does harm, PerFaultyCase how often one in which a fault fired
	// does.
	PerCase       Bound `json:"per_case"`
	PerFaultyCase Bound `json:"per_faulty_case"`
	// Faults bound it by kind of fault, the weakest first; a kind that never fired is not listed.
	Faults []FaultBound `json:"faults"`
	// Seeded tells which seeded bugs the same budget finds; nil when nobody measured.
	Seeded *Seeded `json:"seeded,omitempty"`
}

// Bound is what some cases without a violation say about all that could be drawn.
type Bound struct {
	// Cases is how many there were.
	Cases int `json:"cases"`
	// Rate is the share of such cases that do harm, at most, at 95 % confidence (see [RateBound]); 1
	// when there were none.
	Rate float64 `json:"rate"`
}

// FaultBound is the bound for cases in which a kind of fault fired.
type FaultBound struct {
	Kind FaultKind `json:"kind"`
	Bound
}

// Seeded counts the seeded bugs of the reference service that a budget finds.
type Seeded struct {
	// Found of Of are found by every calibrated seed within the cases that the run had.
	Found int `json:"found"`
	Of    int `json:"of"`
	// Missed are the others, by name, with the share of seeds that find them.
	Missed []MissedBug `json:"missed"`
}

// MissedBug is a seeded bug that a budget does not always find.
type MissedBug struct {
	Name string `json:"name"`
	// Share is how many of the calibrated seeds find it, from 0 to 1.
	Share float64 `json:"share"`
}

// NewConfidence says what a verdict is worth; nil unless it is valid, for anything else is no pass.
// Cases count once for every kind of fault that fired in them, however often it did.
func NewConfidence(v Verdict) *Confidence {
	if v.Verdict != Valid || v.Judged.Cases == 0 {
		return nil
	}
	out := &Confidence{
		PerCase: bound(v.Judged.Cases), PerFaultyCase: bound(v.Faults.Cases), Faults: []FaultBound{},
	}
	for kind, t := range v.Faults.ByKind {
		if t.Cases > 0 {
			out.Faults = append(out.Faults, FaultBound{kind, bound(t.Cases)})
		}
	}
	slices.SortFunc(out.Faults, func(a, b FaultBound) int {
		return cmp.Or(cmp.Compare(a.Cases, b.Cases), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

func bound(cases int) Bound { return Bound{cases, RateBound(cases)} }

// RateBound is the greatest rate at which n independent tries still all pass with a probability of
// 5 %: 1-0.05^(1/n), which the rule of three approximates by 3/n. It is 1 when n is 0. It is
// rounded up to six decimals, so that every machine prints the same.
func RateBound(n int) float64 {
	if n <= 0 {
		return 1
	}
	const decimals = 1e6
	return math.Ceil((1-math.Pow(0.05, 1/float64(n)))*decimals) / decimals
}
