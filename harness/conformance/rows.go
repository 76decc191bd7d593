package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Status is what became of a row.
type Status string

// What may become of a row, the worst first.
const (
	// Violated: the service does what the contract, or a MUST of its dialect, rules out.
	Violated Status = "MUST violated"
	// Undecided: cases were run, and too few of them showed anything.
	Undecided Status = "undecided"
	// Diverged: it does not do what a SHOULD of the dialect recommends.
	Diverged Status = "SHOULD diverged"
	// Untried: no case could be run, for the reason that is said.
	Untried Status = "unknown"
	// Undeclared: the contract says nothing of it, so that the service may do anything.
	Undeclared Status = "MAY undeclared"
	// Kept: the service does what the contract says.
	Kept Status = "kept"
)

// Statuses lists them, the worst first.
func Statuses() []Status {
	return []Status{Violated, Undecided, Diverged, Untried, Undeclared, Kept}
}

// Row is a row of the catalogue, and what became of it.
type Row struct {
	Name string `json:"name"`
	Asks string `json:"asks"`
	// Status is the worst that was seen, Cases how many were run, Undecided how many of them showed
	// nothing.
	Status    Status `json:"status"`
	Cases     int    `json:"cases"`
	Undecided int    `json:"undecided,omitempty"`
	// Rules are those that are broken, by priority, and Says is what was seen in the first case that
	// breaks one, why nothing is known, or which lines are not declared; "" for what is kept.
	Rules []string `json:"rules,omitempty"`
	Says  string   `json:"says,omitempty"`
	// Line would declare what was seen; "" where no line does.
	Line string `json:"line,omitempty"`
}

// rows reads what became of every row.
func (a *asked) rows(ran *campaign.RunResult, heard *witness) []Row {
	tallies := map[string]campaign.Tally{}
	for _, t := range ran.Tallies {
		tallies[t.Scenario] = t
	}
	elsewhere := map[string][]string{}
	for _, row := range checks() {
		elsewhere[row.of] = append(elsewhere[row.of], row.rules...)
	}
	var out []Row
	for _, row := range checks() {
		from := cmp.Or(row.of, row.name)
		s := seen{
			tally: tallies[from], why: a.why[from], undecided: heard.undecided(from),
			belongs: func(rule string) bool { return !slices.Contains(elsewhere[row.name], rule) },
		}
		if row.of != "" {
			s.belongs = func(rule string) bool { return slices.Contains(row.rules, rule) }
		}
		if row.refusals && s.why == "" && !heard.refused[from] {
			s.why = "no operation was refused: declare one whose arguments make that happen " +
				"(operations.NAME.refused, when)"
		}
		if row.strangers && s.why == "" && !heard.shutOut {
			s.why = "the service lets in who has wrong credentials, or answers neither 401 nor 403"
		}
		out = append(out, a.row(row, s))
	}
	return out
}

// seen is what the cases of a row showed.
type seen struct {
	tally campaign.Tally
	// why is why they show nothing, or "", and undecided how many of them do not.
	why       string
	undecided int
	// belongs tells which broken rules are those of the row.
	belongs func(rule string) bool
}

// thin reports whether too few cases were decided, as a run counts them: three, or half of fewer.
func (s seen) thin() bool {
	ran := s.tally.Cases
	return ran > 0 && ran-s.undecided < min(enoughDecided, (ran+1)/2)
}

const enoughDecided = 3

// row reads what became of one row from its cases.
func (a *asked) row(c check, s seen) Row {
	out := Row{
		Name: c.name, Asks: c.asks, Cases: s.tally.Cases, Undecided: s.undecided, Status: Kept,
	}
	for _, v := range s.tally.Violations {
		if v.Level != verdict.LevelViolation || !s.belongs(v.Rule) {
			continue
		}
		if status := a.weight(&v); out.Status != Violated && out.Status != status {
			out.Status, out.Says, out.Line = status, v.Message, v.Line
		}
		if !slices.Contains(out.Rules, v.Rule) {
			out.Rules = append(out.Rules, v.Rule)
		}
	}
	if out.Status == Kept {
		out.Status, out.Says = a.unbroken(c, s)
	}
	return out
}

// unbroken says what a row is worth in which nothing was broken.
func (a *asked) unbroken(c check, s seen) (Status, string) {
	open := a.undeclared(c.lines)
	switch {
	case s.why == "" && s.tally.Cases == 0:
		return Undecided, "no case was begun"
	case s.thin():
		return Undecided, fmt.Sprintf("%d of %d cases showed nothing: %s", s.undecided, s.tally.Cases,
			strings.Join(slices.Compact(slices.Sorted(slices.Values(s.tally.Reasons))), "; "))
	case len(open) == len(c.lines) && !c.always:
		return Undeclared, "say " + strings.Join(open, " or ")
	case s.why != "":
		return Untried, s.why
	}
	return Kept, ""
}

// weight says whether a violation breaks what is demanded or what is recommended only. No more than
// that is broken where nothing happened wrongly, and where a line would declare it that stands in
// the contract as a dialect fills it in that recommends no more.
func (a *asked) weight(v *verdict.Violation) Status {
	line, _, found := strings.Cut(v.Line, ":")
	d, known := dialect.Named(a.contract.Dialect)
	if judge.RuleOf(v.Rule).Gravity() > 0 && found && known && d.Recommends(line, a.contract) {
		return Diverged
	}
	return Violated
}

// undeclared lists those of some lines of which the contract says nothing. That another payload is
// refused holds of every contract, and says nothing of how.
func (a *asked) undeclared(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		says := dialect.Says(a.contract, line)
		return says != "" && (line != "promises.mismatch_answer" || says != "refused")
	})
}

// Worst is the worst status of a table: the first of Violated, Undecided and Diverged that a row
// has, and else Kept.
func (t *Table) Worst() Status {
	for _, status := range []Status{Violated, Undecided, Diverged} {
		if slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Status == status }) {
			return status
		}
	}
	return Kept
}
