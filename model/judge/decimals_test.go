package judge

import (
	"maps"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/decimal"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/value"
)

// till is a sequential specification that computes with cents, as a contract with decimals does.
type till struct{}

func (till) Apply(state model.State, op *model.Operation) (model.State, map[string]any, bool) {
	next := maps.Clone(state)
	name := op.Args["account"].(string) + ".balance"
	had, _ := value.Rational(next[name])
	amount, ok := decimal.Parse(op.Args["amount"].(string))
	if had == nil || !ok {
		return next, nil, false
	}
	left, err := decimal.Of(new(big.Rat).Sub(had, amount))
	next[name] = left
	return next, map[string]any{"balance": left}, err == nil && new(big.Rat).Sub(had, amount).Sign() >= 0
}

// TestDecimalsAreComparedAsNumbers in effects, answers and state, however they are written, and a
// cent is seen.
func TestDecimalsAreComparedAsNumbers(t *testing.T) {
	for name, tt := range map[string]struct{ item, answer, state, broken string }{
		"as text":             {`"4.50"`, `"95.50"`, `"95.50"`, ""},
		"with fewer digits":   {`"4.5"`, `"95.5"`, `"95.500"`, ""},
		"as numbers":          {`4.5`, `95.5`, `95.5`, ""},
		"an item of a cent":   {`"4.51"`, `"95.50"`, `"95.50"`, "orphan-effect lost-effect"},
		"an answer of a cent": {`"4.50"`, `"95.49"`, `"95.50"`, "non-linearizable"},
		"a state of a cent":   {`"4.50"`, `"95.50"`, `"95.49"`, "state-divergence"},
		"twice": {
			`"4.50"}` + "\n" + `effect charge alpha/A key=k1 {"amount":"4.5"`, `"95.50"`, `"91.00"`,
			"duplicate-effect",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := notation.Parse(`
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":"4.50"}
does a charge alpha/A {"amount":"4.50"}
initial alpha/A.balance "100.00"
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"id":"c1","balance":` + tt.answer + `}
4ms return a.1 201 {"id":"c1","balance":` + tt.answer + `}
10ms heal
effect charge alpha/A key=k1 {"amount":` + tt.item + `}
state alpha/A.balance ` + tt.state)
			require.NoError(t, err)
			h.Operations[0].Effects[0].Fields["amount"] = decimal.Exact("4.50")
			require.Equal(t, tt.broken, rulesOf(Judge(h, promises(), till{})))
		})
	}
}
