package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/scenarios"
)

const (
	// hunts is how often a bug is hunted on the wire before it counts as missed, each time with another
	// seed. Time on the wire is real and the machine is shared: what holds a message back for some
	// milliseconds can spoil a race that a bug needs. A bug that only luck finds is missed all the same.
	hunts = 3
	// shrinkingTime is how long a run makes its counterexample smaller at least.
	shrinkingTime = 6 * time.Second
	// huntCases is how many cases a hunt has; a quarter of them is kept for changed copies.
	huntCases = 32
)

// shows lists the bugs that a scenario shows best: soon, in small cases, and with little luck.
func shows() map[string][]string {
	return map[string][]string{
		"no-fault-repeat": {
			"key-ignored", "answer-before-durable", "keys-per-instance", "lookup-on-lagging-replica",
			"refused-yet-executed", "replay-shows-current-state", "receipt-on-replay", "empty-replay",
			"marker-missing", "marker-always", "other-status-on-replay", "headers-lost-on-replay",
			"retry-names-nothing", "repeat-refused-yet-executed", "answer-before-commit",
			"fingerprint-of-headers", "balance-applied-twice", "batch-recognised-by-first-item",
			"refusal-not-stored", "long-answer-cut", "refusal-stored-as-empty-success",
			"content-type-lost-on-replay", "refusal-leaves-key-in-progress",
			"own-failure-executed-again", "own-failure-stored", "repeat-awaits-past-signal",
		},
		"concurrent-duplicates": {
			"check-then-act", "two-lookups", "losing-insert-500", "in-flight-accepted",
			"lock-released-by-another", "mark-without-condition",
		},
		"staggered-duplicates": {"lock-shorter-than-work", "lock-released-before-answer"},
		"disconnects": {
			"live-work-taken-for-orphan", "in-progress-never-recovers",
			"claim-dropped-on-disconnect", "claim-dropped-on-error", "claim-dropped-on-panic",
			"effect-before-key", "key-before-effect", "record-with-cancelled-context",
			"transient-error-replayed", "error-stored-as-success", "failed-after-commit-executed-again",
			"transfer-in-two-transactions", "key-store-down-fails-open",
			"key-store-down-falls-back-to-memory", "sweep-of-committed-claims",
			"lost-commit-acknowledgement", "failed-attempt-redriven", "conflict-stored-as-answer",
			"stored-answer-unreadable", "replay-shorter-than-announced", "promise-of-departed-client",
		},
		"late-repeats":       {"key-expires-early"},
		"concurrent-clients": {"retry-loop-repeats-receipt", "keys-in-one-document"},
		"cut-requests":       {"truncated-body-executed"},
		"payload-mismatch": {
			"unique-on-wrong-columns", "payload-not-fingerprinted", "mismatch-leaks-answer",
		},
		"resources-share-a-key": {"fingerprint-without-account"},
		"payload-near-mismatch": {
			"fingerprint-of-beginning", "numbers-compared-as-floats", "fingerprint-of-listed-fields",
		},
		"tenants-share-a-key": {
			"key-not-scoped-by-tenant", "conflict-shows-other-tenant", "shared-cache-by-key-and-body",
		},
		"routes-share-a-key": {
			"key-not-scoped-by-route", "key-not-scoped-by-method",
			"shared-cache-by-amount-and-reference",
		},
		"same-payload-different-key": {
			"same-body-deduplicated", "same-body-refused", "refund-by-charge", "no-key-is-one-key",
		},
		"colliding-keys": {
			"key-truncated", "key-case-folded", "key-trimmed", "key-hashed", "key-cut-at-128",
			"prefixed-key-cut", "long-key-never-answered",
		},
		"abandoned-duplicates":      {"lock-removed-while-awaited"},
		"retry-after-other-traffic": {"last-ten-keys-remembered", "resume-skips-check"},
		"malformed-keys": {
			"missing-key-accepted", "first-of-two-lines", "last-of-two-lines", "bare-key-is-another",
			"empty-key-is-no-key",
		},
	}
}

