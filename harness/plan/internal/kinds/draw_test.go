package kinds

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

const draws = 60

// drawn lists faults of a kind as many dice draw them.
func drawn(kind fault.Kind, s Inputs) (all []fault.Fault) {
	one := dice.Cases(func(d dice.Dice) model.Case {
		return model.Case{Faults: []fault.Fault{Draw(d, kind, s)}}
	})
	for i := range draws {
		all = append(all, one.Example(i).Faults...)
	}
	return all
}

// TestEveryKindDrawsAllItsParameters: what a kind can be told is told, within its bounds, and all its
// choices come.
func TestEveryKindDrawsAllItsParameters(t *testing.T) {
	const limit = 100 * time.Millisecond
	inputs := Inputs{Timeout: limit, Points: []string{"committed"}}
	between := func(low, high time.Duration) func(fault.Fault) bool {
		return func(f fault.Fault) bool { return low <= f.Span.Std() && f.Span.Std() <= high }
	}
	share := func(most int) func(fault.Fault) bool {
		return func(f fault.Fault) bool { return 0 <= f.PerMille && f.PerMille <= most }
	}
	mode := func(f fault.Fault) any { return f.Mode }
	for kind, tt := range map[fault.Kind]struct {
		holds   func(fault.Fault) bool
		choice  func(fault.Fault) any
		choices []any
	}{
		fault.ResponseLost: {share(0), mode, []any{fault.BlackHole, fault.Reset, fault.Close}},
		fault.LateArrival: {
			between(limit+20*time.Millisecond, limit*3/2+20*time.Millisecond), mode, []any{fault.Mode("")},
		},
		fault.Delay: {between(time.Millisecond, limit/3), mode, []any{fault.Upstream, fault.Downstream}},
		fault.Partition: {
			between(limit*3/4, limit*2), mode, []any{fault.Both, fault.Upstream, fault.Downstream},
		},
		fault.StaggeredDuplicate: {
			between(200*time.Microsecond, 4*time.Millisecond),
			func(f fault.Fault) any { return f.Copies },
			[]any{2, 3, 4},
		},
		fault.Slow: {func(f fault.Fault) bool {
			one := map[fault.Mode]bool{
				fault.Bandwidth: f.BytesPerSecond >= 8<<10 && f.BytesPerSecond <= 64<<10,
				fault.Slicer:    f.SliceBytes >= 8 && f.SliceBytes <= 64,
				fault.SlowClose: f.Span.Std() >= time.Millisecond && f.Span.Std() <= 20*time.Millisecond,
			}
			return one[f.Mode]
		}, mode, []any{fault.Bandwidth, fault.Slicer, fault.SlowClose}},
		fault.Disconnect: {share(600), mode, []any{fault.Reset, fault.Close}},
		fault.Crash: {func(f fault.Fault) bool {
			return f.Span.Std() <= limit/20 && (f.Point == "" || f.Span == 0)
		}, func(f fault.Fault) any { return f.Point }, []any{"", "committed"}},
		fault.Throttled: {
			func(f fault.Fault) bool { return f.Status == 429 || f.Status == 503 },
			func(f fault.Fault) any { return f.RetryAfter },
			[]any{"0", "past", "", "1", "date"},
		},
		fault.GatewayError: {func(f fault.Fault) bool {
			return f.Status >= 502 && f.Status <= 504 && f.PerMille <= 900 && (f.Mode == "" || f.PerMille == 0)
		}, mode, []any{fault.AfterAnswer, fault.Mode("")}},
		fault.RequestCut: {
			share(999), func(f fault.Fault) any { return f.Phase }, []any{fault.Headers, fault.Body},
		},
		fault.HiddenDuplicate: {share(0), mode, []any{fault.AtOnce, fault.AfterAnswer}},
	} {
		seen := map[any]bool{}
		for _, f := range drawn(kind, inputs) {
			require.Equal(t, kind, f.Kind)
			require.True(t, tt.holds(f), "%+v", f)
			seen[tt.choice(f)] = true
		}
		for _, choice := range tt.choices {
			require.True(t, seen[choice], "%s never is %v: %v", kind, choice, seen)
		}
		require.Len(t, seen, len(tt.choices), kind)
	}
}

// TestWaysFollowTheTimeout: what is late is so after the client has given up.
func TestWaysFollowTheTimeout(t *testing.T) {
	const limit = 100 * time.Millisecond
	for _, kind := range []fault.Kind{fault.LateArrival, fault.Partition} {
		for _, way := range Ways(kind, Inputs{Timeout: limit}) {
			require.Greater(t, way.Span.Std(), limit, kind)
			require.LessOrEqual(t, way.Span.Std(), 2*limit, kind)
		}
	}
}

func TestFaultsFireBesideOthersOrNot(t *testing.T) {
	lost, partition := fault.Fault{Kind: fault.ResponseLost}, fault.Fault{Kind: fault.Partition}
	for name, tt := range map[string]struct {
		kind   fault.Kind
		others []fault.Fault
		first  bool
		want   bool
	}{
		"any as the first":           {fault.ResponseLost, nil, true, true},
		"any beside another":         {fault.ResponseLost, []fault.Fault{lost}, false, true},
		"any beside a partition":     {fault.ResponseLost, []fault.Fault{lost, partition}, true, false},
		"a partition alone":          {fault.Partition, nil, true, true},
		"a partition beside another": {fault.Partition, []fault.Fault{lost}, true, false},
		"a disconnect as the first":  {fault.Disconnect, []fault.Fault{lost}, true, true},
		"a disconnect as the second": {fault.Disconnect, []fault.Fault{lost}, false, false},
		"a kind of tomorrow":         {"tomorrow", []fault.Fault{lost}, false, true},
	} {
		require.Equal(t, tt.want, Beside(tt.kind, tt.others, tt.first), name)
	}
	require.Equal(t, []fault.Fault{{}}, Ways("tomorrow", Inputs{}))
}

func TestFaultsAreMadeIndependentOfTheService(t *testing.T) {
	timed := func(kind fault.Kind) fault.Fault {
		return fault.Fault{Kind: kind, Copies: 3, Status: 502, PerMille: 500, Span: 7}
	}
	for kind, want := range map[fault.Kind]fault.Fault{
		fault.StaggeredDuplicate: {Kind: fault.ConcurrentDuplicate, Copies: 3, Status: 502},
		fault.Disconnect:         {Kind: fault.Disconnect, Copies: 3, Status: 502, Span: 7},
		fault.GatewayError:       {Kind: fault.GatewayError, Mode: fault.AfterAnswer, Copies: 3, Status: 502},
		fault.RequestCut:         timed(fault.RequestCut), // a share of a message is no time
		fault.Partition:          timed(fault.Partition),
		"tomorrow":               timed("tomorrow"),
	} {
		f := timed(kind)
		AtOnce(&f)
		require.Equal(t, want, f)
	}
}
