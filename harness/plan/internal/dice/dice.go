// Package dice rolls all dice of a run.
package dice

import (
	"fmt"
	"hash/fnv"
	"math/bits"
	"time"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// Dice are what one case is drawn with.
type Dice struct{ *rapid.T }

// Cases is the generator of cases that a function draws.
func Cases(draw func(Dice) model.Case) *rapid.Generator[model.Case] {
	return rapid.Custom(func(t *rapid.T) model.Case {
		out := draw(Dice{t})
		rapid.Bool().Draw(t, "end") // rapid rejects a case for which no die was rolled
		return out
	})
}

// Seed mixes the plan's seed with the address of a case, so that a case does not depend on the
// others.
func Seed(seed uint64, scenario string, i int) int {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%s/%d", seed, scenario, i)
	return int(h.Sum64() >> 1)
}

// Between draws an integer, both ends included and all equally likely: rapid's own ranges prefer
// small numbers, which is right for arguments and wrong for places and kinds.
func (d Dice) Between(low, high int, what string) int {
	if high <= low {
		return low
	}
	span := uint64(high - low + 1)
	width := bits.Len64(span) + 8
	return low + int(drawBits(width).Draw(d.T, what)*span>>width)
}

// drawBits draws a number of some bits, all equally likely.
func drawBits(width int) *rapid.Generator[uint64] {
	bit := rapid.Bool()
	return rapid.Custom(func(t *rapid.T) uint64 {
		var n uint64
		for range width {
			n <<= 1
			if bit.Draw(t, "bit") {
				n++
			}
		}
		return n
	})
}

// In draws from a range.
func (d Dice) In(r scenario.Range, what string) int { return d.Between(r.Min, r.Max, what) }

// Micros draws a duration in whole microseconds.
func (d Dice) Micros(low, high time.Duration, what string) value.Duration {
	n := d.Between(int(low.Microseconds()), int(high.Microseconds()), what)
	return value.Duration(time.Duration(n) * time.Microsecond)
}

// Pick draws one of several, all equally likely.
func Pick[T any](d Dice, from []T, what string) T {
	return from[d.Between(0, len(from)-1, what)]
}

// Backoff draws the wait before retry n: exponential, capped, with full jitter.
func (d Dice) Backoff(n int) value.Duration {
	const base, ceiling = 4 * time.Millisecond, 64 * time.Millisecond
	return d.Micros(0, min(ceiling, base<<min(n, 8)), "backoff")
}
