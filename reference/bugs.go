package reference

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/reference/store"
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
	// Rules are the identifiers of the rules that it breaks, the most telling one first.
	Rules []string
	// Variant is the right variant whose promise it breaks, "" for the IETF draft's.
	Variant string
	// Needs says what must be there besides HTTP for the bug to show: "" for nothing, "crash" for an
	// instance that is killed and started again over its store, "retention" for the retention of keys
	// to be crossed, in virtual time or because it is short, "midnight" for a night to pass, in
	// virtual time.
	Needs string
	// Operations is how many operations a small counterexample may need; Bugs fills in three where
	// that is enough.
	Operations int
	// HeldOut is "" for a bug that idemcheck must find and whose measurement is committed. For another
	// one it says what is known, beginning with "found" or "not found".
	HeldOut string
	// change turns the right steps into the wrong ones.
	change func(*policy)
}

// What bugs need besides HTTP.
const (
	needsCrash     = "crash"
	needsRetention = "retention"
	needsMidnight  = "midnight"
)

// Bugs lists the seeded bugs by family, in the order in which they are best explained.
func Bugs() []Bug {
	families := []struct {
		name string
		bugs []Bug
	}{
		{"claiming", slices.Concat(claimingBugs(), waitBugs())},
		{"answers", slices.Concat(answerBugs(), moreAnswerBugs(), storedAnswerBugs(), repeatBugs())},
		{"identity", slices.Concat(
			identityBugs(), fingerprintBugs(), keyBugs(), twinBugs(), longKeyBugs(), emptyKeyBugs(),
		)},
		{"time", slices.Concat(timeBugs(), windowBugs())},
		{"resources", resourceBugs()},
		{"outages", outageBugs()},
		{"retries", slices.Concat(retryBugs(), failureBugs())},
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

// policyFor returns the steps of a variant with a bug; "" is the IETF draft, and no bug.
func policyFor(variant, bug string) (policy, error) {
	p := rightPolicy()
	if bug == "" {
		return p, vary(&p, variant)
	}
	b, err := named(Bugs(), bug, "seeded bug", func(b Bug) string { return b.Name })
	if err != nil {
		return p, err
	}
	if variant != "" && variant != b.Variant {
		return p, fmt.Errorf("seeded bug %s is one of variant %q, not of %q", bug, b.Variant, variant)
	}
	if err := vary(&p, b.Variant); err != nil {
		return p, err
	}
	b.change(&p)
	return p, nil
}

// vary makes the steps those of a variant.
func vary(p *policy, variant string) error {
	if variant == "" {
		return nil
	}
	v, err := named(Variants(), variant, "variant", func(v Variant) string { return v.Name })
	if err == nil {
		v.change(p)
	}
	return err
}

// named finds an entry of a catalogue, or says which name was probably meant.
func named[T any](all []T, name, what string, nameOf func(T) string) (T, error) {
	var none T
	nearest, least := "", len(name)+100
	for _, entry := range all {
		distance := editDistance(name, nameOf(entry))
		if distance == 0 {
			return entry, nil
		}
		if distance < least {
			nearest, least = nameOf(entry), distance
		}
	}
	return none, fmt.Errorf("there is no %s %q; did you mean %q?", what, name, nearest)
}

// editDistance counts the characters to insert, delete or replace to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func overwrite(tx store.Tx, r store.Record) error { return tx.PutRecord(r) }

func acceptInFlight() answer {
	a := shown(struct {
		Status string `json:"status"`
	}{"accepted"})
	a.status = http.StatusAccepted
	return a
}
