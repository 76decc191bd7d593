// Package expect holds the words for how fast a service is expected to be, and for what was
// measured of it. It is pure data.
package expect

import (
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/model/value"
)

// Calm is the name under which [Thresholds].P99 has answers without any fault.
const Calm = "calm"

// Thresholds say how fast a service is expected to be. What is slower, and is so again when the
// cases run alone on a machine that is not busy, makes the verdict invalid.
type Thresholds struct {
	// P99 is, by kind of fault, or calm for cases without any, how long the service may take for 99 of
	// 100 answers: from the last byte of a request to the end of its answer, both as they pass at the
	// service's end of the way, so that what is delayed before and behind that does not count. An
	// attempt is under a fault that struck it or an earlier attempt of its operation; in a case with a
	// crash or a partition all are. Each must be shorter than target.timeout. 100 answers are needed.
	P99 map[string]value.Duration `json:"p99,omitempty" yaml:"p99"`
	// Recover is how long a key may take, once the faults have ended, until it is answered definitely:
	// from the first attempt after them on, without the last wait of the client that the service did
	// not ask for. It counts for every operation that a fault struck, 30 of them are needed, and it is
	// no longer than promises.recovery. Zero means that nobody asks.
	Recover value.Duration `json:"recover,omitempty" yaml:"recover"`
}

// Names lists what P99 is set for: calm first, then kinds of faults in order.
func (t *Thresholds) Names() []string {
	out := slices.Sorted(maps.Keys(t.P99))
	if i := slices.Index(out, Calm); i >= 0 {
		out = append([]string{Calm}, slices.Delete(out, i, i+1)...)
	}
	return out
}

// Expectation is what was measured of one threshold.
type Expectation struct {
	// Of is the line of the contract: "expect.p99.calm".
	Of string `json:"of"`
	// Wanted is the threshold, and Measured what the service took: the 99th percentile, or the longest
	// time to recover. It is zero where nothing was measured.
	Wanted   value.Duration `json:"wanted"`
	Measured value.Duration `json:"measured"`
	// Samples is how many answers, or recoveries, that is, and Slower how many took longer than
	// wanted.
	Samples int `json:"samples"`
	Slower  int `json:"slower"`
	// Alone: this is of cases that were run again for it, alone.
	Alone bool `json:"alone,omitempty"`
	// Met reports whether the service is as fast as wanted. Where it is false and Unknown is empty, it
	// is not; Unknown says why nobody can tell.
	Met     bool   `json:"met"`
	Unknown string `json:"unknown,omitempty"`
}

// Missed reports whether the service was shown to be slower than wanted.
func (e Expectation) Missed() bool { return !e.Met && e.Unknown == "" }

// Missed lists those of several that were missed.
func Missed(all []Expectation) []Expectation {
	return slices.DeleteFunc(slices.Clone(all), func(e Expectation) bool { return !e.Missed() })
}
