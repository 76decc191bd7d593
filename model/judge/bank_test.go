package judge

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// bank is a sequential specification written by hand: charges take from an account, transfers move.
type bank struct{}

func (bank) Apply(state model.State, op *model.Operation) (model.State, map[string]any, bool) {
	next := maps.Clone(state)
	amount, _ := op.Args["amount"].(int64)
	add := func(arg string, n int64) int64 {
		name := op.Args[arg].(string) + ".balance"
		balance, _ := next[name].(int64)
		next[name] = balance + n
		return balance + n
	}
	switch op.Type {
	case "charge":
		balance := add("account", -amount)
		return next, map[string]any{"balance": balance}, balance >= 0
	case "transfer":
		left := add("from", -amount)
		add("to", amount)
		return next, nil, left >= 0
	}
	return next, nil, true
}

// promises is the contract of the hand-written histories: the IETF draft's answers.
func promises() *model.Contract {
	yes := true
	t := model.OperationType{
		OK: []int{201}, Refused: []int{402, 404}, Answer: model.AnswerType{Identity: "id"},
		Effects: []model.EffectType{
			{Ledger: "effects", Kind: "charge"},
			{Ledger: "effects", Kind: "receipt", Notification: true},
		},
	}
	move := t
	move.Effects = []model.EffectType{
		{Ledger: "effects", Kind: "debit"}, {Ledger: "effects", Kind: "credit"},
	}
	return &model.Contract{
		Key: model.Key{Header: "Idempotency-Key", Required: &yes, Scope: []string{"tenant", "route"}},
		Promises: model.Promises{
			Missing: []int{400}, Malformed: []int{400}, Mismatch: []int{422}, InFlight: []int{409},
			Transient: []int{429, 503}, Errors: "replayed",
			ReplayMarker: &model.ReplayMarker{Header: "Idempotent-Replayed"}, Retention: value.Duration(24 * 3600e9),
			AfterRetention: "executed",
		},
		Operations: map[string]model.OperationType{"charge": t, "transfer": move},
	}
}

// judged judges a history in the notation.
func judged(t *testing.T, change func(*model.Contract), lines string) verdict.Verdict {
	t.Helper()
	h, err := notation.Parse(lines)
	require.NoError(t, err)
	c := promises()
	if change != nil {
		change(c)
	}
	return Judge(h, c, bank{})
}

// rulesOf lists the broken rules, each once.
func rulesOf(v verdict.Verdict) string {
	var out []string
	for _, found := range v.Violations {
		if len(out) == 0 || out[len(out)-1] != found.Rule {
			out = append(out, found.Rule)
		}
	}
	return strings.Join(out, " ")
}

// oneCharge is a charge that works; most histories below begin with it.
const oneCharge = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
initial alpha/A.balance 100
`

// twoCharges adds a second charge with a key of its own.
const twoCharges = oneCharge + `
op b charge alpha key=k2 mark=m2 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
`

// jsonText writes a value as JSON.
func jsonText(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
