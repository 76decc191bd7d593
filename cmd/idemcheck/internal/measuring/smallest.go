package measuring

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
)

// memoryShrinkBudget is so long that shrinking in memory always ends by itself, and so in the same
// way every time.
const memoryShrinkBudget = 2 * time.Minute

// shrinking is what a run of a bug found.
type shrinking struct {
	*drawn
	cases []seen
	run   *calibrate.Run
	bug   *calibrate.BugResult
}

// shrink makes the detections of a run small: of every scenario when there is a matrix to fill, and
// otherwise only what `idemcheck run` would report, until one counterexample of the bug is known.
func (m *measurement) shrink(ctx context.Context, s shrinking) error {
	if m.options.Matrix && len(s.bug.Runs) == 0 {
		return m.shrinkCells(ctx, s)
	}
	if s.run.First == nil || s.bug.Smallest != nil {
		return nil
	}
	if err := m.reported(ctx, s); err != nil || s.bug.Smallest != nil {
		return err
	}
	_, err := m.shrinkOne(ctx, s, s.run.First.Scenario)
	return err
}

// reported runs the plan as `idemcheck run` does, which chooses between several invalid cases, and
// keeps the counterexample if it is of a rule of the bug.
func (m *measurement) reported(ctx context.Context, s shrinking) error {
	begun := time.Now()
	r, err := m.world.run(ctx, s.subject, m.shrinkOptions(s, s.plan))
	if err != nil || r.Found == nil || !slices.Contains(s.bug.Rules, r.Found.Violation.Rule) {
		return err
	}
	s.bug.Smallest = m.smallest(r, begun)
	return nil
}

// shrinkOptions are for a run that shrinks.
func (m *measurement) shrinkOptions(s shrinking, plan *model.Plan) campaign.Options {
	o := campaign.Options{Contract: s.promised, Plan: plan}
	if !m.options.Wire {
		o.Limits.ShrinkBudget = memoryShrinkBudget
	}
	return o
}

// shrinkCells makes the detection of every scenario small.
func (m *measurement) shrinkCells(ctx context.Context, s shrinking) error {
	s.bug.Matrix = append(s.bug.Matrix, cells(s.cases, s.bug.Rules)...)
	for i := range s.bug.Matrix {
		cell := &s.bug.Matrix[i]
		size, err := m.shrinkOne(ctx, s, cell.Scenario)
		if err != nil {
			return err
		}
		cell.Smallest = size
	}
	return nil
}

// shrinkOne makes the detection of a scenario small, keeps it when it is the smallest of the bug,
// and returns its size; nil when it did not come up again.
func (m *measurement) shrinkOne(
	ctx context.Context, s shrinking, scenario string,
) (*verdict.Size, error) {
	begun := time.Now()
	c := firstOf(s.cases, scenario, s.bug.Rules)
	plan := *s.plan
	plan.Rule, plan.Cases = listed(c.verdict, s.bug.Rules), []model.Case{c.plan}
	r, err := m.world.run(ctx, s.subject, m.shrinkOptions(s, &plan))
	if err != nil || r.Found == nil || r.Found.Violation.Rule != plan.Rule {
		return nil, err
	}
	out := m.smallest(r, begun)
	if s.bug.Smallest == nil || cost(out) < cost(s.bug.Smallest) {
		s.bug.Smallest = out
	}
	return &out.Size, nil
}

// price orders counterexamples; one that does not come up every time is worse than any that does.
func cost(s *calibrate.Smallest) int {
	return 1_000_000*(s.Replays-s.Reproduced) + 1000*(s.Operations+s.Faults) + s.Attempts
}

// unique is what makes keys and names unique, which says nothing to a reader.
var unique = regexp.MustCompile(`ic-[0-9a-f]{12}-`)

// smallest describes what was found by a run that began then.
func (m *measurement) smallest(r *campaign.RunResult, begun time.Time) *calibrate.Smallest {
	c := r.Verdict.Counterexample
	out := &calibrate.Smallest{
		Rule: c.Rule, Reproduced: c.Reproduced, Replays: c.Replays,
		Size: verdict.Size{
			Operations: c.Operations, Attempts: c.Attempts, Faults: c.Faults,
		},
		History: lines(unique.ReplaceAllString(notation.Format(r.Found.History), "")),
	}
	out.Plan = planned(r.Found.Case)
	if m.options.Seconds {
		out.Seconds = time.Since(begun).Round(time.Millisecond).Seconds()
	}
	return out
}

// planned lists what a case sends, below its own heading.
func planned(c model.Case) []string {
	const headings = 3
	var out bytes.Buffer
	plan := model.Plan{Cases: []model.Case{c}}
	_ = reports.Plan(&out, plan, reports.TextOptions{}) // a buffer takes everything
	return lines(out.String())[headings:]
}

func lines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }
