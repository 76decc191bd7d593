// Package scenarios is the catalogue: each scenario is a table row with its reason.
package scenarios

import (
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/near"
	"github.com/idemcheck/idemcheck/model/fault"
)

// HTTP returns the scenarios for what an HTTP endpoint alone can get wrong. The caller may change
// the slice.
func HTTP() []plan.Scenario {
	return slices.Concat(
		repeats(), networks(), keys(), delayedRetries(), concurrency(), failures())
}

// Named returns the scenarios with some names, in the order of the catalogue. A scenario may be
// named by its old name too; then its Note says the new one. The error names what does not exist
// and what does.
func Named(names []string) ([]plan.Scenario, error) {
	if len(names) == 0 {
		return Started(), nil
	}
	var out []plan.Scenario
	for _, s := range Started() {
		byOldName := s.Formerly != "" && slices.Contains(names, s.Formerly)
		if byOldName {
			s.Note = renamed(s)
		}
		if byOldName || slices.Contains(names, s.Name) {
			out = append(out, s)
		}
	}
	if err := Exist(names, Started()); err != nil {
		return nil, fmt.Errorf("choosing scenarios: %w", err)
	}
	return out, nil
}

// Exist returns an error that names the first of some names that none of some scenarios has or had,
// and those that there are.
func Exist(names []string, list []plan.Scenario) error {
	var known, old []string
	for _, s := range list {
		known, old = append(known, s.Name), append(old, s.Formerly)
	}
	for _, name := range names {
		if name == "" || !slices.Contains(known, name) && !slices.Contains(old, name) {
			return fmt.Errorf("there is no scenario %q; %s", name, near.Advice(name, known))
		}
	}
	return nil
}

// Renamed returns a note for every scenario of which some names hold the old name: saved plans,
// histories and verdicts keep the name of their day.
func Renamed(names []string) []string {
	var out []string
	for _, s := range All() {
		if s.Formerly != "" && slices.Contains(names, s.Formerly) {
			out = append(out, renamed(s))
		}
	}
	return out
}

// Described is the reason of a scenario, with the name that it had before, if it had another.
func Described(s plan.Scenario) string {
	if s.Formerly == "" {
		return s.Reason
	}
	return s.Reason + " Formerly: " + s.Formerly + "."
}

// renamed is what to tell whoever uses the old name of a scenario.
func renamed(s plan.Scenario) string {
	return fmt.Sprintf("the scenario %s is called %s now", s.Formerly, s.Name)
}

// effects are the rules that any lost or repeated attempt may break.
func effects(more ...string) []string {
	return append([]string{
		"duplicate-effect", "lost-effect", "partial-effect", "state-divergence", "divergent-replay",
	}, more...)
}

// repeats are scenarios in which everything arrives.
func repeats() []plan.Scenario {
	return []plan.Scenario{
		{
			Name:    "no-fault-repeat",
			Reason:  "A user presses the button twice; nothing is lost.",
			Repeats: plan.Range{Min: 1, Max: 3},
			Rules: effects("key-ignored", "hollow-answer", "replay-unmarked", "side-effect-of-replay",
				"over-deduplication", "stuck-key", "error-caching"),
		},
		{
			Name:       "late-repeats",
			Reason:     "A retry job comes back after a while, when locks and caches have expired.",
			Operations: plan.Range{Min: 1, Max: 1},
			Repeats:    plan.Range{Min: 1, Max: 1},
			Pause:      2400 * time.Millisecond,
			Rules:      effects("early-expiry"),
		},
		{
			Name:   "throttled",
			Reason: "A gateway in front asks the client to come back later.",
			Faults: []fault.Kind{fault.Throttled},
			Rules:  effects("error-caching", "stuck-key"),
		},
		{
			Name:   "slow",
			Reason: "Bytes are delayed, trickle or come in slices, but everything arrives.",
			Faults: []fault.Kind{fault.Delay, fault.Slow},
			Rules:  effects(),
		},
	}
}

