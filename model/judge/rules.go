package judge

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// Rule is one way in which a history can be wrong.
type Rule struct {
	// ID is its identifier, such as "duplicate-effect".
	ID string `json:"name"`
	// Catches says in half a sentence when it is violated.
	Catches string        `json:"catches"`
	Level   verdict.Level `json:"level"`
	// check finds where a history breaks it; nil for the rules that the search for an order applies.
	check   func(*view) []verdict.Violation
	gravity gravity
	about   about
	// spoilsState: the operations that break it changed the state wrongly for the same cause, so that
	// their state is not judged again.
	spoilsState bool
	// settles: what is missing may still come while anything is at work or effects take time to
	// appear, so that a violation depends on timing (see Violation.Timed).
	settles bool
	// again: how it has to do with an operation that is executed again.
	again again
	// inVain: it says that repeats went on for long, and came to nothing.
	inVain bool
}

// gravity is what is at stake when a rule is broken.
type gravity int

const (
	_ gravity = iota
	// happenedWrongly: something happened twice, or to the wrong operation, or not at all.
	happenedWrongly
	// answersMislead: answers do not tell callers what happened.
	answersMislead
	// onlyForm: only the form of answers is wrong.
	onlyForm
)

// about is what a rule speaks of.
type about int

const (
	_ about = iota
	// effects: what was done, so that who retries does harm.
	effects
	// answers: what callers are told.
	answers
	// form: how it is told.
	form
)

// again is how a rule has to do with an operation that is executed again; zero means not at all.
type again int

const (
	_ again = iota
	// executesAgain: it says so.
	executesAgain
	// followsFromThat: it is broken, too, where that happens, because the answer is then no replay of
	// the first, or even a refusal of what happened.
	followsFromThat
)

// Rules lists the rules an HTTP endpoint alone can break, by priority: when one mistake
// breaks several, the first is the one to look at. Rules that need a downstream, a broker or a
// client under test come with their observers.
func Rules() []Rule { return slices.Clone(rules) }

// rules is the one place that says what a rule is like: every trait is a column.
var rules = slices.Concat(identityRules, effectRules, answerRules)

// identityRules are broken when the service does not know which operation it has before it.
var identityRules = []Rule{
	{
		ID: "key-ignored", Catches: "a repeat without any fault executes again",
		Level: verdict.LevelViolation, check: keyIgnored,
		gravity: happenedWrongly, about: effects, spoilsState: true, again: executesAgain,
	},
	{
		ID: "side-effect-of-replay", Catches: "a replay notifies again",
		Level: verdict.LevelViolation, check: replaySideEffect,
		gravity: happenedWrongly, about: effects, spoilsState: true, again: executesAgain,
	},
	{
		ID: "key-required", Catches: "a missing or malformed key is accepted",
		Level: verdict.LevelViolation, check: keyRequired,
		gravity: happenedWrongly, about: answers, spoilsState: true,
	},
	{
		ID: "foreign-replay", Catches: "an answer carries what belongs to another key, tenant or route",
		Level: verdict.LevelViolation, check: foreignReplay,
		gravity: happenedWrongly, about: answers, spoilsState: true,
	},
	{
		ID:      "over-deduplication",
		Catches: "a new operation is answered with, or refused for, an earlier one",
		Level:   verdict.LevelViolation, check: overDeduplication,
		gravity: happenedWrongly, about: answers, spoilsState: true,
	},
	{
		ID: "payload-mismatch", Catches: "a key with another payload is executed or replayed",
		Level: verdict.LevelViolation, check: payloadMismatch,
		gravity: happenedWrongly, about: answers, spoilsState: true,
	},
	{
		ID: "conflict-leak", Catches: "a refusal shows another operation's stored answer",
		Level: verdict.LevelViolation, check: conflictLeak,
		gravity: happenedWrongly, about: answers, spoilsState: true,
	},
	{
		ID:      "early-expiry",
		Catches: "a repeat inside the retention window executes again, or is refused as late",
		Level:   verdict.LevelViolation, check: earlyExpiry,
		gravity: happenedWrongly, about: answers, spoilsState: true, again: executesAgain,
	},
}

