package campaign

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// hollow makes a bench deny everything that it says it made.
func (b *bench) hollow() {
	b.Answer = func(r *http.Request) *stub.Reply {
		if strings.HasPrefix(r.URL.Path, "/charges/") {
			return &stub.Reply{Status: 404}
		}
		return nil
	}
}

// loud is a bench of n cases, run one after another, each of which shows something hollow; only one
// of them also loses an answer, and that is charged twice.
func loud(t *testing.T, n, grave int) *bench {
	cases := several(n)
	cases[grave] = stub.Charging([]model.PlannedAttempt{{}, {}}, model.Fault{
		Kind: model.ResponseLost, Operation: "a", Attempt: 1, Mode: model.Close,
	})
	b := newBench(stub.Contract(t), cases...)
	b.hollow()
	b.forgetful()
	b.Parallel = 1
	return b
}

// TestALoudMistakeHidesNoGraveOne: the run goes on for a quarter of its plan, and the gravest is
// shown first.
func TestALoudMistakeHidesNoGraveOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res, err := Run(context.Background(), loud(t, 40, 8).Options)
		require.NoError(t, err)
		require.Equal(t, 11, res.Verdict.Judged.Cases, "the first one, and a quarter of the plan")
		require.Equal(t, "duplicate-effect", res.Found.Violation.Rule)
		require.Len(t, res.Further, 1)
		other := res.Further[0]
		require.Equal(t, "hollow-answer", other.Violation.Rule)
		require.Equal(t, 5, other.Reproduced)
		require.Empty(t, other.Case.Faults)
		require.Equal(t, []model.Counterexample{*describeFound(other)}, res.Verdict.Further)
		require.Equal(t, other.Violation.Message, res.Verdict.Further[0].Message)
		require.Equal(t, "hollow-answer", other.PlanIn(res.Plan).Rule)
	})
}

func TestNobodyGoesOnForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res, err := Run(context.Background(), loud(t, 40, 30).Options)
		require.NoError(t, err)
		require.Equal(t, "hollow-answer", res.Found.Violation.Rule, "case 30 was not begun")
		require.Empty(t, res.Further, "there is one mistake")
		require.Equal(t, 29, res.Skipped)
	})
}

// TestFurtherCounterexamplesAreLeftOutWithoutTime: not to shrink means none, and a replay has its
// rule.
func TestFurtherCounterexamplesAreLeftOutWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loud(t, 12, 1)
		b.ShrinkBudget = -1
		res, err := Run(context.Background(), b.Options)
		require.NoError(t, err)
		require.NotNil(t, res.Found)
		require.Empty(t, res.Further)
		b = loud(t, 12, 1)
		b.Plan.Rule = "duplicate-effect"
		res, err = Run(context.Background(), b.Options)
		require.NoError(t, err)
		require.Empty(t, res.Further)
	})
}

// TestTheSurestCaseIsShrunk: of two cases of one rule the first is smaller, and breaks it only now
// and then.
func TestTheSurestCaseIsShrunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		small := stub.Charging([]model.PlannedAttempt{{}, {}}, model.Fault{
			Kind: model.ResponseLost, Operation: "a", Attempt: 1, Mode: model.Close,
		})
		b := newBench(stub.Contract(t), small, stub.Crowded())
		b.KeepGoing, b.Parallel = true, 1
		runs := 0
		b.world.Lost = func(a chaos.Attempt, key string) {
			if a.Operation == "a" {
				if runs++; runs%2 == 0 {
					return
				}
			}
			b.Forget(key)
		}
		r, err := newRunner(b.Options)
		require.NoError(t, err)
		s := r.sweep(context.Background())
		h := &hunt{runner: r, deadline: time.Now().Add(time.Hour)}
		var broke []int
		for one := range h.surestFirst(context.Background(), s.invalid()) {
			broke = append(broke, one.broke)
		}
		require.Equal(t, replays, broke[0])
		require.Less(t, broke[1], replays)
	})
}

// TestLoudHistoriesPushNoOthersOut: those that are kept for shrinking are of many mistakes.
func TestLoudHistoriesPushNoOthersOut(t *testing.T) {
	s := &sweep{runner: &runner{Options: Options{Plan: &model.Plan{}}}}
	rare := outcomeOf(lostFirst(), 0, "replay-unmarked")
	s.lean(rare)
	var loudest []*outcome
	for i := range 3 * mostKept {
		o := outcomeOf(twice(), i+1, "duplicate-effect")
		loudest = append(loudest, o)
		s.lean(o)
	}
	require.NotNil(t, rare.history)
	kept := 0
	for _, o := range loudest {
		if o.history != nil {
			kept++
		}
	}
	require.LessOrEqual(t, kept, 2*mostKept)
	require.GreaterOrEqual(t, kept, keptPerMistake)
}

