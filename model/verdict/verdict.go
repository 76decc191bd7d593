// Package verdict holds what is known at the end of a run: the result, what was violated and the
// smallest case that shows it. It is pure data; package judge reaches verdicts.
package verdict

import (
	"cmp"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict/confidence"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// Schema is the version of the verdict document this package describes.
const Schema = "idemcheck/verdict/v1"

// Result is valid, unknown or invalid.
type Result string

// The three results, from best to worst except that unknown stands between: invalid wins over
// unknown wins over valid.
const (
	Valid   Result = "valid"
	Unknown Result = "unknown"
	Invalid Result = "invalid"
)

// Level says how bad a violation is.
type Level string

// The levels. Only LevelViolation makes a run invalid.
const (
	// LevelViolation breaks the single-execution model or a MUST of the contract.
	LevelViolation Level = "violation"
	// LevelDivergence differs from a SHOULD of the chosen dialect.
	LevelDivergence Level = "divergence"
	// LevelNote is undeclared behaviour worth declaring.
	LevelNote Level = "note"
)

// Violation is one broken rule.
type Violation struct {
	Rule  string `json:"rule"`
	Level Level  `json:"level"`
	// Message says what was seen, in one sentence.
	Message string `json:"message"`
	// Operations are the IDs of the operations concerned, in their case.
	Operations []string `json:"operations"`
	// Case is the number of the planned case, and Scenario what it was drawn from.
	Case     int    `json:"case"`
	Scenario string `json:"scenario,omitempty"`
	// Found counts the cases that broke a rule in the order in which a run found them, from 1; zero
	// where nobody ran anything.
	Found int `json:"found,omitempty"`
	// Timed: the history proves it only if whoever measured was on time. One that was seen
	// by a starved harness counts only when it comes again without load.
	Timed bool `json:"timed,omitempty"`
	// Line is a line of a contract with which the same history is no violation, such as
	// "promises.malformed: []": what to write if what was seen is meant. Where there is none, NoLine
	// says so, and which line to look at. Both are empty where nobody looked for one.
	Line   string `json:"line,omitempty"`
	NoLine string `json:"no_line,omitempty"`
	// Expected and Observed are the effects or values that were compared, a line each.
	Expected []string `json:"expected,omitempty"`
	Observed []string `json:"observed,omitempty"`
}

// Verdict is what is known at the end.
type Verdict struct {
	Schema  string `json:"schema"`
	Verdict Result `json:"verdict"`
	// Reasons say why the verdict is unknown, or what it could not judge.
	Reasons    []string    `json:"reasons"`
	Violations []Violation `json:"violations"`
	// Mistakes are lines of the contract that do not describe the service. With any, nothing was
	// judged.
	Mistakes []Mistake `json:"contract_mistakes,omitempty"`
	// Undecided say why single cases could not be decided where the verdict does not hang on them,
	// and what hindered the run.
	Undecided []string `json:"undecided_reasons,omitempty"`
	// Outage is nil unless the service went down as a whole. Merging keeps the first one.
	Outage *Outage      `json:"outage,omitempty"`
	Judged tally.Judged `json:"judged"`
	Faults tally.Faults `json:"faults"`
	Races  tally.Races  `json:"races"`
	// Expectations are what was measured of the thresholds of the contract; empty without any.
	Expectations []expect.Expectation `json:"expectations,omitempty"`
	// Untried is what a valid run did not try, so that its pass says nothing about it; empty for any
	// other, and for merged ones.
	Untried []Untried `json:"untried,omitempty"`
	// First is when the first violation that counts was found; nil where nobody ran anything, and
	// without any.
	First *Finding `json:"first_finding,omitempty"`
	// Counterexample is nil unless the verdict is invalid by a violation: what is measured of time has
	// none.
	Counterexample *Counterexample `json:"counterexample"`
	// Further are counterexamples of what most likely are other mistakes, the gravest first.
	Further []Counterexample `json:"further_counterexamples,omitempty"`
	// Confidence says what a valid verdict is worth; nil for any other, and where nobody asked.
	Confidence *confidence.Confidence `json:"confidence,omitempty"`
	Seed       uint64                 `json:"seed"`
	// Duration is the real time that the run took, shrinking included; of merged verdicts the sum, and
	// zero where nothing was sent.
	Duration value.Duration `json:"duration,omitempty"`
	// Latency is nil where nobody measured. Merged percentiles are bounds: the longest of the parts.
	Latency *tally.Latency `json:"latency,omitempty"`
	// Runs are the runs that it is a verdict on, the earliest first; empty for a case or a history.
	Runs []RunFacts `json:"runs,omitempty"`
}

// Untried is something that a run did not try.
type Untried struct {
	// What was not tried, and Try is the line of the contract, the flag or the call that tries it.
	What string `json:"what"`
	Try  string `json:"try"`
}

// Finding is when a run found something.
type Finding struct {
	Case     int    `json:"case"`
	Scenario string `json:"scenario"`
	// After is real time since the run began, warm-up included.
	After value.Duration `json:"after"`
}

// New returns the verdict on nothing: valid, with nothing judged. It is neutral to
// judge.Merge.
func New() Verdict {
	return Verdict{
		Schema: Schema, Verdict: Valid, Reasons: []string{}, Violations: []Violation{},
		Faults: tally.Faults{ByKind: map[fault.Kind]tally.KindCount{}},
	}
}

// addFigures adds what was measured: durations add up.
func (v *Verdict) addFigures(o Verdict) {
	v.Duration += o.Duration
	v.addLatency(o.Latency)
	v.addRuns(o.Runs)
}

func (v *Verdict) addLatency(o *tally.Latency) {
	if o == nil {
		return
	}
	v.Latency = cmp.Or(v.Latency, &tally.Latency{})
	v.Latency.WithoutFaults.Add(o.WithoutFaults)
	v.Latency.WithFaults.Add(o.WithFaults)
}

// addRuns adds the runs that are not known yet.
func (v *Verdict) addRuns(runs []RunFacts) {
	if len(runs) > 0 {
		v.Runs = append(v.Runs, runs...)
		slices.SortFunc(v.Runs, compareRuns)
		v.Runs = slices.CompactFunc(v.Runs, func(a, b RunFacts) bool { return compareRuns(a, b) == 0 })
	}
}

// Add joins what another verdict holds to this one. The result and the order of what was found stay
// as they are; judge.Merge sets them.
func (v *Verdict) Add(o Verdict) {
	v.Seed = max(v.Seed, o.Seed)
	if v.First == nil {
		v.First = o.First
	}
	if v.Counterexample == nil {
		v.Counterexample = o.Counterexample
	}
	if v.Outage == nil {
		v.Outage = o.Outage
	}
	v.Violations = append(v.Violations, o.Violations...)
	v.Mistakes = append(v.Mistakes, o.Mistakes...)
	v.Reasons = append(v.Reasons, o.Reasons...)
	v.Undecided = append(v.Undecided, o.Undecided...)
	v.Judged.Add(o.Judged)
	v.Faults.Add(o.Faults)
	v.Races.Planned += o.Races.Planned
	v.Races.Overlapped += o.Races.Overlapped
	v.Races.Overlaps = append(v.Races.Overlaps, o.Races.Overlaps...)
	v.Expectations = append(v.Expectations, o.Expectations...)
	v.addFigures(o)
}

// RunFacts say what made a verdict.
type RunFacts struct {
	// Tool is the version of the tool, Target what was sent to, without any secret.
	Tool   string `json:"tool"`
	Target string `json:"target"`
	// Started is when the run began, in UTC and whole seconds.
	Started time.Time `json:"started"`
	// ID is what the header X-Idemcheck-Run of what it sent says; empty where it sent none.
	ID string `json:"id,omitempty"`
}

// compareRuns orders runs by their beginning.
func compareRuns(a, b RunFacts) int {
	return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Target, b.Target),
		cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.ID, b.ID))
}
