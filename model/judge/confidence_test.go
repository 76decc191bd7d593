package judge

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/confidence"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

func TestRateBoundIsTheRuleOfThree(t *testing.T) {
	require.InDelta(t, 1, rateBound(0), 0)
	require.InDelta(t, 1, rateBound(-1), 0)
	require.InDelta(t, 0.95, rateBound(1), 1e-6)
	for _, n := range []int{1, 2, 10, 100, 1000, 100_000} {
		rate := rateBound(n)
		require.LessOrEqual(t, rate, 3/float64(n)+1e-6, "the rule of three is a little wider")
		require.LessOrEqual(t, math.Pow(1-rate, float64(n)), 0.05+1e-9, "it is rounded up, never down")
		require.Greater(t, rate, rateBound(2*n))
	}
}

func TestConfidenceCountsCasesByFault(t *testing.T) {
	v := verdict.New()
	v.Judged.Cases = 300
	v.Faults = tally.Faults{Planned: 90, Fired: 90, Cases: 60, ByKind: map[fault.Kind]tally.KindCount{
		fault.Delay:        {Planned: 70, Fired: 70, Cases: 50},
		fault.ResponseLost: {Planned: 20, Fired: 20, Cases: 10},
		fault.Crash:        {Planned: 3},
	}}
	c := NewConfidence(v)
	require.Equal(t, confidence.Bound{Cases: 300, Rate: rateBound(300)}, c.PerCase)
	require.Equal(t, confidence.Bound{Cases: 60, Rate: rateBound(60)}, c.PerFaultyCase)
	require.Equal(t, []confidence.FaultBound{
		{Kind: fault.ResponseLost, Bound: confidence.Bound{Cases: 10, Rate: rateBound(10)}},
		{Kind: fault.Delay, Bound: confidence.Bound{Cases: 50, Rate: rateBound(50)}},
	}, c.Faults, "the weakest first, and none that never fired")
	require.Nil(t, c.Seeded)
}

func TestOnlyAPassHasConfidence(t *testing.T) {
	v := verdict.New()
	require.Nil(t, NewConfidence(v), "nothing was judged")
	v.Judged.Cases = 1
	require.NotNil(t, NewConfidence(v))
	for _, result := range []verdict.Result{verdict.Unknown, verdict.Invalid} {
		v.Verdict = result
		require.Nil(t, NewConfidence(v), result)
	}
}
