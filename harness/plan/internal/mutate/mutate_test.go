package mutate

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/draw"
	"github.com/idemcheck/idemcheck/harness/plan/internal/samples"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

const copies = 200

// parent is a small case of two operations with a fault.
func parent() model.Case {
	c := stub.Mismatched()
	c.Operations[1].Key.Name = "k2"
	c.Operations[0].Attempts = []model.PlannedAttempt{
		{Repeat: true}, {Repeat: true, After: stub.Milliseconds(3)},
	}
	c.Faults = []fault.Fault{{Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close}}
	return c
}

func TestMutantsAreSmallChangedCopiesThatCanRun(t *testing.T) {
	contract, before := stub.Contract(t), parent()
	plan := &model.Plan{Seed: 1, Cases: []model.Case{before, stub.LostFirst()}}
	plan.Cases[1].Faults = []fault.Fault{{Kind: fault.Crash, Operation: "a", Attempt: 1, Point: "committed"}}
	mutants := Mutants(plan, contract, []model.Case{before}, copies)
	require.Len(t, mutants, copies)
	require.Equal(t, parent(), before, "the parent stays as it was")
	changed, kinds := 0, map[fault.Kind]bool{}
	for i := range mutants {
		m := &mutants[i]
		require.Equal(t, Novel, m.Scenario)
		require.Empty(t, samples.Inconsistent(m, contract))
		require.True(t, constraints.IsSmall(m), "%+v", m)
		require.True(t, constraints.Satisfied(m), "%+v", m)
		m.Scenario = before.Scenario
		if !reflect.DeepEqual(*m, before) {
			changed++
		}
		for _, f := range m.Faults {
			kinds[f.Kind] = true
		}
	}
	require.Greater(t, changed, copies*9/10)
	require.Equal(t, map[fault.Kind]bool{fault.ResponseLost: true, fault.Crash: true}, kinds,
		"only what the plan has may be planned")
	require.Equal(t, mutants[3].Operations, Mutants(plan, contract, []model.Case{before}, 4)[3].Operations,
		"the dice are those of the seed and the number")
}

func TestTheLastParentsComeFirstAndSmallOnesOnly(t *testing.T) {
	contract := stub.Contract(t)
	large := stub.Twice()
	large.Operations[0].Attempts = make([]model.PlannedAttempt, 7)
	first, last := stub.Twice(), stub.Twice()
	first.Operations[0].Tenant, last.Operations[0].Tenant = "first", "last"
	of := func(parents ...model.Case) (tenants []string) {
		for _, m := range Mutants(&model.Plan{Seed: 1}, contract, parents, 3) {
			tenants = append(tenants, m.Operations[0].Tenant)
		}
		return tenants
	}
	require.Equal(t, []string{"last", "first", "last"}, of(first, last, large))
	large.Operations[0].Tenant = "large"
	require.Equal(t, []string{"large", "large", "large"}, of(large), "where there are only large ones")
}

// Each change does what its name says, and nothing else.
func TestChangesChangeOneThing(t *testing.T) {
	contract := stub.Contract(t)
	m := newMutator(&model.Plan{Cases: []model.Case{{Faults: []fault.Fault{
		{Kind: fault.Crash, Point: "committed"}, {Kind: fault.Refused},
	}}}}, contract)
	require.Equal(t, []fault.Kind{fault.Crash, fault.Refused}, m.kinds)
	require.Equal(t, []string{"committed"}, m.inputs.Points)
	for name, tt := range map[string]struct {
		change func(*draw.Draft)
		same   func(before, after *model.Case) bool
	}{
		"another kind": {m.otherKind, func(before, after *model.Case) bool {
			f := after.Faults[0]
			return len(after.Faults) == 1 && f.Operation == "a" && f.Attempt == 1 && f.Kind != fault.ResponseLost
		}},
		"another way": {m.otherWay, func(_, after *model.Case) bool {
			f := after.Faults[0]
			return len(after.Faults) == 1 && f.Kind == fault.ResponseLost && f.Operation == "a" && f.Attempt == 1
		}},
		"another place": {moveFault, func(_, after *model.Case) bool {
			f := after.Faults[0]
			return f.Kind == fault.ResponseLost && f.Attempt >= 1 && f.Attempt <= constraints.MaxFaulted
		}},
		"one more fault": {m.addFault, func(before, after *model.Case) bool {
			return len(after.Faults) == 2 && reflect.DeepEqual(after.Faults[0], before.Faults[0])
		}},
		"one more attempt": {repeatOnce, func(before, after *model.Case) bool {
			again := func(op model.PlannedOperation) bool { return op.Attempts[len(op.Attempts)-1].Repeat }
			return attempts(after) == attempts(before)+1 && slices.ContainsFunc(after.Operations, again)
		}},
		"waits": {changeWaits, func(before, after *model.Case) bool {
			return attempts(after) == attempts(before) && after.Operations[0].Attempts[0].After == 0 &&
				after.Operations[1].After == 0
		}},
		"one more operation": {m.addOperation, func(before, after *model.Case) bool {
			client := after.Operations[2].Client
			return len(after.Operations) == 3 && after.Operations[2].ID == "c" && client >= 0 && client <= 1 &&
				len(after.Resources) == len(before.Resources) && // it works on the same ones
				reflect.DeepEqual(after.Operations[:2], before.Operations)
		}},
	} {
		for seed := range 40 {
			before := parent()
			after := dice.Cases(func(roll dice.Dice) model.Case {
				d := draw.New(roll, scenario.Scenario{Name: Novel}, contract)
				d.Case = before.Clone()
				tt.change(d)
				return d.Case
			}).Example(seed)
			require.True(t, tt.same(&before, &after), "%s: %+v", name, after)
		}
	}
}

// TestFewCopiesOverlap: a copy whose waits change seldom lets the second payload come at once.
func TestFewCopiesOverlap(t *testing.T) {
	overlaps := 0
	for seed := range 100 {
		after := dice.Cases(func(roll dice.Dice) model.Case {
			d := draw.New(roll, scenario.Scenario{}, stub.Contract(t))
			d.Case = stub.Mismatched()
			changeWaits(d)
			return d.Case
		}).Example(seed)
		if after.Operations[1].Await == "" {
			overlaps++
		}
	}
	require.Greater(t, overlaps, 3)
	require.Less(t, overlaps, 30)
}

func attempts(c *model.Case) (n int) {
	for _, op := range c.Operations {
		n += len(op.Attempts)
	}
	return n
}
