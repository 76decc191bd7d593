// Package tally holds what a run counted and measured, and how such counts add up. It is pure.
package tally

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

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
	// Once counts the operations that are never sent again (label: not).
	Once SentOnce `json:"sent_once,omitzero"`
}

// SentOnce counts operations that are sent once, whatever becomes of that.
type SentOnce struct {
	// Sent is how many there were, Unanswered of how many the client got no definite answer, and
	// Executed how many of these had effects: a retry would have executed them again.
	Sent       int `json:"sent"`
	Unanswered int `json:"unanswered"`
	Executed   int `json:"executed"`
}

// Count adds an operation: whether its client got a definite answer, and whether it had effects.
func (s *SentOnce) Count(answered, executed bool) {
	s.Sent++
	if !answered {
		s.Unanswered++
	}
	if !answered && executed {
		s.Executed++
	}
}

// Faults counts faults.
type Faults struct {
	Planned int `json:"planned"`
	Fired   int `json:"fired"`
	// Cases counts the cases in which at least one fired.
	Cases  int                      `json:"cases"`
	ByKind map[fault.Kind]KindCount `json:"by_kind"`
}

// KindCount counts the faults of one kind.
type KindCount struct {
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
	MedianOverlap value.Duration `json:"median_overlap"`
}

// Add adds what others counted.
func (j *Judged) Add(o Judged) {
	j.Cases += o.Cases
	j.Operations += o.Operations
	j.Attempts += o.Attempts
	j.Effects += o.Effects
	j.Hidden += o.Hidden
	j.Undecided += o.Undecided
	j.Once.Sent += o.Once.Sent
	j.Once.Unanswered += o.Once.Unanswered
	j.Once.Executed += o.Once.Executed
}

// Add adds what others counted.
func (f *Faults) Add(o Faults) {
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
		r.MedianOverlap = value.Duration(r.Overlaps[n/2].Round(time.Microsecond))
	}
}
