package harness

import "testing"

// Virtual returns what [Options.Enter] takes: each case is run in memory and in virtual time, by an
// instance of the target of its own, as [Check] does.
func Virtual(t *testing.T, target Target) func(body func(Site) error) error {
	b := &bubbles{t: t, construct: target.construct}
	return b.enter
}
