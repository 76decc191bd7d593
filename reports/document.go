// Package reports renders plans, histories and verdicts to an io.Writer: as text for a terminal, as
// JSON, as JUnit XML and as a curl script.
//
// It is pure: no clock, no terminal, no files. The caller says how wide and how colourful a page
// may be, and hands over everything that is shown in a [Document].
package reports

import (
	"errors"
	"io"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// Document is everything a report may show about one run. Only Verdict is needed; what is absent is
// left out.
type Document struct {
	Verdict  verdict.Verdict
	Contract model.Contract
	// Target names what was tested, such as a URL or a handler's type.
	Target string
	// Elapsed is real time; zero is not shown, so that a verdict rendered again looks the same.
	Elapsed time.Duration
	// Case and History are the smallest counterexample and what was seen when it ran.
	Case    *model.Case
	History *model.History
	// Replayed says in a line what became of a saved plan; it stands below the headline.
	Replayed string
	// Replay is the exact command line that replays the counterexample, Script the path of the
	// saved curl script, Saved the folder that holds everything.
	Replay string
	Script string
	Saved  string
	// Replays are the command lines that replay Verdict.Further, in its order.
	Replays []string
	// Warnings make a pass mean less (every answer was 401, the key is ignored) and are shown
	// first. The report adds those that it can tell from the counts.
	Warnings []string
	// Notes are shown last.
	Notes []string
	// Scenarios are the results by scenario, for JUnit.
	Scenarios []ScenarioTally
}

// ScenarioTally is the result of one scenario.
type ScenarioTally struct {
	Name  string
	Cases int
	// Elapsed is the real time spent on it.
	Elapsed time.Duration
	// Violations are those of its cases, Reasons why it could not be judged.
	Violations []verdict.Violation
	Reasons    []string
}

// TextOptions say what the reader's terminal can show. The zero value is plain Unicode text of 96
// columns.
type TextOptions = page.Options

// ErrNoCounterexample says that a document holds no history from which a script could be written.
var ErrNoCounterexample = errors.New("no counterexample to write as a script")

// noLedger reports whether the contract declares operations and yet nothing that would show their
// effects.
func (d *Document) noLedger() bool {
	return len(d.Contract.Operations) > 0 && len(d.Contract.Ledgers) == 0
}

// warnings lists what makes a pass mean less, the caller's own first.
func (d *Document) warnings() []string {
	v, out := d.Verdict, append([]string(nil), d.Warnings...)
	if v.Verdict == verdict.Unknown && len(v.Reasons) > 0 {
		return out // the reasons say it already
	}
	add := func(when bool, text string) {
		if when {
			out = append(out, text)
		}
	}
	add(v.Judged.Operations == 0, "nothing was judged: no operation ran")
	add(v.Faults.Planned > 0 && v.Faults.Fired == 0,
		"no planned fault fired: the service was only tried without faults")
	add(v.Races.Planned > 0 && v.Races.Overlapped == 0,
		"no planned race overlapped: duplicates never met inside the service")
	add(d.noLedger(), "the contract names no ledger: effects were not counted")
	add(v.Judged.Operations > 0 && v.Judged.Effects == 0 && !d.noLedger(),
		"the ledgers stayed empty: no effect could be attributed to any operation")
	return out
}

// shrunk reports whether the document's counterexample is one for a rule.
func (d *Document) shrunk(rule string) bool {
	return d.Verdict.Counterexample != nil && d.Verdict.Counterexample.Rule == rule
}

// Visible makes any text fit for a terminal: control and other unprintable characters are escapes,
// lines stay lines, and no more than 100 lines of 2000 characters are left.
func Visible(text string) string { return words.Visible(text) }

// Table writes rows as aligned columns under a header, two spaces apart; columns of whole numbers
// are aligned to the right. Rows may be shorter than the header.
func Table(w io.Writer, header []string, rows [][]string) error {
	return page.Table(w, header, rows)
}
