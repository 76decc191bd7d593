package model

import (
	"cmp"
	"time"
)

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