// networks are scenarios in which the network loses, cuts, delays or repeats.
func networks() []plan.Scenario {
	return []plan.Scenario{
		{
			Name:   "lost-answers",
			Reason: "The work was done and the acknowledgement never came: the client retries.",
			Faults: []fault.Kind{fault.ResponseLost, fault.ResponseCut, fault.GatewayError},
			Rules:  effects("error-caching"),
		},
		{
			Name:   "gateway-errors",
			Reason: "A gateway gave up and answered 502, 503 or 504; the service behind it goes on.",
			Faults: []fault.Kind{fault.GatewayError},
			Rules:  effects("error-caching", "in-flight-execution"),
		},
		{
			Name:   "lost-requests",
			Reason: "The request never came: a retry must not be taken for a repeat.",
			Faults: []fault.Kind{fault.RequestLost, fault.Refused},
			Rules:  effects("stuck-key", "hollow-answer"),
		},
		{
			Name:   "cut-requests",
			Reason: "The request broke off in the middle: half a payment must not be made.",
			Faults: []fault.Kind{fault.RequestCut},
			Rules:  effects("orphan-effect", "stuck-key"),
		},
		{
			Name:   "disconnects",
			Reason: "The client disconnected while the service was still working, and retried.",
			Faults: []fault.Kind{fault.Disconnect},
			Rules:  effects("stuck-key", "error-caching"),
		},
		{
			Name:   "late-arrivals",
			Reason: "A request that was given up arrives after its retry was answered.",
			Faults: []fault.Kind{fault.LateArrival},
			Rules:  effects("in-flight-execution"),
		},
		{
			Name:   "reordering",
			Reason: "An attempt overtakes the one before it.",
			Faults: []fault.Kind{fault.Reorder},
			Rules:  effects("in-flight-execution"),
		},
		{
			Name:       "hidden-duplicates",
			Reason:     "A proxy or an HTTP client sends a request again and tells nobody.",
			Faults:     []fault.Kind{fault.HiddenDuplicate},
			FaultCount: plan.Range{Min: 1, Max: 2},
			Rules:      effects("in-flight-execution", "key-ignored"),
		},
		{
			Name:       "partition-and-heal",
			Reason:     "A link is dead for a while: many operations become unknown at once.",
			Clients:    plan.Range{Min: 1, Max: 3},
			Operations: plan.Range{Min: 1, Max: 4},
			Faults:     []fault.Kind{fault.Partition},
			FaultCount: plan.Range{Min: 1, Max: 1},
			Rules:      effects("stuck-key"),
		},
	}
}

// keys are scenarios about which key belongs to whom.
func keys() []plan.Scenario {
	return []plan.Scenario{
		{
			Name:   "payload-mismatch",
			Reason: "A client reuses a key for another payload.",
			Shape:  plan.Mismatch,
			Rules:  []string{"payload-mismatch", "conflict-leak"},
		},
		{
			Name:     "payload-near-mismatch",
			Formerly: "payload-nearly-the-same",
			Reason:   "A client corrects one digit of a payload and reuses the key.",
			Shape:    plan.NearMismatch,
			Rules:    []string{"payload-mismatch", "conflict-leak"},
		},
		{
			Name:   "resources-share-a-key",
			Reason: "A client sends one key and one payload for two resources: nothing else differs.",
			Shape:  plan.OtherResource,
			Rules:  []string{"payload-mismatch", "foreign-replay", "over-deduplication"},
		},
		{
			Name:       "malformed-keys",
			Reason:     "A key is missing or cannot be parsed: it must not protect, and nothing may run.",
			Shape:      plan.Malformed,
			Operations: plan.Range{Min: 2, Max: 4},
			Rules:      []string{"key-required"},
		},
		{
			Name:   "tenants-share-a-key",
			Reason: "Two tenants count their keys from 1.",
			Shape:  plan.Tenants,
			Rules:  []string{"foreign-replay", "over-deduplication", "conflict-leak", "lost-effect"},
		},
		{
			Name:   "routes-share-a-key",
			Reason: "A client uses its order number as the key for every step of the order.",
			Shape:  plan.Routes,
			Rules:  []string{"foreign-replay", "over-deduplication", "lost-effect"},
		},
		{
			Name:     "same-payload-different-key",
			Formerly: "same-body-other-key",
			Reason:   "A customer buys the same thing twice, and means it.",
			Shape:    plan.SameBody,
			Rules:    []string{"over-deduplication", "lost-effect", "stuck-key"},
		},
		{
			Name:     "colliding-keys",
			Formerly: "alike-keys",
			Reason:   "Keys differ only at their end, in upper and lower case, or in a space.",
			Shape:    plan.CollidingKeys,
			Rules:    []string{"over-deduplication", "lost-effect", "stuck-key"},
		},
	}
}

