package pace

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Meter collects what the cases of a run show of each threshold of its contract.
type Meter struct {
	contract *model.Contract
	// exact: times are those of the service alone, as in virtual time.
	exact bool
	lines []*line
	keys  *recovering
	// why is the last reason why a case that was run again said little or nothing; "" for none.
	why string
}

// line is a threshold of P99.
type line struct {
	name   string
	wanted time.Duration
	// cases gave answers, by their numbers; first are those of the run, alone those of cases that were
	// run again alone.
	cases        numbers
	first, alone samples
}

// New is a meter of a run of a plan that has seen nothing; nil where the contract expects nothing,
// and for a plan that names a rule: a counterexample is too small to measure anything.
func New(r *trial.Runner, p *model.Plan) *Meter {
	if p.Rule != "" || r.Exec.Contract.Expect == nil {
		return nil
	}
	return newMeter(r.Exec.Contract, r.Place.Virtual())
}

func newMeter(c *model.Contract, exact bool) *Meter {
	m := &Meter{contract: c, exact: exact}
	for _, name := range c.Expect.Names() {
		m.lines = append(m.lines, &line{name: name, wanted: c.Expect.P99[name].Std()})
	}
	if wanted := c.Expect.Recover.Std(); wanted > 0 {
		m.keys = &recovering{wanted: wanted, again: map[int]*tally{}}
	}
	return m
}

// Note adds what the last run of a case showed. Of one that something hindered that is only which
// thresholds the case is for. Others may have run beside it: who is fast enough then is so alone.
func (m *Meter) Note(o *trial.Trial) {
	if m == nil || o.History == nil {
		return
	}
	counts := o.Case.Starve == 0 && len(o.Causes) == 0
	s := look(o.History, &o.Case, m.contract, conditions.Calm{})
	for _, l := range m.lines {
		if answers := s.answers[l.name]; len(answers) > 0 {
			l.cases.add(o.Case.Index)
			if counts {
				l.first.add(answers)
			}
		}
	}
	if m.keys != nil && len(s.recoveries) > 0 {
		m.keys.cases.add(o.Case.Index)
		if counts {
			m.keys.note(o.Case.Index, s.recoveries)
		}
	}
}

// done reports whether nothing more is to be measured.
func (l *line) done() bool {
	both, alone := l.first.with(&l.alone), l.alone.against(l.wanted)
	return alone.count >= enough || both.against(l.wanted).standing(false) == met ||
		alone.runs >= obviousRuns && alone.chance() < obvious
}

// numbers are the numbers of cases, each once, in the order in which they were seen.
type numbers struct {
	list []int
	has  map[int]bool
}

func (n *numbers) add(i int) {
	if n.has == nil {
		n.has = map[int]bool{}
	}
	if !n.has[i] {
		n.has[i], n.list = true, append(n.list, i)
	}
}

// spread orders them so that each few of them are from all over the list.
func (n *numbers) spread() []int {
	const apart = 7
	out := make([]int, 0, len(n.list))
	for from := range apart {
		for i := from; i < len(n.list); i += apart {
			out = append(out, n.list[i])
		}
	}
	return out
}

// Keeps is how much of a budget is left for measuring.
func (m *Meter) Keeps(b trial.Budget) time.Duration {
	if m == nil || m.exact {
		return 0
	}
	return b.Share(share, limit)
}

// Measure runs cases again, one after another and nothing beside them, for every threshold that the
// run left open: which of them does not depend on how long they took. It goes on until there are
// answers enough, or it is over. In virtual time they would take as long again.
func (m *Meter) Measure(ctx context.Context, b Bench) {
	if m == nil || m.exact {
		return
	}
	deadline := time.Now().Add(limit)
	a := &again{meter: m, bench: b, times: map[int]int{}, over: func() bool {
		late := time.Now().After(deadline) || b.Runner.Budget.Late(0)
		return late || b.Over() || b.Runner.Ended(ctx)
	}}
	for _, l := range m.lines {
		for n := 1; n <= maxAgain && !l.done(); n++ {
			a.all(ctx, l, n)
		}
	}
	if m.keys != nil {
		m.keys.measure(func(i int) []answer { return a.once(ctx, i).recoveries }, a.over)
	}
}

// Add adds to a verdict what was measured of the thresholds of the contract. One that is invalid
// anyway says besides what could not be measured.
func (m *Meter) Add(v verdict.Verdict) verdict.Verdict {
	all := m.results()
	if len(all) == 0 {
		return v
	}
	out := verdict.New()
	out.Expectations = all
	if v.Verdict == verdict.Invalid {
		out.Undecided = unknowns(all)
	} else {
		out.Reasons = append(out.Reasons, unknowns(all)...)
	}
	return judge.Merge(v, out)
}

// unknowns lists why expectations could not be decided.
func unknowns(all []expect.Expectation) []string {
	open := lists.Where(all, func(one expect.Expectation) bool { return one.Unknown != "" })
	return lists.Map(open, func(one expect.Expectation) string { return one.Unknown })
}
