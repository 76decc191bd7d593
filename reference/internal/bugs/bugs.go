// Package bugs has the seeded bugs: mistakes that real services make. Each is a row that says what
// it breaks and which steps of the right service it replaces, and is wrong in one way only. The
// wrong steps stand below the table with their rows, those of several tables in shared.go. What is
// written about a bug for its users is in pages.
package bugs

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/reference/internal/payment"
)

// Bug is one mistake that a service can be set up with. Each shows over HTTP alone, given the right
// repeats, races, disconnects or other clients, unless it Needs more.
type Bug struct {
	// Name is what Options.Bug takes.
	Name string
	// Family groups bugs by what they get wrong: claiming, answers, identity, time, resources, outages
	// or retries.
	Family string
	// Mistake is one sentence on what the service does wrong.
	Mistake string
	// Rules are the identifiers of the rules that it breaks, first the one that is to be named first.
	Rules []string
	// Variant is the right variant whose promise it breaks, "" for the IETF draft's.
	Variant string
	// Needs says what must be there besides HTTP for the bug to show: "" for nothing, "crash" for an
	// instance that is killed and started again over its store, "retention" for the retention of keys
	// to be crossed, in virtual time or because it is short, "midnight" for a night to pass, in
	// virtual time.
	Needs string
	// Operations is how many operations a small counterexample may need; All fills in three where
	// that is enough.
	Operations int
	// HeldOut is "" for a bug that idemcheck must find and whose measurement is committed. For another
	// one it says what is known, beginning with "found" or "not found".
	HeldOut string
	// Change turns the right steps into the wrong ones.
	Change func(*payment.Steps)
}

// What bugs need besides HTTP.
const (
	needsCrash     = "crash"
	needsRetention = "retention"
	needsMidnight  = "midnight"
)

// All lists the seeded bugs by family, in the order in which they are best explained.
func All() []Bug {
	families := []struct {
		name string
		bugs []Bug
	}{
		{"claiming", slices.Concat(
			lookupBugs(), lockBugs(), droppedClaimBugs(), splitClaimBugs(), fleetBugs(), waitBugs(),
		)},
		{"answers", slices.Concat(
			answerBugs(), replayBugs(), commitOrderBugs(), storedAnswerBugs(), repeatBugs(),
		)},
		{"identity", slices.Concat(
			identityBugs(), fingerprintBugs(), keyBugs(), collisionBugs(), longKeyBugs(), emptyKeyBugs(),
		)},
		{"time", slices.Concat(timeBugs(), windowBugs())},
		{"resources", resourceBugs()},
		{"outages", outageBugs()},
		{"retries", slices.Concat(retryBugs(), resumeBugs(), outboxBugs(), failureBugs())},
	}
	unfound := heldOut()
	var out []Bug
	for _, f := range families {
		for _, b := range f.bugs {
			b.Family = f.name
			b.Operations = cmp.Or(b.Operations, 3)
			b.HeldOut = unfound[b.Name]
			out = append(out, b)
		}
	}
	return out
}
