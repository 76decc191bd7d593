package harness

import (
	"testing"

	"github.com/idemcheck/idemcheck/harness/execute"
)

// Virtual returns what [Options.Enter] takes: each case is run in memory and in virtual time, by an
// instance of the target of its own, as [Check] does.
func Virtual(t *testing.T, target Target) func(body func(execute.Site) error) error {
	b := &bubbles{t: t, construct: target.construct}
	return b.enter
}
