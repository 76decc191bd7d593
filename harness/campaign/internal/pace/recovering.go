package pace

import (
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/value"
)

const (
	// confirmations is how often a case with a key that took too long is run again alone, timesSlow
	// in how many of these it must take too long again, and timesFast in how many it must not, to say
	// that it was none.
	confirmations, timesSlow, timesFast = 3, 2, 2
)

// recovering is the threshold for the time that keys take to recover.
type recovering struct {
	wanted time.Duration
	// fast are the recoveries of the run that took no longer, slow the cases of those that did, and
	// cases all cases with any.
	fast        []time.Duration
	slow, cases numbers
	// longest is the longest that took too long.
	longest time.Duration
	// again counts what cases that were run again showed.
	again map[int]*tally
}

// tally counts runs of a case: in which a key took too long, and in which none did.
type tally struct{ slow, fast int }

// note adds what a run of a case showed.
func (r *recovering) note(index int, all []answer) {
	for _, a := range all {
		if a.took <= r.wanted {
			r.fast = append(r.fast, a.took)
			continue
		}
		r.longest = max(r.longest, a.took)
		r.slow.add(index)
	}
}

// measure runs again, alone, the cases in which a key took too long, and then others while too few
// recovered.
func (r *recovering) measure(run func(index int) []answer, over func() bool) {
	for _, i := range r.slow.list {
		for n := 0; n < confirmations && !over() && !r.confirmed() && !r.cleared(i); n++ {
			r.file(i, run(i))
		}
	}
	for range maxAgain {
		r.more(run, over)
	}
}

// more runs all cases once more, until there are enough recoveries.
func (r *recovering) more(run func(index int) []answer, over func() bool) {
	for _, i := range r.cases.spread() {
		if over() || r.confirmed() || len(r.fast) >= enoughRecoveries {
			return
		}
		r.file(i, run(i))
	}
}

// file counts what a run alone showed.
func (r *recovering) file(index int, all []answer) {
	if r.again[index] == nil {
		r.again[index] = &tally{}
	}
	late, unsure := false, len(all) == 0
	for _, a := range all {
		switch a.beside(r.wanted) {
		case slower:
			late, r.longest = true, max(r.longest, a.took)
		case unclear:
			unsure = true
		default:
			r.fast = append(r.fast, a.took)
		}
	}
	switch t := r.again[index]; {
	case late:
		t.slow++
		r.slow.add(index)
	case !unsure:
		t.fast++
	}
}

// confirmed reports whether a key was shown to take too long.
func (r *recovering) confirmed() bool {
	return slices.ContainsFunc(r.slow.list, func(i int) bool {
		return r.again[i] != nil && r.again[i].slow >= timesSlow
	})
}

// cleared reports whether a case was shown not to be slow.
func (r *recovering) cleared(i int) bool {
	return r.again[i] != nil && r.again[i].fast >= timesFast && r.again[i].slow == 0
}

// open counts the cases of which nobody knows whether a key takes too long.
func (r *recovering) open() (n int) {
	for _, i := range r.slow.list {
		if !r.cleared(i) {
			n++
		}
	}
	return n
}

// result says what was measured.
func (r *recovering) result(m *Meter) expect.Expectation {
	out := expect.Expectation{
		Of: "expect.recover", Wanted: value.Duration(r.wanted), Samples: len(r.fast),
		Alone: len(r.again) > 0,
	}
	open := r.open()
	if len(r.fast) > 0 {
		out.Measured = rounded(slices.Max(r.fast))
	}
	if open > 0 {
		out.Measured, out.Slower = rounded(r.longest), open
		out.Samples += open
	}
	switch {
	case m.exact && open > 0, r.confirmed():
	case open > 0:
		out.Unknown = fmt.Sprintf("%s: in %d cases a key took up to %s, and not each time again alone%s",
			out.Of, open, out.Measured, m.advice("raise --budget, so that they can be run again"))
	case len(r.fast) < enoughRecoveries:
		out.Unknown = fmt.Sprintf("%s: %d recoveries were measured, and %d are needed%s",
			out.Of, len(r.fast), enoughRecoveries, m.advice(m.more(len(r.cases.list))))
	default:
		out.Met = true
	}
	return out
}

// rounded is a duration as verdicts hold it.
func rounded(d time.Duration) value.Duration { return value.Duration(d.Round(time.Microsecond)) }
