package judge

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// Rule is one way in which a history can be wrong.
type Rule struct {
	// ID is its identifier, such as "duplicate-effect".
	ID string `json:"name"`
	// Catches says in half a sentence when it is violated.
	Catches string      `json:"catches"`
	Level   model.Level `json:"level"`
	check   func(*view) []model.Violation
	// settles: what is missing may still come while anything is at work or effects take time to
	// appear, so that a violation hangs on time (see Violation.Timed).
	settles bool
}

//go:embed pages/*.md
var pages embed.FS

// Rules lists the rules an HTTP endpoint alone can break, the most telling first: when one mistake
// breaks several, the first is the one to look at. Rules that need a downstream, a broker or a
// client under test come with their observers.
func Rules() []Rule {
	return slices.Concat(identityRules(), effectRules(), answerRules())
}

// identityRules are broken when the service does not know which operation it has before it.
func identityRules() []Rule {
	return []Rule{
		{
			"key-ignored", "a repeat without any fault executes again",
			model.LevelViolation, keyIgnored, false,
		},
		{
			"side-effect-of-replay", "a replay notifies again",
			model.LevelViolation, replaySideEffect, false,
		},
		{
			"key-required", "a missing or malformed key is accepted",
			model.LevelViolation, keyRequired, false,
		},
		{
			"foreign-replay", "an answer carries what belongs to another key, tenant or route",
			model.LevelViolation, foreignReplay, false,
		},
		{
			"over-deduplication", "a new operation is answered with, or refused for, an earlier one",
			model.LevelViolation, overDeduplication, false,
		},
		{
			"payload-mismatch", "a key with another payload is executed or replayed",
			model.LevelViolation, payloadMismatch, false,
		},
		{
			"conflict-leak", "a refusal shows another operation's stored answer",
			model.LevelViolation, conflictLeak, false,
		},
		{
			"early-expiry", "a repeat inside the retention window executes again, or is refused as late",
			model.LevelViolation, earlyExpiry, false,
		},
	}
}

// effectRules count effects.
func effectRules() []Rule {
	return []Rule{
		{
			"duplicate-effect", "an operation's effect happened more than once",
			model.LevelViolation, duplicateEffect, false,
		},
		{
			"in-flight-execution", "two attempts that were at the service together both executed",
			model.LevelViolation, inFlightExecution, false,
		},
		{
			"orphan-effect", "an effect belongs to no operation that was sent",
			model.LevelViolation, orphanEffect, false,
		},
		{
			"partial-effect", "some of an operation's effects happened and others did not",
			model.LevelViolation, partialEffect, true,
		},
		{
			"lost-effect", "an operation was acknowledged and an effect is missing",
			model.LevelViolation, lostEffect, true,
		},
		{
			"phantom-effect", "an operation was refused on every attempt and has an effect",
			model.LevelViolation, phantomEffect, false,
		},
	}
}

// answerRules look at answers, at how they fit together, and at the final state.
func answerRules() []Rule {
	return []Rule{
		{
			"error-caching", "a transient answer is replayed for ever, or a stored one executed again",
			model.LevelViolation, errorCaching, false,
		},
		{
			"stuck-key", "after everything healed a retry or a repeat gets no definite answer",
			model.LevelViolation, stuckKey, false,
		},
		{
			"hollow-answer", "an acknowledged answer is empty or names something that does not exist",
			model.LevelViolation, hollowAnswer, true,
		},
		{
			"divergent-replay", "answers to one operation differ, or a repeat gets none that is declared",
			model.LevelViolation, divergentReplay, false,
		},
		{
			"replay-unmarked", "the replay marker is missing on a replay or present on a first answer",
			model.LevelViolation, replayUnmarked, false,
		},
		{
			"late-answer", "after the retention window the answer is not the declared one",
			model.LevelViolation, lateAnswer, false,
		},
		{
			"state-divergence", "no single execution explains the final state",
			model.LevelViolation, nil, true,
		},
		{
			"non-linearizable", "answers contradict the real-time order of operations",
			model.LevelViolation, nil, false,
		},
	}
}

// Explain returns the page of a rule in Markdown: why it matters, how it looks on the wire, usual
// causes and fixes, and where it is easily taken for another rule what tells them apart (see
// [Decisions]). The error says that there is none of that name.
func Explain(rule string) (string, error) {
	page, err := pages.ReadFile("pages/" + rule + ".md")
	if err != nil {
		return "", fmt.Errorf(
			"explaining rule %q: there is no such rule; try `idemcheck list rules`", rule)
	}
	return string(page) + decided(rule), nil
}

// Why returns the first paragraph of a rule's "Why it matters".
func Why(rule string) string {
	page, err := Explain(rule)
	if err != nil {
		return ""
	}
	_, rest, found := strings.Cut(page, "## Why it matters\n")
	if !found {
		return ""
	}
	para, _, _ := strings.Cut(strings.TrimSpace(rest), "\n\n")
	return strings.Join(strings.Fields(para), " ")
}

// rank is the place of a rule in [Rules].
func rank(rule string) int {
	return slices.IndexFunc(Rules(), func(r Rule) bool { return r.ID == rule })
}

// CompareRules orders rules as [Rules] lists them.
func CompareRules(a, b string) int { return cmp.Compare(rank(a), rank(b)) }

// Gravity says what is at stake when a rule is broken: 0 when something happened twice, or to the
// wrong operation, or not at all; 1 when answers do not tell callers what happened; 2 when only the
// form of answers is wrong.
func Gravity(rule string) int {
	switch rule {
	case "in-flight-execution", "error-caching", "stuck-key", "hollow-answer", "divergent-replay",
		"non-linearizable":
		return 1
	case "replay-unmarked", "late-answer":
		return 2
	}
	return 0
}

// violation makes a finding about operations.
func violation(message string, subjects ...*subject) model.Violation {
	v := model.Violation{Message: message, Operations: []string{}}
	listed := make(map[string]bool, len(subjects))
	for _, s := range subjects {
		if !listed[s.ID] {
			v.Operations = append(v.Operations, s.ID)
		}
		listed[s.ID] = true
	}
	return v
}

// withEffects adds what was declared and what was found.
func (s *subject) withEffects(v model.Violation) model.Violation {
	for i, d := range s.Effects {
		v.Expected = append(v.Expected, describeEffect(d)+" once")
		v.Observed = append(v.Observed,
			fmt.Sprintf("%s ×%d", describeEffect(d), len(s.found[i])))
	}
	if s.outcome == model.Fail {
		v.Expected = []string{"no effect"}
	}
	return v
}

// describeEffect names an effect in a line.
func describeEffect(e model.Effect) string {
	out := strings.TrimSpace(e.Kind + " on " + e.Resource)
	if e.Kind == "" {
		out = e.Ledger + " entry on " + e.Resource
	}
	if len(e.Fields) > 0 {
		out += " " + model.Text(e.Fields)
	}
	return out
}
