package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/confidence"
)

// NewConfidence says what a verdict is worth; nil unless it is valid, for anything else is no pass.
// Cases count once for every kind of fault that fired in them, however often it did.
func NewConfidence(v verdict.Verdict) *confidence.Confidence {
	if v.Verdict != verdict.Valid || v.Judged.Cases == 0 {
		return nil
	}
	out := &confidence.Confidence{
		PerCase: bound(v.Judged.Cases), PerFaultyCase: bound(v.Faults.Cases),
		Faults: []confidence.FaultBound{},
	}
	for kind, t := range v.Faults.ByKind {
		if t.Cases > 0 {
			out.Faults = append(out.Faults, confidence.FaultBound{Kind: kind, Bound: bound(t.Cases)})
		}
	}
	slices.SortFunc(out.Faults, func(a, b confidence.FaultBound) int {
		return cmp.Or(cmp.Compare(a.Cases, b.Cases), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

func bound(cases int) confidence.Bound {
	return confidence.Bound{Cases: cases, Rate: rateBound(cases)}
}

// rateBound is the greatest rate at which n independent tries still all pass with a probability of
// 5 %: 1-0.05^(1/n), which the rule of three approximates by 3/n. It is 1 when n is 0. It is
// rounded up to six decimals, so that every machine prints the same.
func rateBound(n int) float64 {
	if n <= 0 {
		return 1
	}
	const decimals = 1e6
	return math.Ceil((1-math.Pow(0.05, 1/float64(n)))*decimals) / decimals
}
