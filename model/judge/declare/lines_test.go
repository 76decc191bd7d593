package declare

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// takes is a specification by which a charge takes its amount from an account.
type takes struct{}

func (takes) Apply(s model.State, op *model.Operation) (model.State, map[string]any, bool) {
	next := maps.Clone(s)
	name := op.Args["account"].(string) + ".balance"
	left := s[name].(int64) - op.Args["amount"].(int64)
	next[name] = left
	return next, map[string]any{"balance": left}, left >= 0
}

func promised() *model.Contract {
	yes := true
	return &model.Contract{
		Key: model.Key{Header: "Idempotency-Key", Required: &yes, Scope: []string{"tenant", "route"}},
		Promises: model.Promises{
			Missing: []int{400}, Malformed: []int{400}, Mismatch: []int{422}, InFlight: []int{409},
			Transient: []int{503}, Errors: "replayed", Retention: value.Duration(24 * time.Hour),
			ReplayMarker: &model.ReplayMarker{Header: "Idempotent-Replayed"}, AfterRetention: "executed",
		},
		Operations: map[string]model.OperationType{"charge": {
			OK: []int{201}, Refused: []int{402, 404}, Answer: model.AnswerType{Identity: "id"},
			Effects: []model.EffectType{{Ledger: "effects", Kind: "charge"}},
		}},
	}
}

const (
	charge = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
initial alpha/A.balance 100
`
	charged = charge + `invoke a.1
return a.1 201 {"id":"c1","balance":95}
`
	settled = `
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`
	twice = `
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`
	other = `
op b charge alpha key=k1 mark=m2 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
`
)

// TestTheLineThatDeclaresWhatWasSeen has a history for a rule, and the narrowest line by which it is right,
// or what is said where there is none.
func TestTheLineThatDeclaresWhatWasSeen(t *testing.T) {
	for name, tt := range map[string]struct {
		rule, lines string
		line, none  string
	}{
		"a replay without its marker": {
			"replay-unmarked", charged + "invoke a.2\n" + `return a.2 201 {"id":"c1","balance":95}` + settled,
			`promises.marker: {header: ""}`, "",
		},
		"a field that differs in the replay": {
			"divergent-replay", charged + "invoke a.2\n" +
				`return a.2 201 marker {"id":"c1","balance":95,"at":7}` + settled,
			"promises.replay_ignore: [at]", "",
		},
		"another status of a replay": {
			"divergent-replay", charged + "invoke a.2\nreturn a.2 425\ninvoke a.3\n" +
				`return a.3 201 marker {"id":"c1","balance":95}` + settled,
			"promises.in_flight: [409, 425]", "",
		},
		"a plain repeat that executes": {
			"key-ignored", charged + "invoke a.2\n" + `return a.2 201 {"id":"c2","balance":90}` + twice,
			"", "no line of a contract allows this; if the contract is wrong about the service, look at key.header",
		},
		"a failure that is executed again": {
			"duplicate-effect", charge + "invoke a.1\nreturn a.1 500\ninvoke a.2\n" +
				`return a.2 201 {"id":"c2","balance":90}` + twice,
			"promises.failures: executed", "",
		},
		"an effect of nobody": {
			"orphan-effect", charged + settled + "\neffect charge alpha/A key=k9\n",
			"", "no line of a contract allows this; if the contract is wrong about the service, look at the ledgers",
		},
		"a missing effect": {
			"lost-effect", charged + "state alpha/A.balance 95",
			"", "look at promises.settle, operations.charge.effects and the ledgers",
		},
		"a key that may be missing": {
			"key-required", strings.Replace(charged, "key=k1 ", "style=missing ", 1) +
				"effect charge alpha/A mark=m1 {\"amount\":5}\nstate alpha/A.balance 95",
			"key.required: false", "",
		},
		"another payload that is replayed": {
			"payload-mismatch", charged + other + `invoke b.1
return b.1 201 marker {"id":"c1","balance":95}` + settled,
			"promises.mismatch_answer: replayed", "",
		},
		"another payload that is executed": {
			"payload-mismatch", charged + other + `invoke b.1
return b.1 201 {"id":"c2","balance":88}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 88`,
			"promises.mismatch_answer: executed", "",
		},
		"a key that is forgotten early": {
			"early-expiry", charged + `13h0m0s invoke a.2
13h0m1s return a.2 201 {"id":"c2","balance":90}` + twice,
			"promises.retention: 12h", "",
		},
		"a key that is remembered for longer": {
			"late-answer", charged + `25h0m0s invoke a.2
25h0m1s return a.2 201 marker {"id":"c1","balance":95}` + settled,
			"promises.retention: 26h", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := notation.Parse(tt.lines)
			require.NoError(t, err)
			c := promised()
			v := judge.Judge(h, c, takes{})
			shared := v.Violations
			Lines(&v, h, c, takes{})
			var found *verdict.Violation
			for i := range v.Violations {
				require.Empty(t, shared[i].Line+shared[i].NoLine, "what others hold stays as it was")
				if v.Violations[i].Rule == tt.rule {
					found = &v.Violations[i]
				}
			}
			require.NotNil(t, found, "%+v", v)
			require.Equal(t, tt.line, found.Line, found.Message)
			require.Contains(t, found.NoLine, tt.none)
			require.Equal(t, promised(), c, "the contract stays as it was")
		})
	}
}

func TestViolationsAreTheSameByRuleAndOperation(t *testing.T) {
	of := func(rule string, ids ...string) *verdict.Violation {
		return &verdict.Violation{Rule: rule, Operations: ids}
	}
	for _, tt := range []struct {
		a, b *verdict.Violation
		want bool
	}{
		{of("r", "a", "b"), of("r", "b", "c"), true},
		{of("r", "a"), of("r", "b"), false},
		{of("r", "a"), of("s", "a"), false},
		{of("r"), of("r"), true},
		{of("r"), of("r", "a"), false},
	} {
		require.Equal(t, tt.want, Same(tt.a, tt.b))
		require.Equal(t, tt.want, Same(tt.b, tt.a))
	}
}

func TestListsAreQuotedAsContractsDo(t *testing.T) {
	require.Equal(t, `[a, "b c", "d\"e", "f:"]`, quoted([]string{"a", "b c", `d"e`, "f:"}))
	require.Equal(t, "[]", quoted(nil))
	require.Equal(t, "[409, 425]", numbers([]int{409, 425}))
}
