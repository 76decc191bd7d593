package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
)

const (
	// enoughDecided is how many cases of a row of the catalogue (a scenario with a kind of fault)
	// must be decided, and half of a smaller row: the first few of a row are the smallest, which
	// show most. Of a large row it is one case of so many as decidedShare.
	enoughDecided, decidedShare = 3, 10
	// maxNamed is how many cases are named that are undecided for one reason.
	maxNamed = 5
)

// row is a row of the catalogue: what is tried with a scenario. Fault is "" for cases without any.
type row struct {
	scenario string
	fault    model.FaultKind
}

// rowsOf lists the rows that a case belongs to.
func rowsOf(c *model.Case) []row {
	if len(c.Faults) == 0 {
		return []row{{scenario: c.Scenario}}
	}
	kinds := map[row]bool{}
	for _, f := range c.Faults {
		kinds[row{c.Scenario, f.Kind}] = true
	}
	return slices.SortedFunc(maps.Keys(kinds), compareRows)
}

func compareRows(a, b row) int {
	return cmp.Or(strings.Compare(a.scenario, b.scenario), cmp.Compare(a.fault, b.fault))
}

// thinRows are the rows of which too few cases could be decided, and what that makes of the
// verdict.
type thinRows struct {
	rows    map[row]bool
	verdict model.Verdict
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
			if o.Verdict.Verdict != model.Unknown {
				n.decided++
			}
			counts[r] = n
		}
	}
	out := thinRows{rows: map[row]bool{}, verdict: model.NewVerdict()}
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
			"too few cases could be decided: " + strings.Join(says, ", "),
		})
	}
	return out
}

// grouped lists why cases are undecided: those with one reason in one line, and a single one as it
// is.
func grouped(open []*trial.Trial) []string {
	cases := map[string][]int{}
	whole := map[string]string{}
	for _, o := range open {
		for _, reason := range o.Verdict.Reasons {
			short := gist(strings.TrimPrefix(reason, trial.NameOf(&o.Case)))
			whole[short] = reason
			if all := cases[short]; len(all) == 0 || all[len(all)-1] != o.Case.Index {
				cases[short] = append(all, o.Case.Index)
			}
		}
	}
	var out []string
	for _, short := range slices.Sorted(maps.Keys(cases)) {
		all := cases[short]
		if len(all) == 1 {
			out = append(out, whole[short])
			continue
		}
		out = append(out, fmt.Sprintf("%s (%s)", short, named(all)))
	}
	return out
}

// gist is a reason without what differs from case to case: a fault that did not happen is one by
// its kind, wherever it should have struck.
func gist(reason string) string {
	what, where, found := strings.Cut(reason, " at ")
	if found && strings.Contains(where, " did not happen") {
		return what + " did not happen"
	}
	return reason
}

// named says how many cases, and which.
func named(all []int) string {
	var names []string
	for _, n := range all[:min(maxNamed, len(all))] {
		names = append(names, fmt.Sprint(n))
	}
	if len(all) > maxNamed {
		names = append(names, "…")
	}
	return fmt.Sprintf("%d cases: %s", len(all), strings.Join(names, ", "))
}
