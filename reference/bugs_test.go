package reference_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/internal/attack"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
)

// caughtBy names an attack that each seeded bug must fall to.
func caughtBy() map[string][]string {
	away := []string{"hang up while working", "reset while working"}
	caught := claimsCaughtBy(away)
	maps.Copy(caught, answersCaughtBy(away))
	maps.Copy(caught, identityCaughtBy())
	maps.Copy(caught, librariesCaughtBy())
	return caught
}

// claimsCaughtBy covers the families claiming, time, outages and retries.
func claimsCaughtBy(away []string) map[string][]string {
	return map[string][]string{
		"key-ignored":                         {"repeat"},
		"check-then-act":                      {"eight at once"},
		"two-lookups":                         {"repeat while it is looked up"},
		"unique-on-wrong-columns":             {"same key with another body"},
		"losing-insert-500":                   {"two at once"},
		"in-flight-accepted":                  {"eight at once"},
		"lock-shorter-than-work":              {"repeat of slow work"},
		"lock-released-before-answer":         {"repeat before the answer"},
		"lock-released-by-another":            {"three at once", "eight at once"},
		"live-work-taken-for-orphan":          {"come back while it works"},
		"in-progress-never-recovers":          away,
		"in-progress-for-a-day":               {"killed while working"},
		"lock-removed-while-awaited":          {"newcomer beside one who waits"},
		"mismatch-drops-key":                  {"repeat after a conflict"},
		"claim-dropped-on-disconnect":         away,
		"claim-dropped-on-error":              away,
		"claim-dropped-on-panic":              away,
		"effect-before-key":                   away,
		"key-before-effect":                   away,
		"record-with-cancelled-context":       away,
		"answer-before-durable":               {"repeat"},
		"keys-per-instance":                   {"repeat"},
		"lookup-on-lagging-replica":           {"repeat"},
		"claim-lost-at-restart":               {"repeat after a restart"},
		"key-expires-early":                   {"just before retention ends"},
		"retention-in-wrong-unit":             {"just before retention ends"},
		"clock-of-another-host":               {"retry twice just before the end"},
		"sweep-races-retry":                   {"repeat twice after retention"},
		"expired-key-executes":                {"a day after retention"},
		"late-arrival-executes":               {"days after retention"},
		"key-never-expires":                   {"after retention"},
		"keys-by-calendar-day":                {"repeat after midnight"},
		"last-ten-keys-remembered":            {"repeat after ten others"},
		"retention-slides":                    {"repeat until after retention"},
		"key-store-down-fails-open":           away,
		"key-store-down-falls-back-to-memory": {"hang up and come back later"},
		"sweep-of-committed-claims":           {"hang up and come back later"},
		"retry-loop-repeats-receipt":          {"surge on one account"},
		"lost-commit-acknowledgement":         away,
		"resume-skips-check":                  {"funds spent before the retry"},
		"failed-attempt-redriven":             away,
		"outbox-relayed-twice":                {"two at once with receipts"},
	}
}

// answersCaughtBy covers the families answers, identity and resources.
func answersCaughtBy(away []string) map[string][]string {
	return map[string][]string{
		"key-not-scoped-by-tenant":     {"same key from another tenant"},
		"key-not-scoped-by-route":      {"same key on another route"},
		"payload-not-fingerprinted":    {"same key with another body"},
		"key-truncated":                {"long keys with one beginning"},
		"same-body-deduplicated":       {"same body under another key"},
		"replay-shows-current-state":   {"repeat after another operation"},
		"transient-error-replayed":     {away[0], away[1], "surge on one account"},
		"transfer-in-two-transactions": {"leave during a transfer"},
		"truncated-body-executed": {
			"body broken off in a number", "body broken off after a field",
		},
		"receipt-on-replay":     {"repeat"},
		"mismatch-leaks-answer": {"same key with another body"},
		"empty-replay":          {"repeat"},
		"missing-key-accepted":  {"unusable keys"},
		"marker-missing":        {"repeat"},
		"refused-yet-executed":  {"refusal"},
		"refusal-not-stored":    {"refusal"},
	}
}

func TestRightServiceWithstandsEveryAttack(t *testing.T) {
	attack.Withstand(t, func(*testing.T) store.Store { return memory.New() })
}

func TestExpiredKeysAreRefusedWhereDeclared(t *testing.T) {
	for name, script := range attack.ExpiredScripts() {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, script(t, reference.Options{Variant: "refuses-expired"}))
		})
	}
}

func TestRightServiceWithstandsVirtualAttacks(t *testing.T) {
	for name, script := range attack.VirtualScripts() {
		t.Run(name, func(t *testing.T) { require.Empty(t, script(t, reference.Options{})) })
	}
}

func TestInstancesOverOneStoreExecuteOnce(t *testing.T) {
	shared := memory.New()
	attack.Instances(t, shared, shared)
}

func TestEverySeededBugShows(t *testing.T) {
	scripts, caught := attack.Scripts(), caughtBy()
	maps.Copy(scripts, attack.ExpiredScripts())
	maps.Copy(scripts, attack.VirtualScripts())
	maps.Copy(scripts, attack.KeylessScripts())
	for _, bug := range reference.Bugs() {
		require.NotEmpty(t, caught[bug.Name], "no attack for bug %s", bug.Name)
		for _, name := range caught[bug.Name] {
			t.Run(bug.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				complaint := scripts[name](t, reference.Options{Bug: bug.Name})
				require.NotEmpty(t, complaint)
				t.Log(complaint)
			})
		}
	}
}

func TestCurrentStateIsShownOnEveryRoute(t *testing.T) {
	service := newService(t, reference.Options{Bug: "replay-shows-current-state"})
	post := func(path, key, body string) string {
		w := do(service, "POST", "/v1/"+path, key, body)
		require.Equal(t, 201, w.Code, w.Body)
		return w.Body.String()
	}
	post("accounts", "k0", `{"id":"till","name":"A"}`)
	for i, op := range [][3]string{
		{"accounts", `{"id":"shop","name":"A","balance":100}`, `"balance":70`},
		{"charges", `{"account":"shop","amount":20,"reference":"r"}`, `"balance":70`},
		{"refunds", `{"charge":"ch_1","amount":5,"reference":"r"}`, `"balance":70`},
		{
			"transfers", `{"from":"shop","to":"till","amount":15,"reference":"r"}`,
			`"from_balance":70,"to_balance":15`,
		},
	} {
		post(op[0], fmt.Sprint("first-", i), op[1])
		defer func() {
			require.Contains(t, post(op[0], fmt.Sprint("first-", i), op[1]), op[2])
		}()
	}
}

func TestBugsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, bug := range reference.Bugs() {
		require.False(t, seen[bug.Name], bug.Name)
		seen[bug.Name] = true
		require.NotEmpty(t, bug.Mistake, bug.Name)
		require.NotEmpty(t, bug.Rules, bug.Name)
	}
}

func TestUnknownBugSuggestsTheNearest(t *testing.T) {
	_, err := reference.Explain("key-ignorred")
	require.ErrorContains(t, err, `did you mean "key-ignored"?`)
	_, err = reference.New(reference.Options{Bug: "key-ignorred"})
	require.ErrorContains(t, err, `did you mean "key-ignored"?`)
}
