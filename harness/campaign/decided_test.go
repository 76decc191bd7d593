package campaign

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
)

// cameOut is what came of a plan whose cases came out as said, with faults of one kind.
func cameOut(kind model.FaultKind, results ...model.Result) *swept {
	w := &swept{plan: &model.Plan{}}
	for i, result := range results {
		c := stub.Charging([]model.PlannedAttempt{{}})
		if kind != "" {
			c.Faults = []model.Fault{{Kind: kind, Operation: "a", Attempt: 1}}
		}
		c.Index = i
		v := model.NewVerdict()
		v.Judged = model.Judged{Cases: 1, Effects: 1}
		v.Verdict = result
		switch result {
		case model.Unknown:
			v.Reasons = []string{trial.NameOf(&c) + fmt.Sprintf("slow at a.%d did not happen (%d bytes)", i, i)}
		case model.Invalid:
			v.Violations = []model.Violation{{Rule: "lost-effect", Level: model.LevelViolation, Case: i}}
		}
		w.plan.Cases = append(w.plan.Cases, c)
		w.results = append(w.results, &trial.Trial{Case: c, Verdict: v, Runs: 1})
	}
	return w
}

func TestARunHangsOnTheRowsOfTheCatalogue(t *testing.T) {
	const v, u, i = model.Valid, model.Unknown, model.Invalid
	for _, tt := range []struct {
		name    string
		results []model.Result
		want    model.Result
		open    int
	}{
		{"all decided", []model.Result{v, v}, model.Valid, 0},
		{"the only one", []model.Result{u}, model.Unknown, 1},
		{"half", []model.Result{u, v}, model.Valid, 1},
		{"less than half", []model.Result{u, v, u}, model.Unknown, 2},
		{"more than half", []model.Result{u, v, v}, model.Valid, 1},
		{"three are enough", []model.Result{v, u, u, v, u, u, u, v, u}, model.Valid, 6},
		{"two are not", []model.Result{v, u, u, v, u, u, u, u, u}, model.Unknown, 7},
		{"a tenth of many", append(slices.Repeat([]model.Result{u}, 36), v, v, v, v), model.Valid, 36},
		{"less", append(slices.Repeat([]model.Result{u}, 37), v, v, v), model.Unknown, 37},
		{"a violation wins", []model.Result{u, i, u}, model.Invalid, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out Result
			cameOut(model.Slow, tt.results...).collect(&out, nil)
			require.Equal(t, tt.want, out.Verdict.Verdict, out.Verdict)
			require.Equal(t, tt.open, out.Verdict.Judged.Undecided)
			require.Equal(t, len(tt.results), out.Verdict.Judged.Cases)
			require.Equal(t, tt.open > 0 && tt.want == model.Valid, len(out.Verdict.Undecided) > 0)
		})
	}
}

func TestReasonsAreGroupedAndSayWhichRow(t *testing.T) {
	const v, u = model.Valid, model.Unknown
	var out Result
	cameOut(model.Slow, u, v, u, u, u, u, u, u).collect(&out, nil)
	require.Equal(t, []string{
		"slow did not happen (7 cases: 0, 2, 3, 4, 5, …), such as at a.0 (0 bytes)",
		"too few cases could be decided: test with slow (1 of 8)",
	}, out.Verdict.Reasons)
	out = Result{}
	cameOut("", u, v, v).collect(&out, nil)
	require.Equal(t, []string{"case 0 (test): slow at a.0 did not happen (0 bytes)"}, out.Verdict.Undecided)
	out = Result{}
	cameOut("", u).collect(&out, nil)
	require.Contains(t, out.Verdict.Reasons, "too few cases could be decided: test with no fault (0 of 1)")
}

// A case that broke a rule may be open in other things, and so may hundreds beside it.
func TestWhatIsOpenInBrokenCasesIsGroupedToo(t *testing.T) {
	w := cameOut(model.Slow, model.Invalid, model.Unknown, model.Invalid, model.Valid)
	for i, o := range w.results {
		if o.Verdict.Verdict == model.Invalid {
			o.Verdict.Reasons = []string{
				trial.NameOf(&o.Case) + fmt.Sprintf("slow at a.%d did not happen", i),
			}
		}
	}
	var out Result
	w.collect(&out, nil)
	require.Equal(t, model.Invalid, out.Verdict.Verdict)
	require.Equal(t, []string{"slow did not happen (3 cases: 0, 1, 2), such as at a.0"},
		slices.Concat(out.Verdict.Reasons, out.Verdict.Undecided))
	require.Equal(t, 1, out.Verdict.Judged.Undecided)
}

func TestEveryReplayOfACounterexampleMustBeDecided(t *testing.T) {
	w := cameOut(model.Slow, model.Valid, model.Valid, model.Unknown)
	w.plan.Rule = "stuck-key"
	var out Result
	w.collect(&out, nil)
	require.Equal(t, model.Unknown, out.Verdict.Verdict)
}

func TestACaseBelongsToARowForEachKindOfFault(t *testing.T) {
	slow, delay := model.Fault{Kind: model.Slow}, model.Fault{Kind: model.Delay}
	c := stub.Charging(nil, slow, delay, slow)
	require.Equal(t, []row{{"test", model.Delay}, {"test", model.Slow}}, rowsOf(&c))
	c.Faults = nil
	require.Equal(t, []row{{"test", ""}}, rowsOf(&c))
}
