package verdict

import (
	"fmt"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

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
	Interference *model.Interference `json:"interference,omitempty"`
	// Declared is what a single execution makes of the state, by variable; nil where that is not
	// certain, or not what is wrong.
	Declared model.State `json:"declared_state,omitempty"`
	// Traces are the traces of its operations, by their IDs, as it was shown; empty where the service
	// was told none.
	Traces map[string]string `json:"traces,omitempty"`
	// Plan and History are the files that were saved; empty when nothing was.
	Plan    string `json:"plan"`
	History string `json:"history,omitempty"`
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
	Elapsed value.Duration `json:"elapsed"`
}

// Size is how much there is in a planned case.
type Size struct {
	Operations int `json:"operations"`
	Attempts   int `json:"attempts"`
	Faults     int `json:"faults"`
}

// String is operations, attempts and faults.
func (s Size) String() string { return fmt.Sprintf("%d/%d/%d", s.Operations, s.Attempts, s.Faults) }
