// Package confidence holds the words for what a pass is worth. It is pure data.
package confidence

import "github.com/idemcheck/idemcheck/model/fault"

// Confidence says what a pass is worth.
type Confidence struct {
	// PerCase bounds how often a case does harm, PerFaultyCase how often one in which a fault fired
	// does.
	PerCase       Bound `json:"per_case"`
	PerFaultyCase Bound `json:"per_faulty_case"`
	// Faults bound it by kind of fault, the weakest first; a kind that never fired is not listed.
	Faults []FaultBound `json:"faults"`
	// Seeded tells which seeded bugs the same budget finds; nil when nobody measured.
	Seeded *Seeded `json:"seeded,omitempty"`
}

// Bound is what some cases without a violation say about all that could be drawn.
type Bound struct {
	// Cases is how many there were.
	Cases int `json:"cases"`
	// Rate is the share of such cases that do harm, at most, at 95 % confidence; 1 when there were
	// none.
	Rate float64 `json:"rate"`
}

// FaultBound is the bound for cases in which a kind of fault fired.
type FaultBound struct {
	Kind fault.Kind `json:"kind"`
	Bound
}

// Seeded counts the seeded bugs of the reference service that a budget finds.
type Seeded struct {
	// Found of Of are found by every calibrated seed within the cases that the run had.
	Found int `json:"found"`
	Of    int `json:"of"`
	// Missed are the others, by name, with the share of seeds that find them.
	Missed []MissedBug `json:"missed"`
}

// MissedBug is a seeded bug that a budget does not always find.
type MissedBug struct {
	Name string `json:"name"`
	// Share is how many of the calibrated seeds find it, from 0 to 1.
	Share float64 `json:"share"`
}
