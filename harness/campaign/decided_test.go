package campaign

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// cameOut is what came of a plan whose cases came out as said, with faults of one kind.
func cameOut(kind fault.Kind, results ...verdict.Result) *swept {
	w := &swept{plan: &model.Plan{}}
	for i, result := range results {
		c := stub.Charging([]model.PlannedAttempt{{}})
		if kind != "" {
			c.Faults = []fault.Fault{{Kind: kind, Operation: "a", Attempt: 1}}
		}
		c.Index = i
		v := verdict.New()
		v.Judged = tally.Judged{Cases: 1, Effects: 1}
		v.Verdict = result
		switch result {
		case verdict.Unknown:
			v.Reasons = []string{trial.NameOf(&c) + fmt.Sprintf("slow at a.%d did not happen (%d bytes)", i, i)}
		case verdict.Invalid:
			v.Violations = []verdict.Violation{{Rule: "lost-effect", Level: verdict.LevelViolation, Case: i}}
		}
		w.plan.Cases = append(w.plan.Cases, c)
		w.results = append(w.results, &trial.Trial{Case: c, Verdict: v, Runs: 1})
	}
	return w
}

func TestARunHangsOnTheRowsOfTheCatalogue(t *testing.T) {
	const v, u, i = verdict.Valid, verdict.Unknown, verdict.Invalid
	for _, tt := range []struct {
		name    string
		results []verdict.Result
		want    verdict.Result
		open    int
	}{
		{"all decided", []verdict.Result{v, v}, verdict.Valid, 0},
		{"the only one", []verdict.Result{u}, verdict.Unknown, 1},
		{"half", []verdict.Result{u, v}, verdict.Valid, 1},
		{"less than half", []verdict.Result{u, v, u}, verdict.Unknown, 2},
		{"more than half", []verdict.Result{u, v, v}, verdict.Valid, 1},
		{"three are enough", []verdict.Result{v, u, u, v, u, u, u, v, u}, verdict.Valid, 6},
		{"two are not", []verdict.Result{v, u, u, v, u, u, u, u, u}, verdict.Unknown, 7},
		{"a tenth of many", append(slices.Repeat([]verdict.Result{u}, 36), v, v, v, v), verdict.Valid, 36},
		{"less", append(slices.Repeat([]verdict.Result{u}, 37), v, v, v), verdict.Unknown, 37},
		{"a violation wins", []verdict.Result{u, i, u}, verdict.Invalid, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out RunResult
			cameOut(fault.Slow, tt.results...).collect(&out, nil)
			require.Equal(t, tt.want, out.Verdict.Verdict, out.Verdict)
			require.Equal(t, tt.open, out.Verdict.Judged.Undecided)
			require.Equal(t, len(tt.results), out.Verdict.Judged.Cases)
			require.Equal(t, tt.open > 0 && tt.want == verdict.Valid, len(out.Verdict.Undecided) > 0)
		})
	}
}

func TestReasonsAreGroupedAndSayWhichRow(t *testing.T) {
	const v, u = verdict.Valid, verdict.Unknown
	var out RunResult
	cameOut(fault.Slow, u, v, u, u, u, u, u, u).collect(&out, nil)
	require.Equal(t, []string{
		"slow did not happen (7 cases: 0, 2, 3, 4, 5, …), such as at a.0 (0 bytes)",
		"too few cases could be decided: test with slow (1 of 8)" + onWire,
	}, out.Verdict.Reasons)
	out = RunResult{}
	cameOut("", u, v, v).collect(&out, nil)
	require.Equal(t, []string{"case 0 (test): slow at a.0 did not happen (0 bytes)"}, out.Verdict.Undecided)
	out = RunResult{}
	cameOut("", u).collect(&out, nil)
	require.Contains(t, out.Verdict.Reasons,
		"too few cases could be decided: test with no fault (0 of 1)"+onWire)
}

// A case that broke a rule may be open in other things, and so may hundreds beside it.
func TestWhatIsOpenInBrokenCasesIsGroupedToo(t *testing.T) {
	w := cameOut(fault.Slow, verdict.Invalid, verdict.Unknown, verdict.Invalid, verdict.Valid)
	for i, o := range w.results {
		if o.Verdict.Verdict == verdict.Invalid {
			o.Verdict.Reasons = []string{
				trial.NameOf(&o.Case) + fmt.Sprintf("slow at a.%d did not happen", i),
			}
		}
	}
	var out RunResult
	w.collect(&out, nil)
	require.Equal(t, verdict.Invalid, out.Verdict.Verdict)
	require.Equal(t, []string{"slow did not happen (3 cases: 0, 1, 2), such as at a.0"},
		slices.Concat(out.Verdict.Reasons, out.Verdict.Undecided))
	require.Equal(t, 1, out.Verdict.Judged.Undecided)
}

func TestEveryReplayOfACounterexampleMustBeDecided(t *testing.T) {
	w := cameOut(fault.Slow, verdict.Valid, verdict.Valid, verdict.Unknown)
	w.plan.Rule = "stuck-key"
	var out RunResult
	w.collect(&out, nil)
	require.Equal(t, verdict.Unknown, out.Verdict.Verdict)
}

func TestACaseBelongsToARowForEachKindOfFault(t *testing.T) {
	slow, delay := fault.Fault{Kind: fault.Slow}, fault.Fault{Kind: fault.Delay}
	c := stub.Charging(nil, slow, delay, slow)
	require.Equal(t, []row{{"test", fault.Delay}, {"test", fault.Slow}}, rowsOf(&c))
	c.Faults = nil
	require.Equal(t, []row{{"test", ""}}, rowsOf(&c))
}

// onWire is what to set, where time is real.
const onWire = "; the other reasons say why; fewer --parallel makes more of their faults fire, and more " +
	"--cases, or a longer --budget, gives more of them"
