package simplify

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/plan/internal/samples"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

func TestSmallerCasesAreLighterAndConsistent(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SampledFrom([]plan.Shape{
			plan.Independent, plan.Independent, plan.Mismatch, plan.Tenants,
		}).Draw(t, "shape")
		s := samples.Anything()
		s.Shape = shape
		drawn, err := plan.Draw(plan.Options{
			Contract: c, Scenarios: []plan.Scenario{s}, Cases: 1,
			Seed: rapid.Uint64().Draw(t, "seed"), Search: plan.Random,
		})
		require.NoError(t, err)
		one := drawn.Cases[0]
		before := encode(t, one)
		named := rapid.SliceOfDistinct(rapid.SampledFrom(ids(one)), rapid.ID).Draw(t, "named")
		for range 4 { // down a path of candidates
			candidates := Simpler(one, named, c)
			for i := range candidates {
				require.NotContains(t, candidates[:i], candidates[i], "no candidate is tried twice")
				require.Less(t, size(&candidates[i]), size(&one))
				require.Empty(t, samples.Inconsistent(&candidates[i], c))
			}
			require.Equal(t, before, encode(t, one), "the case itself is left alone")
			if len(candidates) == 0 {
				return
			}
			one = rapid.SampledFrom(candidates).Draw(t, "candidate")
			before = encode(t, one)
		}
	})
}

func ids(c model.Case) (out []string) {
	for _, op := range c.Operations {
		out = append(out, op.ID)
	}
	return out
}

func encode(t require.TestingT, v any) string {
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

func TestTheBoldestCandidatesComeFirst(t *testing.T) {
	c := stub.Contract(t)
	candidates := Simpler(stub.Crowded(), []string{"b"}, c)
	require.Equal(t, []string{"b"}, ids(candidates[0]))
	require.Empty(t, candidates[0].Faults)
	require.Len(t, candidates[1].Faults, 1)
	require.Equal(t, fault.ResponseLost, candidates[1].Faults[0].Kind)
	require.Equal(t, fault.RequestLost, candidates[2].Faults[0].Kind)
	require.Equal(t, "b", candidates[3].Operations[0].ID)
	require.Len(t, candidates[3].Faults, 2, "both faults of the operation that is named")
}

func TestTheSmallestCaseHasNothingSmaller(t *testing.T) {
	smallest := stub.Charging([]model.PlannedAttempt{{}})
	smallest.Operations[0].Args["amount"] = int64(1)
	require.Empty(t, Simpler(smallest, []string{"a"}, stub.Contract(t)))
	require.Empty(t, Simpler(smallest, nil, stub.Contract(t)), "also when the violation names no operation")
}

func TestDroppingAnAttemptMovesFaultsUp(t *testing.T) {
	at := func(n, copies int) fault.Fault {
		return fault.Fault{Kind: fault.Delay, Operation: "a", Attempt: n, Copies: copies}
	}
	other := fault.Fault{Kind: fault.Delay, Operation: "b", Attempt: 3}
	attempts := make([]model.PlannedAttempt, 5)
	for i := range attempts {
		attempts[i].After = stub.Milliseconds(i)
	}
	for _, tt := range []struct {
		name         string
		drop         int
		faults, want []fault.Fault
	}{
		{"behind moves up", 1, []fault.Fault{at(2, 0), at(4, 0)}, []fault.Fault{at(1, 0), at(3, 0)}},
		{"on it goes", 2, []fault.Fault{at(1, 0), at(2, 0), at(3, 0)}, []fault.Fault{at(1, 0), at(2, 0)}},
		{"before it stays", 4, []fault.Fault{at(3, 0)}, []fault.Fault{at(3, 0)}},
		{"copies stay", 2, []fault.Fault{at(2, 3)}, []fault.Fault{at(2, 3)}},
		{"another operation stays", 1, []fault.Fault{other}, []fault.Fault{other}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := stub.Charging(slices.Clone(attempts), tt.faults...)
			got := dropAttempt(c, 0, tt.drop)
			require.Equal(t, tt.want, got.Faults)
			require.Len(t, got.Operations[0].Attempts, 4)
			require.NotContains(t, got.Operations[0].Attempts, attempts[tt.drop-1])
			require.Equal(t, attempts, c.Operations[0].Attempts)
		})
	}
}

func TestNormalizeMakesACaseConsistent(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	one := stub.Charging([]model.PlannedAttempt{{Repeat: true}},
		fault.Fault{Kind: fault.Delay, Operation: "gone", Attempt: 1},
		fault.Fault{Kind: fault.Delay, Operation: "a", Attempt: 2},
		fault.Fault{Kind: fault.ConcurrentDuplicate, Operation: "a", Attempt: 1, Copies: 3},
	)
	one.Resources = []model.Resource{
		{Name: "account-2", Type: "account"},
		{Name: "account-1", Type: "account"},
		{Name: "charge-1", Type: "charge"},
		{Name: "charge-2", Type: "charge"},
	}
	one.Operations[0].Type = "refund"
	one.Operations[0].Args = map[string]any{"charge": "charge-2", "amount": int64(1)}
	got := Normalize(one, c)
	require.Equal(t, one.Faults[2:], got.Faults)
	require.Equal(t, []model.PlannedAttempt{{Repeat: true}, {Repeat: true}, {Repeat: true}},
		got.Operations[0].Attempts)
	require.Equal(t, []model.Resource{
		{Name: "account-2", Type: "account"}, {Name: "charge-2", Type: "charge"},
	}, got.Resources, "the charge, and the first account, on which it is made")
}

