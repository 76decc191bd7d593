package judge

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDecisionsAreWhatTheJudgeSays: each row has a hand-written history that breaks its rule, the
// first of those that it breaks.
func TestDecisionsAreWhatTheJudgeSays(t *testing.T) {
	shown := []string{
		"key-ignored: a plain repeat beside another key",
		"key-ignored: a plain repeat executes",
		"foreign-replay: another tenant's answer",
		"over-deduplication: same body, other key",
		"over-deduplication: an honest repeat is refused",
		"duplicate-effect: a lost answer, then a retry",
		"in-flight-execution: both executed",
		"failure: not replayed",
		"error-caching: a stored refusal is executed again",
		"header near miss: a refusal of another kind",
		"error-caching: one 503 for ever",
		"stuck-key: in flight for ever",
		"repeat: a refusal, then in flight to the end",
		"hollow-answer: an empty replay",
		"divergent-replay: another status that says done",
		"header: a refusal is replayed as text",
		"repeat: 500 after an acknowledgement",
		"in-flight-execution near miss: an answer the contract does not allow",
	}
	all := slices.Concat(effectCases(), answerCases(), keyCases(), repeatCases(), headerCases(),
		failureCases())
	require.Len(t, shown, len(Decisions()))
	for i, d := range Decisions() {
		n := slices.IndexFunc(all, func(c ruleCase) bool { return c.name == shown[i] })
		require.NotEqual(t, -1, n, shown[i])
		var rules []string
		for _, found := range judged(t, all[n].change, all[n].lines).Violations {
			rules = append(rules, found.Rule)
		}
		require.Contains(t, rules, d.Rule, "%s, then %s", d.First, d.Then)
		page, err := Explain(d.Rule)
		require.NoError(t, err)
		require.Contains(t, page, d.Then)
	}
	page, err := Explain("lost-effect")
	require.NoError(t, err)
	require.NotContains(t, page, "Which rule")
}
