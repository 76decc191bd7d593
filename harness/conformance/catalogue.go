// Package conformance asks a service for every promise of its contract, without faults of the
// network: a fixed catalogue, of which each row is a few small cases and the lines that they are
// about.
package conformance

import (
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model/fault"
)

// check is a row of the catalogue.
type check struct {
	name string
	// asks says in a sentence what a service that keeps the contract does.
	asks string
	// lines are those of the contract that the row is about. Where it has none of them, what the
	// service does is undeclared.
	lines []string
	// scenario is what the cases of the row are drawn from, and cases how many there are, of each of
	// its variants. Zero cases: the row speaks of those of another row, with the rules of its own.
	scenario plan.Scenario
	cases    int
	// of is that other row, and rules are what of it belongs here.
	of    string
	rules []string
	// always: every contract says it, so that there is nothing to declare.
	always bool
	// refusals: it means nothing unless an operation of that row was refused and sent again.
	refusals bool
	// strangers: it means nothing unless somebody with wrong credentials was not let in.
	strangers bool
}

// checks is the catalogue, in the order in which it is shown.
func checks() []check { return slices.Concat(repeats(), keys(), callers(), moments()) }

// repeats are the rows about the repeat of an operation.
func repeats() []check {
	repeated := plan.Scenario{
		Operations: plan.Range{Min: 1, Max: 1}, Repeats: plan.Range{Min: 1, Max: 2},
	}
	return []check{
		{
			name: "repeat", asks: "a repeat does nothing more and gets the first answer",
			lines: []string{"promises.replay"}, scenario: repeated, cases: 16,
		},
		{
			name: "refusal", asks: "a repeat of a refusal gets what is declared",
			lines: []string{"promises.errors"}, of: "repeat", rules: []string{"error-caching"},
			refusals: true,
		},
		{
			name: "marker", asks: "replays, and only they, carry the marker",
			lines: []string{"promises.marker"}, of: "repeat", rules: []string{"replay-unmarked"},
		},
	}
}

// keys are the rows about which key belongs to what.
func keys() []check {
	return []check{
		{
			name: "malformed-key", asks: "a missing or malformed key is refused and executes nothing",
			lines:    []string{"promises.missing", "promises.malformed", "promises.too_long"},
			scenario: plan.Scenario{Shape: plan.Malformed, Operations: plan.Range{Min: 1, Max: 1}},
			cases:    20,
		},
		{
			name: "alike-keys", asks: "keys that are nearly the same are different keys",
			lines:    []string{"key.scope"},
			scenario: plan.Scenario{Shape: plan.CollidingKeys}, cases: 12,
		},
		{
			name: "odd-keys", asks: "a key that looks like code is a key of its own, or is refused",
			always: true, scenario: plan.Scenario{Shape: plan.OddKeys}, cases: 1,
		},
		{
			name: "huge-keys", asks: "keys of 64 KiB that differ at their end are two, or are refused",
			always: true, scenario: plan.Scenario{Shape: plan.HugeKeys}, cases: 3,
		},
		{
			name: "mismatch", asks: "a key with another payload gets what is declared",
			lines:    []string{"promises.mismatch", "promises.mismatch_answer"},
			scenario: plan.Scenario{Shape: plan.Mismatch}, cases: 8,
		},
		{
			name: "near-mismatch", asks: "so does a payload that differs in one number",
			lines:    []string{"promises.mismatch", "promises.mismatch_answer"},
			scenario: plan.Scenario{Shape: plan.NearMismatch}, cases: 16,
		},
		{
			name: "other-resource", asks: "so does the same payload about another resource",
			lines:    []string{"promises.mismatch", "promises.mismatch_answer"},
			scenario: plan.Scenario{Shape: plan.OtherResource}, cases: 8,
		},
		{
			name: "other-key", asks: "one payload under two keys is two operations, or is refused",
			lines:    []string{"key.scope", "promises.same_body"},
			scenario: plan.Scenario{Shape: plan.SameBody}, cases: 8,
		},
		{
			name: "other-tenant", asks: "the key of another tenant is another key",
			lines:    []string{"key.scope"},
			scenario: plan.Scenario{Shape: plan.Tenants}, cases: 12,
		},
		{
			name: "other-route", asks: "the key of another route or method is what is declared",
			lines:    []string{"key.scope"},
			scenario: plan.Scenario{Shape: plan.Routes}, cases: 20,
		},
	}
}

// callers are the rows about what is told to a caller, and not of an operation.
func callers() []check {
	return []check{{
		name: "stranger", asks: "who is not let in leaves nothing under a key (401 is not stored)",
		always: true, strangers: true, scenario: plan.Scenario{Shape: plan.Strangers}, cases: 4,
	}}
}

// moments are the rows about what happens meanwhile, or in the end.
func moments() []check {
	one := plan.Range{Min: 1, Max: 1}
	return []check{
		{
			name: "race", asks: "of copies that come at one instant one executes",
			lines: []string{"promises.in_flight"},
			scenario: plan.Scenario{
				Operations: one, Faults: []fault.Kind{fault.ConcurrentDuplicate}, FaultCount: one,
			},
			cases: 12,
		},
		{
			name: "failure", asks: "what failed by itself is treated as declared",
			lines:    []string{"promises.failures"},
			scenario: plan.Scenario{Failing: true, Operations: one, Repeats: plan.Range{Min: 1, Max: 2}},
			cases:    8,
		},
		{
			name: "expiry", asks: "a key lives as long as declared, and is then what is declared",
			lines:    []string{"promises.retention", "promises.after_retention"},
			scenario: plan.Scenario{Edge: true, Operations: one, Repeats: one}, cases: 12,
		},
	}
}
