package shrink

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestLoudHistoriesPushNoOthersOut: those that are kept for shrinking are of many mistakes.
func TestLoudHistoriesPushNoOthersOut(t *testing.T) {
	var k Kept
	rare := outcomeOf(stub.LostFirst(), 0, "replay-unmarked")
	k.DropHistory(rare)
	var loudest []*trial.Trial
	for i := range 3 * maxKept {
		o := outcomeOf(stub.Twice(), i+1, "duplicate-effect")
		loudest = append(loudest, o)
		k.DropHistory(o)
	}
	require.NotNil(t, rare.History)
	histories := 0
	for _, o := range loudest {
		if o.History != nil {
			histories++
		}
	}
	require.LessOrEqual(t, histories, 2*maxKept)
	require.GreaterOrEqual(t, histories, keptPerMistake)
}

// TestWhatACounterexampleExplains: what says the same, in the same manner.
func TestWhatACounterexampleExplains(t *testing.T) {
	race := stub.Charging([]model.PlannedAttempt{{}}, fault.Fault{
		Kind: fault.ConcurrentDuplicate, Operation: "a", Attempt: 1, Copies: 2,
	})
	for i, tc := range []struct {
		found, other model.Case
		rule         string
		explained    bool
	}{
		{stub.Twice(), stub.LostFirst(), "duplicate-effect", true},
		{stub.Twice(), race, "duplicate-effect", true},
		{race, race, "duplicate-effect", true},
		{stub.LostFirst(), race, "duplicate-effect", false},
		{race, stub.Twice(), "duplicate-effect", false},
		{stub.Twice(), stub.Twice(), "lost-effect", false},
		{stub.Twice(), stub.LostFirst(), "key-ignored", true},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			concerns := verdict.Violation{Rule: "duplicate-effect", Operations: []string{"a"}}
			f := &Found{Case: tc.found, Violation: concerns}
			o := outcomeOf(tc.other, 1, tc.rule)
			o.Verdict.Violations[0].Operations = []string{"a"}
			require.Equal(t, tc.explained, len(unexplained([]*trial.Trial{o}, []*Found{f}, nil)) == 0)
		})
	}
}

// TestTheGravestOfTheRestIsNext, and among those as grave one of another rule.
func TestTheGravestOfTheRestIsNext(t *testing.T) {
	found := &Found{Case: stub.LostFirst(), Violation: verdict.Violation{Rule: "duplicate-effect"}}
	form, answer := outcomeOf(stub.Twice(), 1, "replay-unmarked"), outcomeOf(stub.Twice(), 2, "stuck-key")
	same, lost := outcomeOf(stub.Twice(), 3, "duplicate-effect"), outcomeOf(stub.Twice(), 4, "lost-effect")
	var order []int
	for _, o := range unexplained([]*trial.Trial{form, answer, same, lost}, []*Found{found}, nil) {
		order = append(order, o.Case.Index)
	}
	require.Equal(t, []int{4, 3, 2, 1}, order)
	require.Equal(t, "lost-effect", gravest(and(outcomeOf(stub.Twice(), 5, "stuck-key"), "lost-effect")).Rule)
}

// and returns the verdict of an outcome with one more violation.
func and(o *trial.Trial, rule string) verdict.Verdict {
	v := o.Verdict
	v.Violations = append(v.Violations, verdict.Violation{Rule: rule, Level: verdict.LevelViolation})
	return v
}

// TestSymptomsAreNoMistakesOfTheirOwn: a rule that is seldom broken without that of a
// counterexample has none; one that is mostly broken alone has.
func TestSymptomsAreNoMistakesOfTheirOwn(t *testing.T) {
	found := &Found{Case: stub.LostFirst(), Violation: verdict.Violation{Rule: "duplicate-effect"}}
	both, alone := outcomeOf(stub.LostFirst(), 1, "duplicate-effect"), outcomeOf(stub.Twice(), 2, "stuck-key")
	both.Verdict = and(both, "stuck-key")
	some := []*trial.Trial{alone}
	require.Empty(t, unexplained(some, []*Found{found}, []*trial.Trial{both, alone}))
	loud := []*trial.Trial{
		both, alone, outcomeOf(stub.Twice(), 3, "stuck-key"), outcomeOf(stub.Twice(), 4, "stuck-key"),
	}
	require.Len(t, unexplained(some, []*Found{found}, loud), 1)
}

// TestARaceIsSeen, also where it was no planned one.
func TestARaceIsSeen(t *testing.T) {
	event := func(kind model.EventKind, attempt int) model.Event {
		return model.Event{Kind: kind, Operation: "a", Attempt: attempt}
	}
	c, ops := stub.LostFirst(), []string{"a"}
	overlap := &model.History{
		Operations: []model.Operation{{ID: "a", Key: "k"}, {ID: "b", Key: "other"}},
		Events: []model.Event{
			event(model.Sent, 1), event(model.Sent, 2), event(model.Answered, 1), event(model.Answered, 2),
		},
	}
	require.Equal(t, raced, manner(&c, overlap, ops))
	plain := stub.Twice()
	require.Equal(t, raced, manner(&plain, overlap, ops), "clients may meet without any fault")
	require.Equal(t, plainly, manner(&plain, overlap, []string{"b"}))
	require.Equal(t, faulty, manner(&c, overlap, []string{"b"}))
	require.Equal(t, faulty, manner(&c, &model.History{Events: []model.Event{
		event(model.Sent, 1), event(model.Answered, 1), event(model.Sent, 2), event(model.Answered, 2),
	}}, ops))
}
