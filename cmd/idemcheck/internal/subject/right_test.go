package subject_test

import (
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/scenarios"
)

const (
	// casesVariable sets how many cases every right variant is given; a thousand is the large run.
	casesVariable = "IDEMCHECK_CASES"
	// usualCases is how many it is given otherwise: three of every scenario, and twice as many where
	// rare statuses must be met. Under the wrong contract it is given accusedCases.
	usualCases, accusedCases = 75, 60
	// everyVariant says that every day one variant of so many is tried.
	everyVariant = 4
)

// seen counts the statuses of all answers.
type seen struct {
	campaign.Unobserved
	mu     sync.Mutex
	status map[int]int
}

// Save counts the answers of a history.
func (s *seen) Save(h *model.History) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range h.Events {
		if e := &h.Events[i]; e.Kind == model.Answered && e.Answer != nil {
			s.status[e.Answer.Status]++
		}
	}
	return nil
}

// trial is a variant and what it is tried with.
type trial struct {
	variant   string
	promised  *model.Contract
	scenarios []plan.Scenario
	cases     int
	// search is how cases are chosen; the large ones, in which rare statuses are met, come sooner at
	// random.
	search plan.Search
}

// meantFor lists the scenarios that are meant to see a rule broken. What refuses a duplicate in flight
// as if it were another operation shows where there are such duplicates.
func meantFor(rule string) []plan.Scenario {
	return slices.DeleteFunc(scenarios.Virtual(), func(s plan.Scenario) bool {
		crowded := rule == "over-deduplication" && s.Name == "concurrent-duplicates"
		return !crowded && !slices.Contains(s.Rules, rule)
	})
}

// run runs cases of scenarios in memory and in virtual time.
func (of trial) run(t *testing.T) (*campaign.RunResult, map[int]int) {
	t.Helper()
	answers := seen{status: map[int]int{}}
	c := *of.promised
	c.Target.URL, c.Target.MaxRate = "http://in.memory", 1_000_000
	ready, err := contract.Resolve(&c, os.LookupEnv)
	require.NoError(t, err)
	plan, err := plan.Draw(plan.Options{
		Contract: ready, Scenarios: of.scenarios, Seed: number(t, harness.SeedVariable, 1),
		Cases: of.cases, Points: reference.Points(), Search: of.search,
	})
	require.NoError(t, err)
	result, err := campaign.Run(t.Context(), campaign.Options{
		Contract: ready, Plan: plan, Place: harness.Virtual(t, target(of.variant)),
		Limits: campaign.Limits{
			Parallel: runtime.GOMAXPROCS(0), ShrinkBudget: -1, KeepGoing: true,
		},
		Observer: &answers,
	})
	require.NoError(t, err)
	return result, answers.status
}

// target is a variant of the reference service.
func target(variant string) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		service, err := reference.New(reference.Options{
			Store: harness.Keep(env, "store", memory.New), Work: 2 * time.Millisecond,
			Variant: variant, Point: env.Point,
		})
		if err != nil {
			panic(err)
		}
		return service
	})
}

// number reads a number from the environment.
func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	require.NoError(t, err, variable)
	return n
}

// distinctive are the statuses by which a variant differs from the draft: unless they were seen, the run
// says nothing about it. The others differ in what their answers hold, or in when they execute.
func distinctive() map[string][]int {
	return map[string][]int{
		"ietf-memory":       {201, 402, 409, 422, 503, 400},
		"accepts-in-flight": {202},
		"acknowledges":      {200},
		"refuses-expired":   {410},
		"oasis-repeatable":  {412, 500},
		"ack-only":          {409, 422, 503},
		"one-key-per-body":  {409, 423},
		"moov":              {409},
		"adyen":             {422},
	}
}

// TestRightVariantsAreNotAccused under the contract that they keep.
func TestRightVariantsAreNotAccused(t *testing.T) {
	variants, err := subject.Variants()
	require.NoError(t, err)
	for i, s := range variants {
		if s.Store != "memory" || i%sweep.Of(everyVariant, 1) != 0 {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			cases, search := usualCases, plan.Guided
			if len(distinctive()[s.Name]) > 0 {
				cases, search = 2*usualCases, plan.Random
			}
			cases = int(number(t, casesVariable, uint64(cases)))
			result, answers := trial{s.Variant, s.Contract, scenarios.Virtual(), cases, search}.run(t)
			v := result.Verdict
			require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
			require.Equal(t, cases, v.Judged.Cases)
			for _, status := range distinctive()[s.Name] {
				require.Positive(t, answers[status], "no answer was %d", status)
			}
			t.Logf("%d cases, %d attempts, answers %v", v.Judged.Cases, v.Judged.Attempts, answers)
		})
	}
}

// accused says by which rules a variant is accused when it is taken for the draft. Header and form
// of the key are the variant's own, or else nothing would be told but that keys travel otherwise.
func accused() map[string]string {
	return map[string]string{
		"accepts-in-flight": "divergent-replay",
		"acknowledges":      "divergent-replay",
		"unmarked":          "replay-unmarked",
		"mismatch-replayed": "payload-mismatch",
		"forgets-soon":      "early-expiry",
		"refuses-expired":   "late-answer",
		"oasis-repeatable":  "late-answer",
		"ack-only":          "stuck-key",
		"one-key-per-body":  "stuck-key",
		"moov":              "stuck-key",
		"stripe-v2":         "divergent-replay",
		"adyen":             "over-deduplication",
		"paypal":            "divergent-replay",
		"checkout":          "replay-unmarked",
		"scoped-by-tenant":  "over-deduplication",
		"stripe":            "key-required",
	}
}

// TestTheDraftCallsTheVariantsWrong, which shows that they are other promises and not the same in
// other words. Only waiting is always right: there the draft breaks the variant's contract, which
// has no status for a duplicate in flight.
func TestTheDraftCallsTheVariantsWrong(t *testing.T) {
	draft, err := subject.Contract("")
	require.NoError(t, err)
	for i, v := range reference.Variants() {
		if i%sweep.Of(everyVariant, 1) != 0 {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			own, err := subject.Contract(v.Name)
			require.NoError(t, err)
			promised, variant, rule := *draft, v.Name, accused()[v.Name]
			if promised.Key, promised.Target = own.Key, own.Target; v.Name == "blocks" {
				promised, variant, rule = *own, "", "divergent-replay"
			}
			if rule == "key-required" || rule == "over-deduplication" {
				promised.Key.Required, promised.Key.Scope = draft.Key.Required, draft.Key.Scope
			}
			result, _ := trial{variant, &promised, meantFor(rule), accusedCases, plan.Guided}.run(t)
			require.Equal(t, verdict.Invalid, result.Verdict.Verdict, "%v", result.Verdict.Reasons)
			var rules []string
			for _, found := range result.Verdict.Violations {
				rules = append(rules, found.Rule)
			}
			require.Contains(t, rules, rule, "%+v", result.Verdict.Violations[0])
		})
	}
}