// unforeseen lists the bugs that no scenario is meant to show, and that the mixture of all scenarios
// finds.
func unforeseen() []string { return []string{"mismatch-drops-key", "outbox-relayed-twice"} }

// tooSlow lists the bugs whose every case takes half a minute in real time, for each trial of shrinking
// and each replay again. Virtual time finds them at once.
func tooSlow() []string { return []string{"lease-of-thirty-seconds"} }

// waits lists the bugs that hunts must wait for, for seconds: for a key to recover, or until it is too
// late. Many cases may wait side by side and yet leave the machine alone.
func waits() []string {
	return []string{
		"in-progress-never-recovers", "transient-error-replayed", "key-expires-early",
		"same-body-refused", "answer-before-durable", "repeat-awaits-past-signal",
		"promise-of-departed-client", "long-key-never-answered", "refusal-leaves-key-in-progress",
		"stored-answer-unreadable", "replay-shorter-than-announced", "own-failure-stored",
	}
}

// parallel says how many cases of a hunt run side by side: few, so that they do not disturb each
// other, and fewer when that was too many.
func parallel(bug string, seed int) string {
	switch {
	case slices.Contains(waits(), bug):
		return "16"
	case seed == 1:
		return "4"
	}
	return "2"
}

// everyVariable says that not all seeded bugs are hunted but every so-manieth: all of them take
// minutes, which CI has.
const everyVariable = "IDEMCHECK_EVERY"

// onWire lists the bugs that are hunted of those that show on the wire: no instance is killed there,
// and nobody waits for a day. Those that no scenario is meant to show, and those that are held out, are
// not hunted.
func onWire(t *testing.T) []subject.KnownService {
	t.Helper()
	bugs, err := subject.Bugs()
	require.NoError(t, err)
	every := 16
	if n, err := strconv.Atoi(os.Getenv(everyVariable)); err == nil {
		every = n
	}
	n := 0
	return slices.DeleteFunc(bugs, func(b subject.KnownService) bool {
		left := slices.Concat(unforeseen(), tooSlow())
		if b.Needs != "" || b.HeldOut != "" || slices.Contains(left, b.Name) {
			return true
		}
		n++
		return n%every != 1%every
	})
}

// shownBy returns the scenario that shows a bug best, which must be meant for one of its rules.
func shownBy(t *testing.T, b subject.KnownService) plan.Scenario {
	t.Helper()
	for scenario, bugs := range shows() {
		if !slices.Contains(bugs, b.Name) {
			continue
		}
		list, err := scenarios.Named([]string{scenario})
		require.NoError(t, err)
		meant := func(rule string) bool { return slices.Contains(list[0].Rules, rule) }
		require.True(t, slices.ContainsFunc(b.Rules, meant), "%s is not meant to see %v", scenario, b.Rules)
		return list[0]
	}
	require.Fail(t, "no scenario shows "+b.Name)
	return plan.Scenario{}
}

// TestEverySeededBugIsFound: by one of the rules it breaks, as a small counterexample that replays.
func TestEverySeededBugIsFound(t *testing.T) {
	for _, b := range onWire(t) {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range hunts {
				err := hunt(t, b, seed+1)
				if err == nil {
					return
				}
				t.Logf("seed %d: %v", seed+1, err)
			}
			require.Fail(t, "missed with every seed")
		})
	}
}

// hunt hunts a bug on the wire once, and says what was missing.
func hunt(t *testing.T, b subject.KnownService, seed int) error {
	t.Helper()
	dir := t.TempDir()
	got := invoke(t, "demo", "--bug", b.Name, "--store", "memory", "--format", "json", "--out", dir,
		"--seed", strconv.Itoa(seed), "--scenario", shownBy(t, b).Name,
		"--cases", strconv.Itoa(huntCases), "--parallel", parallel(b.Name, seed))
	v := got.verdict(t)
	if got.code != exitInvalid {
		return fmt.Errorf("%s: %v", v.Verdict, v.Reasons)
	}
	smallest, plan := v.Counterexample, filepath.Join(dir, "counterexample", "plan.json")
	require.NotNil(t, smallest, got.out)
	require.Equal(t, plan, smallest.Plan)
	require.Contains(t, rules(v), smallest.Rule)
	switch {
	case !slices.Contains(b.Rules, smallest.Rule):
		return fmt.Errorf("found by %s, which is not one of %v", smallest.Rule, b.Rules)
	case (smallest.Operations > b.Operations || smallest.Faults > 2) &&
		(seed < hunts || !ranOutOfTime(smallest)):
		return fmt.Errorf("%d operations and %d faults are not small", smallest.Operations, smallest.Faults)
	}
	return replayed(t, plan)
}

