// Package shrink proves what invalid cases of a run broke: it makes them smaller while the rule
// stays broken, replays them, and tells one mistake from another.
package shrink

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Task says where counterexamples are looked for, and for how long.
type Task struct {
	Runner *trial.Runner
	// Rule is the one that the plan names; "" when it names none.
	Rule string
	// Budget bounds shrinking; zero means 6s, or ten times what the case took if that is more, up to
	// 2m; negative means not to shrink.
	Budget time.Duration
	// Single: the cases of the run followed one another.
	Single bool
	// Tried is told how many smaller cases of one case were tried.
	Tried func(n int)
}

// Proof is what became of an invalid run: its verdict, with the counterexample that stands for it,
// and those of what most likely are other mistakes.
type Proof struct {
	Verdict verdict.Verdict
	Found   *Found
	Further []*Found
}

// Prove finds the counterexample of an invalid run. One that depends on timing and never came again
// proves nothing: then what is proven by other cases counts, and without any the run is unknown.
func (t *Task) Prove(ctx context.Context, v verdict.Verdict, invalid []*trial.Trial) Proof {
	found := t.Counterexample(ctx, invalid)
	if t.Runner.Conditions != nil && found.Violation.Timed && found.Reproduced == 0 {
		proven := slices.DeleteFunc(invalid, func(o *trial.Trial) bool {
			return !withoutTimed(&o.Verdict)
		})
		withoutTimed(&v)
		if len(proven) == 0 {
			return Proof{Verdict: judge.Merge(v, t.unproven(found))}
		}
		found, invalid = t.Counterexample(ctx, proven), proven
	}
	v.Counterexample = found.Describe(t.Runner.Exec)
	more := further(ctx, t, found, invalid)
	for _, f := range more {
		v.Further = append(v.Further, *f.Describe(t.Runner.Exec))
	}
	return Proof{Verdict: v, Found: found, Further: more}
}

// withoutTimed takes the violations that depend on timing out of a verdict, and reports whether it
// is still invalid.
func withoutTimed(v *verdict.Verdict) bool {
	v.Violations = slices.DeleteFunc(slices.Clone(v.Violations), func(found verdict.Violation) bool {
		return found.Timed
	})
	*v = judge.Merge(*v, verdict.New())
	return v.Verdict == verdict.Invalid
}

// unproven says why a violation that depends on timing and never came again proves nothing. That
// the service is down as a whole is a reason of its own.
func (t *Task) unproven(f *Found) verdict.Verdict {
	seen := trial.NameOf(&f.Case) + f.Violation.Rule + " was seen"
	if t.Runner.Conditions.IsDown() {
		v := verdict.New()
		v.Undecided = []string{seen + ", and the service went down before it could be replayed"}
		return v
	}
	why := fmt.Sprintf("%s and did not come again in %d replays: it depends on timing, so it proves "+
		"nothing; run the plan again on a calmer machine", seen, f.Replays)
	if f.Replays == 0 {
		why = seen + " and not tried again before the run ended: it depends on timing, so it proves " +
			"nothing; raise --budget"
	}
	return trial.Unknown([]string{why})
}

// Counterexample makes the counterexample that stands for an invalid run, and saves its history.
func (t *Task) Counterexample(ctx context.Context, invalid []*trial.Trial) *Found {
	out := t.smallest(ctx, invalid, t.until(invalid[0].Elapsed))
	if t.Runner.Save != nil {
		if err := t.Runner.Save(out.History); err != nil {
			t.Runner.Fail(fmt.Errorf("saving the history of the counterexample: %w", err))
		}
	}
	return out
}

// maxTime bounds how long a case that took so long is made smaller.
func (t *Task) maxTime(took time.Duration) time.Duration {
	if t.Budget != 0 {
		return t.Budget
	}
	return max(DefaultBudget, min(longShrinkBudget, defaultShrinkRounds*took))
}

// until is until when smaller cases are tried, where a case of the run took so long.
func (t *Task) until(took time.Duration) time.Time {
	return t.Runner.Budget.Shrinking(t.maxTime(took), t.Runner.Recovery())
}
