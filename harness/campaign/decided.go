package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

const (
	// enoughDecided is how many cases of a row of the catalogue (a scenario with a kind of fault)
	// must be decided, and half of a smaller row: the first few of a row are the smallest, which
	// show most. Of a large row it is one case of so many as decidedShare.
	enoughDecided, decidedShare = 3, 10
)

// row is a row of the catalogue: what is tried with a scenario. Fault is "" for cases without any.
type row struct {
	scenario string
	fault    fault.Kind
}

// rowsOf lists the rows that a case belongs to.
func rowsOf(c *model.Case) []row {
	if len(c.Faults) == 0 {
		return []row{{scenario: c.Scenario}}
	}
	rows := lists.Map(c.Faults, func(f fault.Fault) row { return row{c.Scenario, f.Kind} })
	slices.SortFunc(rows, compareRows)
	return slices.Compact(rows)
}

func compareRows(a, b row) int {
	return cmp.Or(strings.Compare(a.scenario, b.scenario), cmp.Compare(a.fault, b.fault))
}

// thinRows are the rows of which too few cases could be decided, and what that makes of the
// verdict.
type thinRows struct {
	rows    map[row]bool
	verdict verdict.Verdict
}

// holds reports whether a case belongs to one of the rows.
func (t *thinRows) holds(c *model.Case) bool {
	return slices.ContainsFunc(rowsOf(c), func(r row) bool { return t.rows[r] })
}

// count is how many cases of a row were run and decided.
type count struct{ ran, decided int }

// thinRows counts what was decided. What was not begun counts nowhere. A plan that names a rule is
// a counterexample: all of its replays must be decided.
func (w *swept) thinRows() thinRows {
	counts := map[row]count{}
	for i, o := range w.results {
		if o == nil {
			continue
		}
		for _, r := range rowsOf(&w.plan.Cases[i]) {
			n := counts[r]
			n.ran++
			if o.Verdict.Verdict != verdict.Unknown {
				n.decided++
			}
			counts[r] = n
		}
	}
	out := thinRows{rows: map[row]bool{}, verdict: verdict.New()}
	var says []string
	for _, r := range slices.SortedFunc(maps.Keys(counts), compareRows) {
		n := counts[r]
		need := max(min(enoughDecided, (n.ran+1)/2), n.ran/decidedShare)
		if w.plan.Rule != "" {
			need = n.ran
		}
		if n.decided < need {
			out.rows[r] = true
			says = append(says, fmt.Sprintf("%s with %s (%d of %d)",
				r.scenario, cmp.Or(string(r.fault), "no fault"), n.decided, n.ran))
		}
	}
	if len(says) > 0 {
		out.verdict = trial.Unknown([]string{
			"too few cases could be decided: " + strings.Join(says, ", ") + w.onWire(),
		})
	}
	return out
}

// onWire is what to set where a plan was run in real time; "" for others and for a counterexample.
func (w *swept) onWire() string {
	if w.virtual || w.plan.Rule != "" {
		return ""
	}
	return "; the other reasons say why; fewer --parallel makes more of their faults fire, and more " +
		"--cases, or a longer --budget, gives more of them"
}