// ranOutOfTime reports whether smaller cases were left untried for want of time. A machine that is busy
// with something else decides then how small a counterexample becomes; the last hunt takes it as it is.
// In memory, where that never happens, every bug has a small one.
func ranOutOfTime(c *verdict.Counterexample) bool {
	return c.Shrinking != nil && time.Duration(c.Shrinking.Elapsed) >= shrinkingTime
}

// replayed reports whether at least four of five replays break the rule. Side by side they disturb each
// other, so another five follow one by one, and five more, because the machine may be others' meanwhile.
func replayed(t *testing.T, plan string) error {
	t.Helper()
	n, rule := 0, ""
	for _, parallel := range []string{"5", "1", "1"} {
		again := invoke(t, "replay", plan, "--times", "5", "--parallel", parallel, "--format", "json",
			"--out", t.TempDir())
		if found := again.verdict(t).Counterexample; found != nil {
			n, rule = found.Reproduced, found.Rule
			require.Equal(t, exitInvalid, again.code)
		}
		if n >= 4 {
			return nil
		}
	}
	return fmt.Errorf("%d of 5 replays broke %q", n, rule)
}

// TestEveryHuntIsSureInMemory: where time is virtual, the drawn part of what the first hunt plans finds
// every bug. So if that hunt finds nothing on the wire, time was at fault and no die.
func TestEveryHuntIsSureInMemory(t *testing.T) {
	for _, b := range onWire(t) {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			plan, promised := drawHunt(t, b)
			require.True(t, inVirtualTime(t, b, plan, promised))
		})
	}
}

// drawHunt draws what the first hunt draws, less the room for changed copies.
func drawHunt(t *testing.T, b subject.KnownService) (*model.Plan, *model.Contract) {
	t.Helper()
	c := *b.Contract
	c.Target.URL = "http://in.memory"
	promised, err := contract.Resolve(&c, os.LookupEnv)
	require.NoError(t, err)
	plan, err := plan.Draw(plan.Options{
		Contract: promised, Scenarios: []plan.Scenario{shownBy(t, b)}, Seed: 1, Cases: huntCases,
	})
	require.NoError(t, err)
	plan.Novelty = 0
	return plan, promised
}

// inVirtualTime runs a plan until a case breaks one of a bug's rules, and reports whether one did.
func inVirtualTime(t *testing.T, b subject.KnownService, plan *model.Plan, promised *model.Contract) bool {
	t.Helper()
	found := &finding{rules: b.Rules}
	_, err := campaign.Run(t.Context(), campaign.Options{
		Contract: promised, Plan: plan,
		Limits: campaign.Limits{Parallel: 1, KeepGoing: true, ShrinkBudget: -1},
		Place: harness.Virtual(t, harness.Handler(func(env *harness.Env) http.Handler {
			kept := harness.Keep(env, "store", memory.New)
			s, err := reference.New(reference.Options{
				Bug: b.Bug, Variant: b.Variant, Store: kept, Work: 5 * time.Millisecond,
			})
			require.NoError(t, err)
			return s
		})),
		Observer: found,
	})
	require.NoError(t, err)
	return found.any
}

// finding ends a run once one of some rules was broken.
type finding struct {
	campaign.Unobserved
	rules []string
	any   bool
}

func (f *finding) Want(model.Case) bool { return !f.any }

func (f *finding) Judged(_ model.Case, v verdict.Verdict) {
	for _, rule := range rules(v) {
		f.any = f.any || slices.Contains(f.rules, rule)
	}
}
