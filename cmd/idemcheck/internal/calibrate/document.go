// Package calibrate holds what was measured of idemcheck itself as one document, writes its pages
// and tables, and says what is worse than in an earlier one.
package calibrate

import (
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Schema is the version of the document.
const Schema = "idemcheck/calibration/v1"

// Calibration is everything that a calibration measured.
type Calibration struct {
	Schema string `json:"schema"`
	// World is "memory" or "wire".
	World string `json:"world"`
	// Seeds were each used to draw a plan of Cases cases for every subject.
	Seeds []uint64 `json:"seeds"`
	Cases int      `json:"cases"`
	// Starved reports whether every case was run as on a busy machine, with pauses at every step.
	Starved bool `json:"starved,omitempty"`
	// Search is how the cases were chosen.
	Search plan.Search `json:"search"`
	// Matrix reports whether every scenario went on until it found the bug or its cases were used up;
	// otherwise a plan ended with the first scenario that found it.
	Matrix bool `json:"matrix"`
	// Scenarios are those of the plans, in the order in which they took turns.
	Scenarios []string        `json:"scenarios"`
	Bugs      []BugResult     `json:"bugs"`
	Variants  []VariantResult `json:"variants"`
	Totals    Totals          `json:"totals"`
}

// BugResult is what was measured of one seeded bug.
type BugResult struct {
	Name   string `json:"name"`
	Family string `json:"family"`
	// Rules are those it is known to break.
	Rules []string `json:"rules"`
	// Unfit says why this world cannot show it; then there are no runs.
	Unfit string `json:"unfit,omitempty"`
	// Runs are one for every seed.
	Runs []Run `json:"runs"`
	// Matrix holds, for the first seed, the detections by scenario, in the order of the scenarios.
	Matrix []Cell `json:"matrix"`
	// Smallest is nil when the bug was never found.
	Smallest *Smallest `json:"smallest"`
}

// Run is one plan against one bug.
type Run struct {
	Seed uint64 `json:"seed"`
	// First is the first case, in the order of the plan, that broke one of the bug's rules; nil when
	// none did. Cases counts the cases up to it, itself included.
	First *Detection `json:"first"`
	// Other is the first case that broke other rules only, when it came before First or First is nil.
	Other *Detection `json:"other,omitempty"`
	// Needs says how many cases a scenario needs to find the bug, for the scenarios that did.
	Needs map[string]int `json:"needs"`
	// Seconds is real time until First, or of the whole plan when it is nil; left out where bytes must
	// repeat.
	Seconds float64 `json:"seconds,omitempty"`
}

// Detection is a case that broke a rule.
type Detection struct {
	Scenario string `json:"scenario"`
	Rule     string `json:"rule"`
	// Cases and Attempts are how many it took.
	Cases    int `json:"cases"`
	Attempts int `json:"attempts"`
}

// Cell is the first detection of a scenario. Its counts are of that scenario's cases only.
type Cell struct {
	Detection
	// Smallest is the size of its smallest counterexample; nil when it did not come up again.
	Smallest *verdict.Size `json:"smallest"`
}

// Smallest is the smallest counterexample known of a bug.
type Smallest struct {
	Rule string `json:"rule"`
	verdict.Size
	// Reproduced says how often of Replays it broke the rule again.
	Reproduced int `json:"reproduced"`
	Replays    int `json:"replays"`
	// Seconds is how long it took to make it small.
	Seconds float64 `json:"seconds,omitempty"`
	// Plan says what was planned, and History what was seen, in the notation of the model, a line
	// each.
	Plan    []string `json:"plan,omitempty"`
	History []string `json:"history,omitempty"`
}

// VariantResult is what was measured of a service that is right.
type VariantResult struct {
	Name string `json:"name"`
	// Unfit says why this world cannot run it.
	Unfit string `json:"unfit,omitempty"`
	// Cases were judged over all seeds.
	Cases int `json:"cases"`
	// Accused lists the cases that were called wrong, each a false alarm.
	Accused []Accusation `json:"accused"`
	// Unknown is how many cases could not be judged, and Reasons why.
	Unknown int      `json:"unknown"`
	Reasons []string `json:"reasons"`
	Seconds float64  `json:"seconds,omitempty"`
}

// Accusation is a false alarm.
type Accusation struct {
	Seed     uint64 `json:"seed"`
	Case     int    `json:"case"`
	Scenario string `json:"scenario"`
	Rule     string `json:"rule"`
	Message  string `json:"message"`
}

// Totals sum everything up.
type Totals struct {
	// Bugs were run, Found of them with every seed; Runs were made, Detected of them with a detection.
	Bugs     int `json:"bugs"`
	Found    int `json:"found"`
	Runs     int `json:"runs"`
	Detected int `json:"detected"`
	// Variants were run over VariantCases cases.
	Variants     int `json:"variants"`
	VariantCases int `json:"variant_cases"`
	FalseAlarms  int `json:"false_alarms"`
	Unknown      int `json:"unknown"`
	// MedianCases and MedianAttempts are to detection, over all runs that made one.
	MedianCases    int `json:"median_cases"`
	MedianAttempts int `json:"median_attempts"`
	// Median and Worst are the sizes of the smallest counterexamples: each number for itself.
	Median verdict.Size `json:"median"`
	Worst  verdict.Size `json:"worst"`
	// Reproduced counts the bugs whose smallest counterexample broke its rule in every replay.
	Reproduced int `json:"reproduced"`
}

// Found reports whether every seed found the bug.
func (b *BugResult) Found() bool { return len(b.Runs) > 0 && b.detected() == len(b.Runs) }

// detected counts the seeds that found the bug.
func (b *BugResult) detected() int {
	return len(lists.Where(b.Runs, func(r Run) bool { return r.First != nil }))
}
