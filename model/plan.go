package model

import (
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// PlanSchema is the version of the plan file this package reads and writes.
const PlanSchema = "idemcheck/plan/v1"

// Plan is everything that will be sent and every fault that will fire, drawn before the run:
// nothing during a run is random. Real keys and fresh resource names are minted when a case is
// bound to a target, so that replaying a plan never collides with an earlier run.
type Plan struct {
	Schema string `json:"schema"`
	Seed   uint64 `json:"seed"`
	// Contract is the promise the plan was drawn for; a plan replays without the contract's file.
	Contract Contract `json:"contract"`
	// Target remembers how to reach what the plan was drawn for, so that replaying needs no flags.
	Target TargetHint `json:"target"`
	// Rule is the rule that a counterexample breaks; empty for a whole plan.
	Rule string `json:"rule,omitempty"`
	// Reproduced says how often of Replays a counterexample broke its rule again when it was found;
	// both are zero for a whole plan, and where nobody replayed it.
	Reproduced int    `json:"reproduced,omitempty"`
	Replays    int    `json:"replays,omitempty"`
	Cases      []Case `json:"cases"`
	// Neighbours run beside each case of a counterexample that breaks its rule only then, and
	// Interference says so; it is also set where the neighbours are operations of the case itself.
	Neighbours   []Case        `json:"neighbours,omitempty"`
	Interference *Interference `json:"interference,omitempty"`
	// Novelty is how many more cases a guided run may append: changed copies of cases that showed
	// something new. They are saved before they run. Zero means that the plan is whole.
	Novelty int `json:"novelty,omitempty"`
}

// TargetHint says how the command reached the target. It never holds secrets.
type TargetHint struct {
	// Reference is set when the target was the reference service started by the command; Bug,
	// Variant and Store are its seeded bug, its right variant and its store.
	Reference bool   `json:"reference,omitempty"`
	Bug       string `json:"bug,omitempty"`
	Variant   string `json:"variant,omitempty"`
	Store     string `json:"store,omitempty"`
	// Contract is the path of the contract file.
	Contract string `json:"contract,omitempty"`
}

// Case is one independent piece of a plan: it has accounts and keys of its own, so cases run side
// by side.
type Case struct {
	// Index is the case's number in its plan, from 0.
	Index    int    `json:"index"`
	Scenario string `json:"scenario"`
	// Resources are set up before the case, once for every tenant that the case uses.
	Resources  []Resource         `json:"resources,omitempty"`
	Operations []PlannedOperation `json:"operations"`
	Faults     []fault.Fault      `json:"faults,omitempty"`
	// Starve is the seed of pauses at every step of clients, links, service and observer, as a busy
	// machine makes them; zero means none. Only the memory world can make them.
	Starve uint64 `json:"starve,omitempty"`
}

// Resource is one fresh thing that operations work on, such as an account.
type Resource struct {
	// Name is unique in the case ("account-1"); Type names a setup of the contract.
	Name string `json:"name"`
	Type string `json:"type"`
}

// PlannedOperation is one thing a caller wants done once.
type PlannedOperation struct {
	// ID is unique in its case: "a", "b", …
	ID string `json:"id"`
	// Client drives its operations one after another; clients run side by side.
	Client int `json:"client"`
	// Type names an operation of the contract; Tenant one of its tenants ("" when it has none).
	Type   string  `json:"type"`
	Tenant string  `json:"tenant,omitempty"`
	Key    KeyPlan `json:"key"`
	// Args are the drawn arguments: integers, strings, names of resources, or IDs of operations
	// whose answer is referred to.
	Args map[string]any `json:"args,omitempty"`
	// CorrelationID names the unique text in the payload by which an effect is found again ("mark" in
	// contracts and files); operations with the same name send the same text.
	CorrelationID string `json:"mark"`
	// Await is the ID of an earlier operation of the same client, or "": this one begins when that
	// one has a definite answer. Until then the client tries that one again a few times, and in the
	// end it gives up and goes on.
	Await string `json:"await,omitempty"`
	// After is how long the client waits before the first attempt.
	After    value.Duration   `json:"after,omitempty"`
	Attempts []PlannedAttempt `json:"attempts"`
}

// PlannedAttempt is one try. Duplicates that go out together are attempts of their own, joined by a
// [fault.ConcurrentDuplicate] or [fault.StaggeredDuplicate] fault.
type PlannedAttempt struct {
	// After is the wait since the end of the attempt before: backoff with jitter, already drawn.
	After value.Duration `json:"after,omitempty"`
	// Timeout is when the client gives up; zero means the contract's.
	Timeout value.Duration `json:"timeout,omitempty"`
	// Replica is where it goes: 0 is the first, the contract's target.url, and n is line n of
	// target.replicas.
	Replica int `json:"replica,omitempty"`
	// Stranger sends wrong credentials in the place of its tenant's.
	Stranger bool `json:"stranger,omitempty"`
	// Repeat makes the attempt even after a definite answer; otherwise it is a retry and is left
	// out when the operation is already definite.
	Repeat bool `json:"repeat,omitempty"`
}

// KeyStyle is the shape of a drawn idempotency key, or one of the ways to get it wrong.
type KeyStyle string

// Well-formed styles first, then the malformed ones.
const (
	// KeyPlain is a short random-looking key.
	KeyPlain KeyStyle = "plain"
	// KeyLong has the contract's greatest length; keys of one name share all but their end.
	KeyLong KeyStyle = "long"
	// KeyCase differs from the other keys of its name in upper and lower case only.
	KeyCase KeyStyle = "case"
	// KeySpaces differs from the other keys of its name in spaces at its ends only, which belong to a
	// quoted key.
	KeySpaces KeyStyle = "spaces"
	// KeyHash differs from the other keys of its name in two letters that the usual polynomial hash of
	// 32 bits (Java's for strings) does not tell apart.
	KeyHash KeyStyle = "hash"
	// KeyOdd looks like code to some parser or query: its variants, from 1, are what a service that
	// reads them as code may take for the plain key of the same name. KeyHuge has 64 KiB; two
	// variants differ in their last character. Nobody promises to take such keys (see
	// [KeyStyle.Doubtful]).
	KeyOdd  KeyStyle = "odd"
	KeyHuge KeyStyle = "huge"
	// KeyMissing sends no key at all.
	KeyMissing KeyStyle = "missing"
	// KeyEmpty sends an empty key.
	KeyEmpty KeyStyle = "empty"
	// KeyUnterminated opens a quote and never closes it.
	KeyUnterminated KeyStyle = "unterminated"
	// KeyNonASCII contains bytes outside ASCII.
	KeyNonASCII KeyStyle = "non-ascii"
	// KeyTwoLines sends two header lines with different keys.
	KeyTwoLines KeyStyle = "two-lines"
	// KeyTooLong is longer than the contract allows.
	KeyTooLong KeyStyle = "too-long"
	// KeyParameters adds structured-field parameters behind the string.
	KeyParameters KeyStyle = "parameters"
	// KeyBare sends a key without the quotes that it must have.
	KeyBare KeyStyle = "bare"
)

// Malformed reports whether a style breaks the rules for keys (a missing key is not malformed).
func (s KeyStyle) Malformed() bool {
	switch s {
	case KeyEmpty, KeyUnterminated, KeyNonASCII, KeyTwoLines, KeyTooLong, KeyParameters,
		KeyBare:
		return true
	}
	return false
}

// Doubtful reports whether a service may take a key of a style or refuse it, as it likes: with any
// status that says that the request is wrong.
func (s KeyStyle) Doubtful() bool { return s == KeyOdd || s == KeyHuge }

// KeyPlan says which key an operation carries. Operations with the same Name and Variant carry the
// same key; the same Name with another Variant gives keys that are alike (see [KeyLong],
// [KeyCase], [KeySpaces], [KeyHash], [KeyOdd], [KeyHuge]).
type KeyPlan struct {
	Name    string   `json:"name"`
	Style   KeyStyle `json:"style"`
	Variant int      `json:"variant,omitempty"`
}

// Operation returns the operation with an ID, or nil.
func (c *Case) Operation(id string) *PlannedOperation {
	for i := range c.Operations {
		if c.Operations[i].ID == id {
			return &c.Operations[i]
		}
	}
	return nil
}

// IsCopy reports whether attempt n of an operation goes beside an earlier one, as the same message.
func (c *Case) IsCopy(operation string, n int) bool {
	return slices.ContainsFunc(c.FaultsAt(operation, n), func(f fault.Fault) bool {
		return f.Copies > 1 && n > f.Attempt
	})
}

// FaultsAt returns the faults addressed to attempt n of an operation.
func (c *Case) FaultsAt(operation string, n int) []fault.Fault {
	return lists.Where(c.Faults, func(f fault.Fault) bool { return f.Addresses(operation, n) })
}

// Clone copies a case so that changing it leaves the original alone.
func (c *Case) Clone() Case {
	out := *c
	out.Operations = slices.Clone(c.Operations)
	for i := range out.Operations {
		out.Operations[i].Attempts = slices.Clone(out.Operations[i].Attempts)
	}
	out.Faults = slices.Clone(c.Faults)
	return out
}

// Replicas is how many replicas a case needs: one more than the largest number.
func (c *Case) Replicas() int {
	last := 0
	for _, op := range c.Operations {
		for _, a := range op.Attempts {
			last = max(last, a.Replica)
		}
	}
	return last + 1
}

// Tenants lists the tenants that a case uses, sorted.
func (c *Case) Tenants() []string {
	var out []string
	for i := range c.Operations {
		out = append(out, c.Operations[i].Tenant)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Attempts counts the planned attempts of a case.
func (c *Case) Attempts() int {
	n := 0
	for _, op := range c.Operations {
		n += len(op.Attempts)
	}
	return n
}

// Interference is how a counterexample depends on neighbours: operations with other keys.
type Interference struct {
	// Operations are the neighbours in its own case, and Cases is how many cases run beside it.
	Operations []string `json:"operations,omitempty"`
	Cases      int      `json:"cases,omitempty"`
	// Reproduced says how often of Replays it broke the rule with the neighbours, or one that says the
	// same. In as many replays without them nothing was wrong.
	Reproduced int `json:"reproduced"`
	Replays    int `json:"replays"`
	// Lost reports whether what the rule means is that an operation is executed again, so that most
	// likely a neighbour's write loses the record of its key.
	Lost bool `json:"lost,omitempty"`
}