func TestSmallArgumentsKeepTwinsAlike(t *testing.T) {
	c := stub.Contract(t)
	one := stub.Crowded()
	var small *model.Case
	simplerValues(one, c, func(next model.Case) {
		if next.Operations[0].Args["amount"] == int64(1) {
			small = &next
		}
	})
	require.NotNil(t, small)
	for _, op := range small.Operations {
		require.Equal(t, int64(1), op.Args["amount"])
		require.True(t, strings.HasPrefix(op.Args["account"].(string), "account-"))
	}
	require.Equal(t, int64(5), one.Operations[0].Args["amount"])
}

func TestLoadedNumbersShrinkToo(t *testing.T) {
	one := stub.Charging([]model.PlannedAttempt{{}})
	one.Operations[0].Args["amount"] = float64(300) // as encoding/json reads a plan
	smallest := one
	c := stub.Contract(t)
	for next := Simpler(one, nil, c); len(next) > 0; next = Simpler(smallest, nil, c) {
		smallest = next[0]
	}
	require.Equal(t, int64(1), smallest.Operations[0].Args["amount"])
}

func TestACrowdIsHalvedFirst(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	s := plan.Scenario{Name: "crowd", Operations: plan.Range{Min: 14, Max: 14}}
	drawn, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: []plan.Scenario{s}, Cases: 1, Seed: 1, Search: plan.Random,
	})
	require.NoError(t, err)
	left := map[int]bool{}
	for _, next := range Simpler(drawn.Cases[0], []string{"a", "b"}, c) {
		left[len(next.Operations)] = true
	}
	require.True(t, left[2], "those that the violation names")
	require.True(t, left[7], "half of them")
	require.True(t, left[13], "all but one")
}

// When a gateway fails at a share of the service time, it may as well fail with the answer in its
// hands: that does not depend on how busy the machine is.
func TestAGatewayIsMadeIndependentOfTime(t *testing.T) {
	c := stub.Charging(make([]model.PlannedAttempt, 2), fault.Fault{
		Kind: fault.GatewayError, Operation: "a", Attempt: 1, Status: 504, PerMille: 500,
	})
	var sure, soon bool
	for _, less := range Simpler(c, nil, stub.Contract(t)) {
		for _, f := range less.Faults {
			sure = sure || f.Mode == fault.AfterAnswer && f.PerMille == 0
			soon = soon || f.Mode == "" && f.PerMille == 0
			require.Equal(t, 504, f.Status)
		}
	}
	require.True(t, sure)
	require.True(t, soon)
	require.True(t, fault.GatewayError.Traits().Lingers, "the request is under way when its client goes on")
}

func TestSimplerCasesAwaitWhatIsThere(t *testing.T) {
	c := stub.Mismatched()
	require.Empty(t, Normalize(dropOperation(c, 0), stub.Contract(t)).Operations[0].Await)
	require.Equal(t, "a", Normalize(c.Clone(), stub.Contract(t)).Operations[1].Await)
	apart := c.Clone()
	apart.Operations[0].Client = 1
	require.Empty(t, Normalize(apart, stub.Contract(t)).Operations[1].Await, "clients do not wait for others")
	hasty := false
	for _, less := range Simpler(c, nil, stub.Contract(t)) {
		hasty = hasty || len(less.Operations) == 2 && less.Operations[1].Await == ""
	}
	require.True(t, hasty, "it may not matter")
}

// TestAMachineThatIsNotBusyIsSimpler than one that is: a counterexample keeps its pauses only when it
// needs them.
func TestAMachineThatIsNotBusyIsSimpler(t *testing.T) {
	c := stub.Charging([]model.PlannedAttempt{{Repeat: true}})
	c.Starve = 7
	simpler := Simpler(c, []string{"a"}, stub.Contract(t))
	require.NotEmpty(t, simpler)
	require.Zero(t, simpler[0].Starve)
	require.Equal(t, c.Operations, simpler[0].Operations)
	require.Less(t, size(&simpler[0]), size(&c))
}

// TestFewerReplicasAreSmaller: all at the first is tried before anything else, and one by one.
func TestFewerReplicasAreSmaller(t *testing.T) {
	c := stub.Charging([]model.PlannedAttempt{{Replica: 1}, {Replica: 2, Repeat: true}})
	var tried [][]int
	for _, one := range Simpler(c, []string{"a"}, stub.Contract(t)) {
		var at []int
		for _, a := range one.Operations[0].Attempts {
			at = append(at, a.Replica)
		}
		tried = append(tried, at)
	}
	require.Equal(t, []int{0, 0}, tried[0])
	require.Contains(t, tried, []int{0, 2})
	require.Contains(t, tried, []int{1, 0})
}
