package harness

import (
	"testing"

	"github.com/idemcheck/idemcheck/harness/execute"
)

// Virtual returns a place where each case is run in memory and in virtual time, by an instance of
// the target of its own, as [Check] does.
func Virtual(t *testing.T, target Target) execute.Place {
	return &bubbles{t: t, target: target}
}
