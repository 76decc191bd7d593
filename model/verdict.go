package model

import (
	"cmp"
	"slices"
	"time"
)

// VerdictSchema is the version of the verdict document this package describes.
const VerdictSchema = "idemcheck/verdict/v1"

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
	// by a starved harness counts only when it comes again in the calm.
	Timed bool `json:"timed,omitempty"`
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
	// Undecided say why single cases could not be decided where the verdict does not hang on them,
	// and what hindered the run.
	Undecided []string `json:"undecided_reasons,omitempty"`
	Judged    Judged   `json:"judged"`
	Faults    Faults   `json:"faults"`
	Races     Races    `json:"races"`
	// Untried is what a valid run did not try, so that its pass says nothing about it; empty for any
	// other, and for merged ones.
	Untried []Untried `json:"untried,omitempty"`
	// First is when the first violation that counts was found; nil where nobody ran anything, and
	// without any.
	First *Finding `json:"first_finding,omitempty"`
	// Counterexample is nil unless the verdict is invalid.
	Counterexample *Counterexample `json:"counterexample"`
	// Further are counterexamples of what most likely are other mistakes, the gravest first.
	Further []Counterexample `json:"further_counterexamples,omitempty"`
	// Confidence says what a valid verdict is worth; nil for any other, and where nobody asked.
	Confidence *Confidence `json:"confidence,omitempty"`
	Seed       uint64      `json:"seed"`
	// Duration is the real time that the run took, shrinking included; of merged verdicts the sum, and
	// zero where nothing was sent.
	Duration Duration `json:"duration,omitempty"`
	// Latency is nil where nobody measured. Merged percentiles are bounds: the longest of the parts.
	Latency *Latency `json:"latency,omitempty"`
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
	After Duration `json:"after"`
}

// Judged counts what was judged.
type Judged struct {
	Cases      int `json:"cases"`
	Operations int `json:"operations"`
	Attempts   int `json:"attempts"`
	// Effects counts ledger items that were attributed to operations; Hidden the requests that
	// reached the service without an attempt of their own.
	Effects int `json:"effects"`
	Hidden  int `json:"hidden"`
	// Undecided counts the cases that are neither right nor wrong, however often they were run.
	Undecided int `json:"undecided"`
}

// Faults counts faults.
type Faults struct {
	Planned int `json:"planned"`
	Fired   int `json:"fired"`
	// Cases counts the cases in which at least one fired.
	Cases  int                      `json:"cases"`
	ByKind map[FaultKind]FaultTally `json:"by_kind"`
}

// FaultTally counts the faults of one kind.
type FaultTally struct {
	Planned int `json:"planned"`
	Fired   int `json:"fired"`
	// Cases counts the cases in which at least one fired.
	Cases int `json:"cases"`
}

// Races counts planned races: copies released together.
type Races struct {
	Planned    int `json:"planned"`
	Overlapped int `json:"overlapped"`
	// Overlaps are the times, in the order seen, that all copies of a race were at work together.
	Overlaps []time.Duration `json:"-"`
	// MedianOverlap is their median.
	MedianOverlap Duration `json:"median_overlap"`
}

// Counterexample is the smallest case found that still breaks the rule.
type Counterexample struct {
	Operations int `json:"operations"`
	Attempts   int `json:"attempts"`
	Faults     int `json:"faults"`
	// Reproduced says how often of Replays the smallest case broke the rule again.
	Reproduced int `json:"reproduced"`
	Replays    int `json:"replays"`
	// Rule is the rule that was pinned while shrinking, and Message what broke it.
	Rule    string `json:"rule"`
	Message string `json:"message,omitempty"`
	// Case and Scenario say from which case of the plan it was made.
	Case     int    `json:"case"`
	Scenario string `json:"scenario,omitempty"`
	// Shrinking says how it came to be; nil when nothing smaller was tried.
	Shrinking *Shrinking `json:"shrinking,omitempty"`
	// Interference says that it breaks the rule only beside operations with other keys; nil otherwise.
	Interference *Interference `json:"interference,omitempty"`
	// Plan and History are the files that were saved; empty when nothing was.
	Plan    string `json:"plan"`
	History string `json:"history,omitempty"`
}

// Interference is how a counterexample depends on neighbours: operations with other keys.
type Interference struct {
	// Operations are the neighbours in its own case, and Cases is how many cases run beside it.
	Operations []string `json:"operations,omitempty"`
	Cases      int      `json:"cases,omitempty"`
	// Reproduced says how often of Replays it broke the rule with the neighbours, or one that says the
	// same. In as many replays without them nothing was wrong.
	Reproduced int `json:"reproduced"`
	Replays    int `json:"replays"`
	// Lost tells that what the rule means is that an operation is executed again, so that most likely
	// a neighbour's write loses the record of its key.
	Lost bool `json:"lost,omitempty"`
}

