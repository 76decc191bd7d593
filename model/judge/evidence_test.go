package judge

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// unseen returns the lines of a history that do not begin with one of some words, times apart.
func unseen(lines string, words ...string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(lines, "\n"), func(l string) bool {
		fields := strings.Fields(l)
		if len(fields) > 0 && strings.ContainsAny(fields[0][:1], "0123456789") {
			fields = fields[1:]
		}
		return len(fields) > 0 && slices.Contains(words, fields[0])
	}), "\n")
}

// TestNoRuleAccusesWithoutItsEvidence takes from every history that breaks a rule what the rule goes by.
// Without ledger and state nothing is said of effects; without answers, nothing but what the ledger
// shows; and without both the verdict is unknown.
func TestNoRuleAccusesWithoutItsEvidence(t *testing.T) {
	unknown := map[string]bool{}
	for _, c := range handWritten() {
		if c.want == "" {
			continue
		}
		const noLedger = "\nunreadable effects gone"
		blind := judged(t, c.change, unseen(c.lines, "effect", "state")+noLedger)
		mute := judged(t, c.change, unseen(c.lines, "return", "answered"))
		neither := judged(t, c.change, unseen(c.lines, "effect", "state", "return", "answered")+noLedger)
		require.NotEqual(t, verdict.Valid, blind.Verdict, c.name)
		require.NotEqual(t, verdict.Valid, mute.Verdict, c.name)
		require.Equal(t, verdict.Unknown, neither.Verdict, "%s: %v", c.name, neither.Violations)
		for _, broken := range blind.Violations {
			require.NotEqual(t, effects, aboutOf(broken.Rule), "%s: %s", c.name, broken.Message)
		}
		for _, broken := range mute.Violations {
			require.True(t, showsInLedger(broken.Rule), "%s: %s", c.name, broken.Message)
		}
		for rule := range strings.FieldsSeq(c.want) {
			unknown[rule] = true
		}
	}
	for _, r := range Rules() {
		require.True(t, unknown[r.ID], "no history leaves open whether %s is broken", r.ID)
	}
}

// showsInLedger reports whether an execution alone may break a rule.
func showsInLedger(id string) bool {
	return aboutOf(id) == effects ||
		slices.Contains([]string{"early-expiry", "payload-mismatch", "key-required"}, id)
}

func aboutOf(id string) about {
	all := Rules()
	return all[slices.IndexFunc(all, func(r Rule) bool { return r.ID == id })].about
}
