package declare

import "strings"

// row says of a rule which lines of a contract may declare what breaks it, and which line to look
// at where none does, because it may not describe the service.
type row struct {
	rule string
	// ways are in the order in which their lines are proposed: the narrowest first.
	ways []way
	near near
}

// near is the name of lines; TYPE stands for the type of the operation.
type near string

// of fills in the type.
func (n near) of(p *place) string {
	typ := p.typ()
	if typ == "" {
		typ = "*"
	}
	return strings.ReplaceAll(string(n), "TYPE", typ)
}

// What to look at where a contract may be wrong about the service.
const (
	keyHeader near = "key.header"
	effects   near = "operations.TYPE.effects and the ledgers"
	nothing   near = ""
)

// again lists what allows that an operation is executed again after a failure.
var again = []way{executedAgain}

// table has a row for each rule, in their order.
var table = []row{
	{"key-ignored", again, keyHeader},
	{"side-effect-of-replay", nil, effects},
	{
		"key-required",
		[]way{emptyIsNone, tooLong.none(), malformed.none(), optional},
		nothing,
	},
	{"foreign-replay", append([]way{scopes}, mismatch("replayed")), nothing},
	{
		"over-deduplication",
		[]way{
			sameBody.with(400, 499), scopes, mismatch("replayed"), refuses, taken.without(),
		},
		keyHeader,
	},
	{
		"payload-mismatch",
		[]way{mismatch("replayed"), mismatch("executed"), scopes, optional},
		keyHeader,
	},
	{"conflict-leak", nil, "operations.TYPE.answer.identity"},
	{"early-expiry", []way{forgets, expired.without(), executedAgain}, nothing},
	{"duplicate-effect", again, effects},
	{"in-flight-execution", again, effects},
	{"orphan-effect", nil, "the ledgers"},
	{"partial-effect", again, effects},
	{"lost-effect", []way{refusesLess}, "promises.settle, operations.TYPE.effects and the ledgers"},
	{"phantom-effect", []way{refusesLess, taken.without()}, effects},
	{
		"error-caching",
		[]way{
			ignoresFields, failures("replayed"), executedAgain, refusals("executed"),
			refuses, refusesLess, replay("same-status"), replay("current-state"), recovers,
		},
		"operations.TYPE.refused",
	},
	{
		"stuck-key",
		[]way{
			refuses, done.with(200, 499), failures("replayed"), inFlight.without(), recovers,
		},
		"promises.recovery",
	},
	{
		"hollow-answer",
		[]way{replay("acknowledgement"), nameless},
		"promises.replay and operations.TYPE.answer",
	},
	{
		"divergent-replay",
		[]way{
			ignoresFields, ignoresHeaders, inFlight.with(202, 202), inFlight.with(400, 599),
			transient.with(429, 599), refuses, succeeds, replay("same-status"), done.with(200, 499),
			replay("current-state"), replay("acknowledgement"), executedAgain,
			refusals("executed"), refusesLess, mismatch("executed"), expired.with(400, 499),
		},
		"promises.replay and operations.TYPE.answer.identity",
	},
	{"replay-unmarked", []way{unmarked}, nothing},
	{
		"late-answer",
		[]way{expired.with(400, 499), after("executed"), keeps},
		"promises.after_retention",
	},
	{"state-divergence", again, "operations.TYPE.then and resources"},
	{"non-linearizable", again, "operations.TYPE.answer.fields and operations.TYPE.then"},
}

// rowOf is the row of a rule; a rule without one has no line.
func rowOf(rule string) row {
	for _, r := range table {
		if r.rule == rule {
			return r
		}
	}
	return row{rule: rule}
}
