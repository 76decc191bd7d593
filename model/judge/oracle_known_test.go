package judge_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
)

// plainCharges are two charges of one account; the histories below say what became of them.
const plainCharges = `
op a charge t key=k1 mark=m1 {"amount":2,"from":"t/A"}
does a charge t/A {"amount":2}
op b charge t key=k1 mark=m2 {"amount":1,"from":"t/A"}
does b charge t/A {"amount":1}
initial t/A.balance 5
`

// knownHistories are guilty in the way that is said, or innocent.
var knownHistories = map[string]struct{ guilt, lines string }{
	"one execution": {"", `
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"balance":3,"id":"c1"}
4ms return a.1 201 {"balance":3,"id":"c1"}
5ms effect charge t/A key=k1 mark=m1 {"amount":2}
6ms state t/A.balance 3`},
	"two": {"more executions than there may be: a", `
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"balance":3,"id":"c1"}
4ms return a.1 201 {"balance":3,"id":"c1"}
5ms effect charge t/A key=k1 mark=m1 {"amount":2}
5ms effect charge t/A key=k1 mark=m1 {"amount":2}
6ms state t/A.balance 1`},
	"an item that may be either's is the other's": {"", `
1ms invoke a.1
2ms invoke b.1
3ms sent a.1
3ms sent b.1
4ms answered b.1 201 {"balance":4,"id":"c1"}
5ms return b.1 201 {"balance":4,"id":"c1"}
6ms answered a.1 422
7ms return a.1 422
8ms effect charge t/A key=k1 {"amount":1}
9ms state t/A.balance 4`},
	"both payloads of a key": {"another payload under its key: a", `
1ms invoke a.1
2ms invoke b.1
3ms sent a.1
3ms sent b.1
4ms answered b.1 201 {"balance":4,"id":"c1"}
5ms return b.1 201 {"balance":4,"id":"c1"}
6ms answered a.1 201 {"balance":2,"id":"c2"}
7ms return a.1 201 {"balance":2,"id":"c2"}
8ms effect charge t/A key=k1 {"amount":1}
8ms effect charge t/A key=k1 {"amount":2}
9ms state t/A.balance 2`},
	"nobody knows, and it was not executed": {"", `
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms state t/A.balance 5`},
	"a state that nothing explains": {"no order explains answers and state", `
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms state t/A.balance 4`},
	"an answer that no order explains": {"no order explains answers and state", `
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"balance":1,"id":"c1"}
4ms return a.1 201 {"balance":1,"id":"c1"}
5ms effect charge t/A key=k1 mark=m1 {"amount":2}`},
}

func TestTheBruteForceJudgeKnowsGuilt(t *testing.T) {
	required := true
	c := &model.Contract{
		Key: model.Key{Header: "Idempotency-Key", Required: &required},
		Promises: model.Promises{
			Mismatch: []int{422}, InFlight: []int{409}, Transient: []int{503}, Errors: "replayed",
		},
		Operations: map[string]model.OperationType{"charge": {
			OK: []int{201}, Refused: []int{402}, Answer: model.AnswerType{Identity: "id"},
			Effects: []model.EffectType{{Ledger: "effects", Kind: "charge"}},
		}},
	}
	for name, known := range knownHistories {
		h, err := notation.Parse(plainCharges + known.lines)
		require.NoError(t, err)
		require.Equal(t, known.guilt, bruteGuilt(h, c, till{balance: true}), name)
	}
}
