package tally

import "github.com/idemcheck/idemcheck/model/value"

// Latency is how long clients waited for the end of an attempt: its answer, or their giving up.
type Latency struct {
	// WithoutFaults are the attempts on which no fault fired, WithFaults those on which one did.
	WithoutFaults Percentiles `json:"without_faults"`
	WithFaults    Percentiles `json:"with_faults"`
}

// Percentiles describe durations. The zero value describes none.
type Percentiles struct {
	// Attempts is how many durations there were.
	Attempts int `json:"attempts"`
	// P50, P90 and P99 are at least as long as so many percent of them, within a thousandth.
	P50 value.Duration `json:"p50"`
	P90 value.Duration `json:"p90"`
	P99 value.Duration `json:"p99"`
	Max value.Duration `json:"max"`
}

// Add takes the longer of two percentiles: so many percent of all durations are not longer either.
func (p *Percentiles) Add(o Percentiles) {
	p.Attempts += o.Attempts
	p.P50, p.P90 = max(p.P50, o.P50), max(p.P90, o.P90)
	p.P99, p.Max = max(p.P99, o.P99), max(p.Max, o.Max)
}