// TestWhatACounterexampleExplains: what says the same, in the same manner.
func TestWhatACounterexampleExplains(t *testing.T) {
	race := stub.Charging([]model.PlannedAttempt{{}}, model.Fault{
		Kind: model.ConcurrentDuplicate, Operation: "a", Attempt: 1, Copies: 2,
	})
	for i, tc := range []struct {
		found, other model.Case
		rule         string
		explained    bool
	}{
		{twice(), lostFirst(), "duplicate-effect", true},
		{twice(), race, "duplicate-effect", true},
		{race, race, "duplicate-effect", true},
		{lostFirst(), race, "duplicate-effect", false},
		{race, twice(), "duplicate-effect", false},
		{twice(), twice(), "lost-effect", false},
		{twice(), lostFirst(), "key-ignored", true},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			concerns := model.Violation{Rule: "duplicate-effect", Operations: []string{"a"}}
			f := &Found{Case: tc.found, Violation: concerns}
			o := outcomeOf(tc.other, 1, tc.rule)
			o.verdict.Violations[0].Operations = []string{"a"}
			require.Equal(t, tc.explained, len(unexplained([]*outcome{o}, []*Found{f}, nil)) == 0)
		})
	}
}

// TestTheGravestOfTheRestIsNext, and among those as grave one of another rule.
func TestTheGravestOfTheRestIsNext(t *testing.T) {
	found := &Found{Case: lostFirst(), Violation: model.Violation{Rule: "duplicate-effect"}}
	form, answer := outcomeOf(twice(), 1, "replay-unmarked"), outcomeOf(twice(), 2, "stuck-key")
	same, lost := outcomeOf(twice(), 3, "duplicate-effect"), outcomeOf(twice(), 4, "lost-effect")
	var order []int
	for _, o := range unexplained([]*outcome{form, answer, same, lost}, []*Found{found}, nil) {
		order = append(order, o.plan.Index)
	}
	require.Equal(t, []int{4, 3, 2, 1}, order)
	require.Equal(t, "lost-effect", gravest(outcomeOf(twice(), 5, "stuck-key").and("lost-effect")).Rule)
}

// and returns the verdict of an outcome with one more violation.
func (o *outcome) and(rule string) model.Verdict {
	v := o.verdict
	v.Violations = append(v.Violations, model.Violation{Rule: rule, Level: model.LevelViolation})
	return v
}

// TestSymptomsAreNoMistakesOfTheirOwn: a rule that is seldom broken without that of a counterexample
// has none; one that is mostly broken alone has.
func TestSymptomsAreNoMistakesOfTheirOwn(t *testing.T) {
	found := &Found{Case: lostFirst(), Violation: model.Violation{Rule: "duplicate-effect"}}
	both, alone := outcomeOf(lostFirst(), 1, "duplicate-effect"), outcomeOf(twice(), 2, "stuck-key")
	both.verdict = both.and("stuck-key")
	some := []*outcome{alone}
	require.Empty(t, unexplained(some, []*Found{found}, []*outcome{both, alone}))
	loud := []*outcome{both, alone, outcomeOf(twice(), 3, "stuck-key"), outcomeOf(twice(), 4, "stuck-key")}
	require.Len(t, unexplained(some, []*Found{found}, loud), 1)
}

// TestARaceIsSeen, also where it was no planned one.
func TestARaceIsSeen(t *testing.T) {
	event := func(kind model.EventKind, attempt int) model.Event {
		return model.Event{Kind: kind, Operation: "a", Attempt: attempt}
	}
	c, ops := lostFirst(), []string{"a"}
	overlap := &model.History{
		Operations: []model.Operation{{ID: "a", Key: "k"}, {ID: "b", Key: "other"}},
		Events: []model.Event{
			event(model.Sent, 1), event(model.Sent, 2), event(model.Answered, 1), event(model.Answered, 2),
		},
	}
	require.Equal(t, raced, manner(&c, overlap, ops))
	plain := twice()
	require.Equal(t, raced, manner(&plain, overlap, ops), "clients may meet without any fault")
	require.Equal(t, plainly, manner(&plain, overlap, []string{"b"}))
	require.Equal(t, faulty, manner(&c, overlap, []string{"b"}))
	require.Equal(t, faulty, manner(&c, &model.History{Events: []model.Event{
		event(model.Sent, 1), event(model.Answered, 1), event(model.Sent, 2), event(model.Answered, 2),
	}}, ops))
}
