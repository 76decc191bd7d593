// Package scenario holds the row of the catalogue: what is drawn for a case, and why.
package scenario

import (
	"cmp"
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Shape says how the operations of a case relate to each other.
type Shape string

// The shapes. The zero value is Independent.
const (
	// Independent operations have keys, payloads and types of their own.
	Independent Shape = ""
	// Mismatch reuses the key of an operation for another payload.
	Mismatch Shape = "mismatch"
	// NearMismatch reuses it for a payload that differs in one number or in the correlation ID alone.
	NearMismatch Shape = "near-mismatch"
	// OtherResource sends the same payload under the same key about another resource, which the path
	// or the body names: nothing else tells the two apart.
	OtherResource Shape = "other-resource"
	// Malformed sends missing and unparseable keys.
	Malformed Shape = "malformed"
	// Tenants sends one key and one payload for two tenants, in turn or at one instant.
	Tenants Shape = "tenants"
	// Routes sends one key and, as far as fields agree, one payload to two routes, in the same ways.
	Routes Shape = "routes"
	// SameBody sends one payload under two keys, or twice under none where keys are optional.
	SameBody Shape = "same-body"
	// CollidingKeys sends keys that differ only at their end, in case, or in spaces around them, or
	// that have the same hash.
	CollidingKeys Shape = "colliding-keys"
	// OddKeys sends one payload under a plain key and under one made of it that looks like code,
	// HugeKeys under two keys of 64 KiB that differ at their end.
	OddKeys  Shape = "odd-keys"
	HugeKeys Shape = "huge-keys"
	// Strangers sends an operation with wrong credentials first, then with its own under the same key,
	// and another operation after it, which shows that these are right.
	Strangers Shape = "strangers"
	// AbandonedDuplicates sends copies of one request, and the client of the first leaves while others
	// wait.
	AbandonedDuplicates Shape = "abandoned-duplicates"
	// RetryAfterOtherTraffic lets a client do much else on the same resources before it repeats
	// anything.
	RetryAfterOtherTraffic Shape = "retry-after-other-traffic"
)

// AboutKeys reports whether a shape says what operations have to do with keys, so that it means
// nothing where none is sent.
func (s Shape) AboutKeys() bool {
	switch s {
	case Independent, AbandonedDuplicates, RetryAfterOtherTraffic:
		return false
	}
	return true
}

// Range is an inclusive range. The zero value means "one".
type Range struct{ Min, Max int }

// Or returns the range, or another one when it is zero.
func (r Range) Or(low, high int) Range {
	if r == (Range{}) {
		return Range{low, high}
	}
	return r
}

// Scenario is a row of the catalogue: what is drawn for a case, and why.
type Scenario struct {
	// Name identifies it; Reason says in a sentence what goes wrong in the world.
	Name string `json:"name"`
	// Formerly is the name that it had before it was renamed; "" when it never was. The dice go on
	// using it, so that a seed gives the plans that it always gave.
	Formerly string `json:"formerly,omitempty"`
	Reason   string `json:"reason"`
	Shape    Shape  `json:"shape,omitempty"`
	// Clients and Operations are how many there are in a case (zero: one, and one to three).
	Clients    Range `json:"-"`
	Operations Range `json:"-"`
	// Faults are the kinds drawn from, FaultCount how many a case has (zero with Faults: one or
	// two).
	Faults     []fault.Kind `json:"faults,omitempty"`
	FaultCount Range        `json:"-"`
	// Repeats is how many times an operation is repeated after its answer (zero: not at all).
	Repeats Range `json:"-"`
	// Pause is how long before each repeat, at most and at least half of it (zero: up to 5ms).
	Pause time.Duration `json:"-"`
	// Edge puts each repeat just inside or just outside of the contract's retention instead: that
	// takes virtual time.
	Edge bool `json:"-"`
	// OneResource makes all operations work on the same resources.
	OneResource bool `json:"-"`
	// Failing gives operations arguments for which the contract says that they fail by themselves.
	Failing bool `json:"failing,omitempty"`
	// Variant is which odd key is sent (zero: one is drawn).
	Variant int `json:"-"`
	// Started strikes the process of the service: it needs a contract that says how that is started.
	Started bool `json:"started,omitempty"`
	// Types restricts the operation types; empty means all of the contract.
	Types []string `json:"-"`
	// Rules are the rules that it is meant to see broken.
	Rules []string `json:"rules"`
	// Note is what to tell whoever chose it, such as that it has a new name; "" for nothing.
	Note string `json:"-"`
}

// DiceName is the name by which dice are seeded.
func (s *Scenario) DiceName() string { return cmp.Or(s.Formerly, s.Name) }

// Variants is how many variants it has for a contract, counted from 1: odd keys have one for each
// that may be sent, all others have one.
func (s *Scenario) Variants(c *model.Contract) int {
	if s.Shape == OddKeys {
		return keyform.OddKeys(c)
	}
	return 1
}