// delayedRetries are scenarios in which the service has moved on when a retry comes.
func delayedRetries() []plan.Scenario {
	return []plan.Scenario{
		{
			Name:     "abandoned-duplicates",
			Formerly: "left-copies",
			Reason:   "The first copy of several loses its client, a second waits for it, a third comes.",
			Shape:    plan.AbandonedDuplicates,
			Faults:   []fault.Kind{fault.StaggeredDuplicate, fault.Disconnect},
			Rules:    effects("in-flight-execution", "stuck-key"),
		},
		{
			Name:        "retry-after-other-traffic",
			Formerly:    "much-between",
			Reason:      "A client is cut off, does much else on the same account, and only then retries.",
			Shape:       plan.RetryAfterOtherTraffic,
			Operations:  plan.Range{Min: 11, Max: 14},
			OneResource: true,
			Faults:      []fault.Kind{fault.Disconnect},
			Rules:       effects("early-expiry", "key-ignored"),
		},
	}
}

// concurrency are scenarios in which many things happen at once.
func concurrency() []plan.Scenario {
	return []plan.Scenario{
		{
			Name:       "concurrent-duplicates",
			Reason:     "Copies of one request arrive at the same instant.",
			Faults:     []fault.Kind{fault.ConcurrentDuplicate},
			FaultCount: plan.Range{Min: 1, Max: 1},
			Rules:      effects("in-flight-execution"),
		},
		{
			Name:       "staggered-duplicates",
			Reason:     "Copies of one request arrive a few milliseconds apart.",
			Faults:     []fault.Kind{fault.StaggeredDuplicate},
			FaultCount: plan.Range{Min: 1, Max: 1},
			Rules:      effects("in-flight-execution"),
		},
		{
			Name:        "concurrent-clients",
			Formerly:    "surge",
			Reason:      "Many clients at once on one resource.",
			Clients:     plan.Range{Min: 6, Max: 10},
			Operations:  plan.Range{Min: 6, Max: 10},
			OneResource: true,
			Rules:       effects("error-caching", "non-linearizable", "phantom-effect"),
		},
		{
			Name:       "mixed-faults",
			Formerly:   "everything-mixed",
			Reason:     "Several clients, several operations, any fault.",
			Clients:    plan.Range{Min: 1, Max: 3},
			Operations: plan.Range{Min: 2, Max: 5},
			Faults: []fault.Kind{
				fault.Refused, fault.RequestLost, fault.RequestCut, fault.ResponseLost,
				fault.ResponseCut, fault.LateArrival, fault.Reorder, fault.Delay, fault.Slow,
				fault.ConcurrentDuplicate, fault.StaggeredDuplicate, fault.Disconnect,
				fault.HiddenDuplicate, fault.Throttled, fault.Partition, fault.GatewayError,
			},
			FaultCount: plan.Range{Min: 2, Max: 5},
			Repeats:    plan.Range{Min: 0, Max: 1},
			Rules:      effects("in-flight-execution", "stuck-key", "error-caching", "non-linearizable"),
		},
	}
}

// failures are scenarios in which the service fails by itself, where the contract says for which
// arguments it does.
func failures() []plan.Scenario {
	return []plan.Scenario{
		{
			Name:    "failing-handlers",
			Reason:  "The service fails by itself, before or after its work; the client tries again.",
			Failing: true,
			Repeats: plan.Range{Min: 1, Max: 3},
			Rules:   effects("error-caching", "stuck-key"),
		},
		{
			Name:     "failing-handlers-with-faults",
			Formerly: "failing-and-struck",
			Reason:   "The service fails by itself while copies wait, or while its client disconnects.",
			Failing:  true,
			Faults: []fault.Kind{
				fault.ConcurrentDuplicate, fault.Disconnect, fault.ResponseLost,
			},
			FaultCount: plan.Range{Min: 1, Max: 2},
			Rules:      effects("error-caching", "stuck-key", "in-flight-execution"),
		},
	}
}