// Shrinking is how a counterexample was made smaller.
type Shrinking struct {
	// Tried counts the smaller cases that were tried, of every case that was begun with; Rounds those
	// that were taken one after the other.
	Tried  int `json:"tried"`
	Rounds int `json:"rounds"`
	// From is the size of the case as it was found.
	From Size `json:"from"`
	// Elapsed is real time, replays included.
	Elapsed Duration `json:"elapsed"`
}

// Size is how much there is in a planned case.
type Size struct {
	Operations int `json:"operations"`
	Attempts   int `json:"attempts"`
	Faults     int `json:"faults"`
}

// NewVerdict returns the verdict on nothing: valid, with nothing judged. It is neutral to
// judge.Merge.
func NewVerdict() Verdict {
	return Verdict{
		Schema: VerdictSchema, Verdict: Valid, Reasons: []string{}, Violations: []Violation{},
		Faults: Faults{ByKind: map[FaultKind]FaultTally{}},
	}
}

// addFigures adds what was measured: durations add up.
func (v *Verdict) addFigures(o Verdict) {
	v.Duration += o.Duration
	if o.Latency != nil {
		if v.Latency == nil {
			v.Latency = &Latency{}
		}
		v.Latency.WithoutFaults.add(o.Latency.WithoutFaults)
		v.Latency.WithFaults.add(o.Latency.WithFaults)
	}
	if len(o.Runs) > 0 {
		v.Runs = append(v.Runs, o.Runs...)
		slices.SortFunc(v.Runs, compareRuns)
		v.Runs = slices.CompactFunc(v.Runs, func(a, b RunFacts) bool { return compareRuns(a, b) == 0 })
	}
}

func (j *Judged) add(o Judged) {
	j.Cases += o.Cases
	j.Operations += o.Operations
	j.Attempts += o.Attempts
	j.Effects += o.Effects
	j.Hidden += o.Hidden
	j.Undecided += o.Undecided
}

func (f *Faults) add(o Faults) {
	f.Planned += o.Planned
	f.Fired += o.Fired
	f.Cases += o.Cases
	for kind, t := range o.ByKind {
		sum := f.ByKind[kind]
		sum.Planned += t.Planned
		sum.Fired += t.Fired
		sum.Cases += t.Cases
		f.ByKind[kind] = sum
	}
}

// Sort sorts the overlaps, so that merging in any order gives the same, and finds their median.
func (r *Races) Sort() {
	slices.Sort(r.Overlaps)
	if n := len(r.Overlaps); n > 0 {
		r.MedianOverlap = Duration(r.Overlaps[n/2].Round(time.Microsecond))
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
	v.Violations = append(v.Violations, o.Violations...)
	v.Reasons = append(v.Reasons, o.Reasons...)
	v.Undecided = append(v.Undecided, o.Undecided...)
	v.Judged.add(o.Judged)
	v.Faults.add(o.Faults)
	v.Races.Planned += o.Races.Planned
	v.Races.Overlapped += o.Races.Overlapped
	v.Races.Overlaps = append(v.Races.Overlaps, o.Races.Overlaps...)
	v.addFigures(o)
}

// RunFacts say what made a verdict.
type RunFacts struct {
	// Tool is the version of the tool, Target what was sent to, without any secret.
	Tool   string `json:"tool"`
	Target string `json:"target"`
	// Started is when the run began, in UTC and whole seconds.
	Started time.Time `json:"started"`
}

// Latency is how long clients waited for the end of an attempt: its answer, or their giving up.
type Latency struct {
	// WithoutFaults are the attempts that no fault struck, WithFaults those that one did.
	WithoutFaults Percentiles `json:"without_faults"`
	WithFaults    Percentiles `json:"with_faults"`
}

// Percentiles describe durations. The zero value describes none.
type Percentiles struct {
	// Attempts is how many durations there were.
	Attempts int `json:"attempts"`
	// P50, P90 and P99 are at least as long as so many percent of them, within a thousandth.
	P50 Duration `json:"p50"`
	P90 Duration `json:"p90"`
	P99 Duration `json:"p99"`
	Max Duration `json:"max"`
}

// add takes the longer of two percentiles: so many percent of all durations are not longer either.
func (p *Percentiles) add(o Percentiles) {
	p.Attempts += o.Attempts
	p.P50, p.P90 = max(p.P50, o.P50), max(p.P90, o.P90)
	p.P99, p.Max = max(p.P99, o.P99), max(p.Max, o.Max)
}

// compareRuns orders runs by their beginning.
func compareRuns(a, b RunFacts) int {
	return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Target, b.Target),
		cmp.Compare(a.Tool, b.Tool))
}
