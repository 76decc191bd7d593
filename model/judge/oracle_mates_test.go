package judge_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/notation"
)

// oneKeyTwice are two payloads of a key, one of which another key has as well. Answers name nothing
// but the correlation ID of what they speak of.
const oneKeyTwice = `
op a charge u key=k1 mark=m1 {"amount":1,"from":"u/B"}
does a charge u/B
op b charge u client=1 key=k2 mark=m1 {"amount":1,"from":"u/B"}
does b charge u/B
op c charge u client=2 key=k2 mark=m3 {"amount":3,"from":"u/B"}
does c charge u/B
initial u/B.balance 5`

const (
	// cThenB is the first answer to c, and then b.
	cThenB = `
7ms invoke c.1
7ms sent c.1
9ms answered c.1 201 {"balance":2,"note":"m3"}
9ms return c.1 201 {"balance":2,"note":"m3"}
10ms invoke b.1
10ms sent b.1
12ms answered b.1 201 {"balance":1,"note":"m1"}
12ms return b.1 201 {"balance":1,"note":"m1"}`
	// cAgain shows c what b was shown.
	cAgain = `
20ms invoke c.2
20ms sent c.2
22ms answered c.2 201 {"balance":1,"note":"m1"}
22ms return c.2 201 {"balance":1,"note":"m1"}`
	// aLast shows a what it did.
	aLast = `
55ms invoke a.1
57ms return a.1 201 {"balance":0,"note":"m1"}`
	bothOfK2 = `
107ms effect charge u/B key=k2 mark=m1
107ms effect charge u/B key=k2 mark=m3`
	allThree = bothOfK2 + `
107ms effect charge u/B key=k1 mark=m1`
)

const (
	// lateOfBoth: c was shown what the two others were shown long after.
	lateOfBoth = `
6ms invoke c.1
7ms sent c.1
14ms return c.1 timeout
15ms answered c.1 201 {"balance":0,"note":"m1"}
36ms heal` + aLast + `
64ms invoke b.2 final
66ms return b.2 201 {"balance":0,"note":"m1"}` + allThree
	// laterOfA: c, asked again after b, was shown what a was shown.
	laterOfA = cThenB + aLast + `
64ms invoke c.2
66ms return c.2 201 {"balance":0,"note":"m1"}` + allThree
)

// mateHistories are of contracts that execute a used key with another payload, or refuse it.
var mateHistories = map[string]struct {
	guilt, rules, mismatch, replay, lines string
}{
	"what another key got, before the other payload came": {
		"another payload under its key: b", "payload-mismatch", "executed", "current-state", lateOfBoth,
	},
	"what the other payload was shown, before it came": {
		"another payload under its key: b", "payload-mismatch", "executed", "current-state", `
6ms invoke c.1
7ms sent c.1
15ms answered c.1 201 {"balance":0,"note":"m1"}
15ms return c.1 201 {"balance":0,"note":"m1"}
64ms invoke b.2
66ms return b.2 201 {"balance":0,"note":"m1"}` + bothOfK2,
	},
	"what the other payload was shown, and neither was the first": {
		"another payload under its key: b", "payload-mismatch", "executed", "current-state", `
op d charge u client=3 key=k2 mark=m4 {"amount":0,"from":"u/B"}
does d charge u/B
1ms invoke d.1
2ms return d.1 201 {"balance":5,"note":"m4"}
7ms invoke c.1
15ms return c.1 201 {"balance":1,"note":"m1"}
64ms invoke b.1
66ms return b.1 201 {"balance":1,"note":"m1"}` + bothOfK2 + `
107ms effect charge u/B key=k2 mark=m4`,
	},
	"the other payload's bytes, where those of the first answer are promised": {
		"answers differ: c", "divergent-replay", "executed", "",
		cThenB + cAgain + bothOfK2,
	},
	"what the key names, as the other payload left it": {
		"", "", "executed", "current-state", cThenB + cAgain + bothOfK2,
	},
	"the same, and another key shows it too": {"", "", "executed", "current-state", laterOfA},
	"the same, and the other payload left nothing": {
		"acknowledged and nothing there: b", "payload-mismatch lost-effect", "executed", "current-state",
		cThenB + cAgain + `
107ms effect charge u/B key=k2 mark=m3`,
	},
	"the same, where a used key is to be refused": {
		"another payload under its key: b", "payload-mismatch", "", "current-state",
		cThenB + cAgain + bothOfK2,
	},
}

func TestBothJudgesKnowWhatAMateWasShown(t *testing.T) {
	required := true
	for name, known := range mateHistories {
		c := &model.Contract{
			Key: model.Key{Header: "Idempotency-Key", Required: &required},
			Promises: model.Promises{
				Mismatch: []int{422}, MismatchAnswer: known.mismatch, Replay: known.replay,
				Errors: "replayed",
			},
			Operations: map[string]model.OperationType{"charge": {
				OK: []int{201}, Effects: []model.EffectType{{Ledger: "effects", Kind: "charge"}},
			}},
		}
		t.Run(name, func(t *testing.T) {
			h, err := notation.Parse(oneKeyTwice + known.lines)
			require.NoError(t, err)
			require.Equal(t, known.guilt, bruteGuilt(h, c, till{}))
			var rules []string
			for _, found := range judge.Judge(h, c, till{}).Violations {
				rules = append(rules, found.Rule)
			}
			require.Equal(t, known.rules, strings.Join(rules, " "))
		})
	}
}
