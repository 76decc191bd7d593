package measuring

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// drawn is a plan for a subject.
type drawn struct {
	subject  subject.KnownService
	promised *model.Contract
	plan     *model.Plan
}

// draw draws the plan of a seed as `idemcheck run` would: the scenarios take turns.
func (m *measurement) draw(s subject.KnownService, seed uint64) (*drawn, error) {
	promised, err := m.world.promised(s)
	if err != nil {
		return nil, err
	}
	list := m.world.scenarios(s)
	cases := cmp.Or(m.options.Cases, casesPerScenario*len(list))
	if s.Right {
		cases = cmp.Or(m.options.RightCases, cases)
	}
	planned, err := plan.Draw(plan.Options{
		Contract: promised, Scenarios: list, Seed: seed, Cases: cases, Points: m.world.points(),
		Search: m.options.Search,
	})
	if err != nil {
		return nil, err
	}
	if m.options.Starved {
		plan.Starve(planned, s.Name)
	}
	return &drawn{s, promised, planned}, nil
}

// seen is what came of one case.
type seen struct {
	plan    model.Case
	verdict verdict.Verdict
	// after is the real time since the beginning of the run.
	after time.Duration
}

// watch keeps what came of every case, and says which cases are still worth running.
type watch struct {
	campaign.Unobserved
	rules  []string
	matrix bool
	begun  time.Time
	mu     sync.Mutex
	// cases are by index; found are the scenarios that found the bug. Protected by mu.
	cases map[int]seen
	found map[string]bool
}

func newWatch(rules []string, matrix bool) *watch {
	return &watch{
		rules: rules, matrix: matrix, begun: time.Now(), cases: map[int]seen{}, found: map[string]bool{},
	}
}

// Want implements [campaign.Observer]: a scenario that found the bug is done, and so are all when
// there is no matrix to fill.
func (w *watch) Want(c model.Case) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.matrix {
		return !w.found[c.Scenario]
	}
	return len(w.found) == 0
}

// Judged implements [campaign.Observer].
func (w *watch) Judged(c model.Case, v verdict.Verdict) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cases[c.Index] = seen{c, v, time.Since(w.begun)}
	if listed(v, w.rules) != "" {
		w.found[c.Scenario] = true
	}
}

// inOrder lists the cases in the order of the plan, whoever was judged first.
func (w *watch) inOrder() []seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.cases), func(a, b seen) int {
		return cmp.Compare(a.plan.Index, b.plan.Index)
	})
}

// broken lists the rules that a verdict says are broken.
func broken(v verdict.Verdict) []string {
	found := lists.Where(v.Violations, func(found verdict.Violation) bool {
		return found.Level == verdict.LevelViolation
	})
	return lists.Map(found, func(found verdict.Violation) string { return found.Rule })
}

// listed returns the rule of highest priority of a bug that a verdict says is broken, or "".
func listed(v verdict.Verdict, rules []string) string {
	found := broken(v)
	rule, _ := lists.First(rules, func(rule string) bool { return slices.Contains(found, rule) })
	return rule
}

// perform runs a plan to its end, or to where the watch wants no more.
func (m *measurement) perform(ctx context.Context, d *drawn, w *watch) error {
	o := campaign.Options{
		Contract: d.promised, Plan: d.plan,
		Limits: campaign.Limits{KeepGoing: true, ShrinkBudget: -1}, Observer: w,
	}
	kept := m.keep(d.subject, w)
	if kept != nil {
		o.Observer = kept
	}
	r, err := m.world.run(ctx, d.subject, o)
	if err = errors.Join(err, kept.failed()); err != nil {
		return err
	}
	if len(w.cases) == 0 {
		return &meaninglessError{r.Verdict.Reasons}
	}
	return nil
}
