// Package sweep says how much of a long test is done: a sample, unless all of it is asked for.
package sweep

import "os"

// Variable asks for all of every sweep when it is set. CI sets it for the tests that call [Of], and
// runs them without the race detector, which makes them many times as slow (see .ci/run).
const Variable = "IDEMCHECK_SWEEP"

// Of is how many are tried: a sample or all of them. Where the number says that every so-manieth is
// tried, the sample is the larger one. A sample is chosen so that it can fail; nothing is skipped.
func Of(sample, all int) int {
	if os.Getenv(Variable) == "" {
		return sample
	}
	return all
}