// effectRules count effects.
var effectRules = []Rule{
	{
		ID: "duplicate-effect", Catches: "an operation's effect happened more than once",
		Level: verdict.LevelViolation, check: duplicateEffect,
		gravity: happenedWrongly, about: effects, spoilsState: true, again: executesAgain,
	},
	{
		ID:      "in-flight-execution",
		Catches: "two attempts that were at the service together both executed",
		Level:   verdict.LevelViolation, check: inFlightExecution,
		gravity: answersMislead, about: effects, spoilsState: true, again: executesAgain,
	},
	{
		ID: "orphan-effect", Catches: "an effect belongs to no operation that was sent",
		Level: verdict.LevelViolation, check: orphanEffect,
		gravity: happenedWrongly, about: effects, spoilsState: true,
	},
	{
		ID: "partial-effect", Catches: "some of an operation's effects happened and others did not",
		Level: verdict.LevelViolation, check: partialEffect,
		gravity: happenedWrongly, about: effects, spoilsState: true, settles: true,
	},
	{
		ID: "lost-effect", Catches: "an operation was acknowledged and an effect is missing",
		Level: verdict.LevelViolation, check: lostEffect,
		gravity: happenedWrongly, about: effects, spoilsState: true, settles: true,
	},
	{
		ID: "phantom-effect", Catches: "an operation was refused on every attempt and has an effect",
		Level: verdict.LevelViolation, check: phantomEffect,
		gravity: happenedWrongly, about: effects, spoilsState: true, again: followsFromThat,
	},
}

// answerRules look at answers, at how they fit together, and at the final state.
var answerRules = []Rule{
	{
		ID:      "error-caching",
		Catches: "a transient answer is replayed for ever, or a stored one executed again",
		Level:   verdict.LevelViolation, check: errorCaching,
		gravity: answersMislead, about: answers, spoilsState: true, again: followsFromThat,
		inVain: true,
	},
	{
		ID: "stuck-key", Catches: "after everything healed a retry or a repeat gets no definite answer",
		Level: verdict.LevelViolation, check: stuckKey,
		gravity: answersMislead, about: answers, spoilsState: true, inVain: true,
	},
	{
		ID:      "hollow-answer",
		Catches: "an acknowledged answer is empty or names something that does not exist",
		Level:   verdict.LevelViolation, check: hollowAnswer,
		gravity: answersMislead, about: answers,
	},
	{
		ID:      "divergent-replay",
		Catches: "answers to one operation differ, or a repeat gets none that is declared",
		Level:   verdict.LevelViolation, check: divergentReplay, gravity: answersMislead, about: answers,
		again: followsFromThat,
	},
	{
		ID:      "replay-unmarked",
		Catches: "the replay marker is missing on a replay or present on a first answer",
		Level:   verdict.LevelViolation, check: replayUnmarked, gravity: onlyForm, about: form,
		again: followsFromThat,
	},
	{
		ID: "late-answer", Catches: "after the retention window the answer is not the declared one",
		Level: verdict.LevelViolation, check: lateAnswer,
		gravity: onlyForm, about: form, spoilsState: true, again: followsFromThat,
	},
	{
		ID: "state-divergence", Catches: "no single execution explains the final state",
		Level: verdict.LevelViolation, gravity: happenedWrongly,
		about: effects, spoilsState: true, settles: true, again: followsFromThat,
	},
	{
		ID: "non-linearizable", Catches: "answers contradict the real-time order of operations",
		Level: verdict.LevelViolation, gravity: answersMislead, about: answers, spoilsState: true,
	},
}

// rank is the place of a rule in [Rules].
func rank(rule string) int {
	return slices.IndexFunc(rules, func(r Rule) bool { return r.ID == rule })
}

// CompareRules orders rules as [Rules] lists them.
func CompareRules(a, b string) int { return cmp.Compare(rank(a), rank(b)) }

// RuleOf is the row of a rule; there is none of another name, which counts as grave.
func RuleOf(rule string) Rule {
	if i := rank(rule); i >= 0 {
		return rules[i]
	}
	return Rule{gravity: happenedWrongly}
}

// Gravity says what is at stake when the rule is broken: 0 when something happened twice, or to the
// wrong operation, or not at all; 1 when answers do not tell callers what happened; 2 when only the
// form of answers is wrong.
func (r Rule) Gravity() int { return int(r.gravity - happenedWrongly) }

// Harms reports whether the rule speaks of what was done, so that who retries does harm.
func (r Rule) Harms() bool { return r.about == effects }

// ExecutesAgain reports whether the rule says that an operation was executed again.
func (r Rule) ExecutesAgain() bool { return r.again == executesAgain }

// FollowsExecutingAgain reports whether the rule is broken where an operation is executed again.
func (r Rule) FollowsExecutingAgain() bool { return r.again != 0 }

// InVain reports whether the rule says that repeats went on for long, and came to nothing.
func (r Rule) InVain() bool { return r.inVain }
