package measuring

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
)

// meaninglessError is a run in which nothing could be judged.
type meaninglessError struct{ reasons []string }

// Error gives the reasons.
func (e *meaninglessError) Error() string {
	return "no case was judged: " + strings.Join(e.reasons, "; ")
}

// bug measures a seeded bug.
func (m *measurement) bug(
	ctx context.Context, s subject.KnownService,
) (*calibrate.BugResult, error) {
	out := &calibrate.BugResult{
		Name: s.Name, Family: s.Family, Rules: s.Rules,
		Runs: []calibrate.Run{}, Matrix: []calibrate.Cell{},
	}
	if out.Unfit = m.world.unfit(s); out.Unfit != "" {
		return out, nil
	}
	for _, seed := range m.options.Seeds {
		d, err := m.draw(s, seed)
		if err != nil {
			return nil, err
		}
		w := newWatch(s.Rules, m.options.Matrix)
		err = m.perform(ctx, d, w)
		if _, ok := errors.AsType[*meaninglessError](err); ok {
			err = nil // it was not found with this seed
		}
		if err != nil {
			return nil, err
		}
		found := w.inOrder()
		run := m.summarise(found, d, s.Rules)
		if err := m.shrink(ctx, shrinking{d, found, &run, out}); err != nil {
			return nil, err
		}
		out.Runs = append(out.Runs, run)
	}
	return out, nil
}

// summarise counts how long it took to find a bug.
func (m *measurement) summarise(cases []seen, d *drawn, rules []string) calibrate.Run {
	run := calibrate.Run{Seed: d.plan.Seed, Needs: map[string]int{}}
	attempts := 0
	var elapsed time.Duration
	for _, c := range cases {
		if run.First == nil {
			elapsed = max(elapsed, c.after)
		}
		attempts += c.verdict.Judged.Attempts
		note(&run, c, rules, attempts)
	}
	for _, cell := range cells(cases, rules) {
		run.Needs[cell.Scenario] = cell.Cases
	}
	if m.options.Seconds {
		run.Seconds = elapsed.Round(time.Millisecond).Seconds()
	}
	return run
}

// note files a case as the first detection of the run when it is. Up to it no case was left out, so
// its number in the plan counts the cases.
func note(r *calibrate.Run, c seen, rules []string, attempts int) {
	now := &calibrate.Detection{
		Scenario: c.plan.Scenario, Rule: listed(c.verdict, rules), Cases: c.plan.Index + 1,
		Attempts: attempts,
	}
	others := broken(c.verdict)
	switch {
	case r.First != nil:
	case now.Rule != "":
		r.First = now
	case len(others) > 0 && r.Other == nil:
		now.Rule = others[0]
		r.Other = now
	}
}

// cells lists the first detection of each scenario, in the order in which scenarios take turns.
func cells(cases []seen, rules []string) []calibrate.Cell {
	var all []calibrate.Cell
	for _, c := range cases {
		i := slices.IndexFunc(all, func(o calibrate.Cell) bool { return o.Scenario == c.plan.Scenario })
		if i < 0 {
			i = len(all)
			all = append(all, calibrate.Cell{Detection: calibrate.Detection{Scenario: c.plan.Scenario}})
		}
		if cell := &all[i]; cell.Rule == "" {
			cell.Rule = listed(c.verdict, rules)
			cell.Cases++
			cell.Attempts += c.verdict.Judged.Attempts
		}
	}
	return slices.DeleteFunc(all, func(o calibrate.Cell) bool { return o.Rule == "" })
}

// firstOf returns the case that a scenario found the bug with.
func firstOf(cases []seen, scenario string, rules []string) *seen {
	i := slices.IndexFunc(cases, func(c seen) bool {
		return c.plan.Scenario == scenario && listed(c.verdict, rules) != ""
	})
	if i < 0 {
		return nil
	}
	return &cases[i]
}
