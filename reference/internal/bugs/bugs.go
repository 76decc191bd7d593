// Package bugs has the seeded bugs: mistakes that real services make. Each is a row that says what
// it breaks and which steps of the right service it replaces, and is wrong in one way only. The
// wrong steps stand below the table with their rows, those of several tables in shared.go. What is
// written about a bug for its users is in pages.
package bugs

import (
	"cmp"
	"iter"
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

// family is a name and the tables of its bugs. Who looks for one bug, as a service does that is set
// up for every case anew, need not make them all.
type family struct {
	name   string
	tables []func() []Bug
}

func families() []family {
	return []family{
		{"claiming", []func() []Bug{
			lookupBugs, lockBugs, droppedClaimBugs, splitClaimBugs, fleetBugs, waitBugs,
		}},
		{"answers", []func() []Bug{
			answerBugs, replayBugs, commitOrderBugs, storedAnswerBugs, repeatBugs,
		}},
		{"identity", []func() []Bug{
			identityBugs, fingerprintBugs, keyBugs, collisionBugs, longKeyBugs, emptyKeyBugs,
		}},
		{"time", []func() []Bug{timeBugs, windowBugs}},
		{"resources", []func() []Bug{resourceBugs}},
		{"outages", []func() []Bug{outageBugs}},
		{"retries", []func() []Bug{retryBugs, resumeBugs, outboxBugs, failureBugs}},
	}
}

// All lists the seeded bugs by family, in the order in which they are best explained.
func All() []Bug { return slices.Collect(each()) }

// Named returns the seeded bug of a name; false when there is none.
func Named(name string) (Bug, bool) {
	for b := range each() {
		if b.Name == name {
			return b, true
		}
	}
	return Bug{}, false
}

// each goes through the seeded bugs, and makes a table when it comes to it.
func each() iter.Seq[Bug] {
	return func(yield func(Bug) bool) {
		for _, f := range families() {
			for _, table := range f.tables {
				if !f.fill(table(), yield) {
					return
				}
			}
		}
	}
}

// fill yields the bugs of a table with what all of a family have. It returns false when no more are
// wanted.
func (f family) fill(table []Bug, yield func(Bug) bool) bool {
	unfound := heldOut()
	for _, b := range table {
		b.Family = f.name
		b.Operations = cmp.Or(b.Operations, 3)
		b.HeldOut = unfound[b.Name]
		if !yield(b) {
			return false
		}
	}
	return true
}
