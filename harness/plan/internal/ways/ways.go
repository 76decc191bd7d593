// Package ways writes lists of faults that are of one kind and differ in one parameter. The lists
// have neither kinds nor addresses yet, and hold no dice.
package ways

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// Fixed joins lists that depend neither on the timeout nor on the points of the service. Each call
// of what it returns makes a list of its own.
func Fixed(lists ...[]fault.Fault) func(time.Duration, []string) []fault.Fault {
	return func(time.Duration, []string) []fault.Fault { return slices.Concat(lists...) }
}

// Modes differ in how they act.
func Modes(all ...fault.Mode) []fault.Fault {
	return each(all, func(m fault.Mode) fault.Fault { return fault.Fault{Mode: m} })
}

// Cuts differ in the place inside one phase, as a share of 1000.
func Cuts(p fault.Phase, all ...int) []fault.Fault {
	return each(all, func(share int) fault.Fault { return fault.Fault{Phase: p, PerMille: share} })
}

// Spans differ in their time, in whole microseconds.
func Spans(m fault.Mode, all ...time.Duration) []fault.Fault {
	return each(all, func(d time.Duration) fault.Fault {
		return fault.Fault{Mode: m, Span: value.Duration(d.Truncate(time.Microsecond))}
	})
}

// Shares differ in their time, which is a share of 1000 of the measured service time.
func Shares(m fault.Mode, all ...int) []fault.Fault {
	return each(all, func(share int) fault.Fault { return fault.Fault{Mode: m, PerMille: share} })
}

// Points differ in the named point at which they happen.
func Points(all []string) []fault.Fault {
	return each(all, func(p string) fault.Fault { return fault.Fault{Point: p} })
}

func each[T any](all []T, with func(T) fault.Fault) []fault.Fault {
	var out []fault.Fault
	for _, v := range all {
		out = append(out, with(v))
	}
	return out
}
