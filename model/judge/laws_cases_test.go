package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// errorsExecuted is the contract under which refusals are not stored.
func errorsExecuted(c *model.Contract) { c.Promises.Errors = "executed" }

// lawCases are the smallest histories that a law once found judged wrong. A correct service
// leaves them all.
func lawCases() []ruleCase {
	return append([]ruleCase{
		{"late-answer near miss: the clock moves again later", "", nil, oneCharge + `
1ms invoke a.1
5ms return a.1 201 {"id":"c1","balance":95}
10ms clock 23h
15ms invoke a.2
16ms return a.2 201 marker {"id":"c1","balance":95}
20ms clock 2h` + settled},
		{"late-answer near miss: a transient answer", "", func(c *model.Contract) {
			c.Promises.AfterRetention, c.Promises.Expired = "refused", []int{410}
		}, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
clock 25h
invoke a.2
return a.2 503
invoke a.3
return a.3 410` + settled},
		{"early-expiry near miss: outside the window, its answer lost", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
clock 25h
invoke a.2
sent a.2
return a.2 timeout
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`},
		{
			"in-flight-execution near miss: the clock moved while the first answer was on its way", "",
			nil, oneCharge + `
1ms invoke a.1
1ms sent a.1
2ms clock 25h
3ms invoke a.2
3ms sent a.2
4ms answered a.2 201 {"id":"c2","balance":90}
4ms return a.2 201 {"id":"c2","balance":90}
5ms answered a.1 201 {"id":"c1","balance":95}
5ms return a.1 201 {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`,
		},
		{"error-caching near miss: the refusal expired", "", nil, oneCharge + `
invoke a.1
return a.1 402
clock 25h
invoke a.2
return a.2 201 {"id":"c1","balance":95}` + settled},
		{"replay-unmarked near miss: refused anew after the window", "", nil, oneCharge + `
invoke a.1
return a.1 402
clock 25h
invoke a.2
return a.2 402
state alpha/A.balance 100`},
		{"phantom-effect near miss: the refusal expired", "", nil, oneCharge + `
invoke a.1
return a.1 402
clock 25h
invoke a.2
sent a.2
return a.2 timeout` + settled},
		{"stuck-key near miss: a refusal is definite", "", errorsExecuted, oneCharge + `
1ms invoke a.1
9ms return a.1 timeout
10ms heal
3s invoke a.2 final
3.1s return a.2 402
state alpha/A.balance 100`},
		{"state-divergence near miss: twice, without a key", "", func(c *model.Contract) {
			optional := false
			c.Key.Required = &optional
		}, `
op a charge alpha style=missing mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
initial alpha/A.balance 100
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 {"id":"c2","balance":90}
effect charge alpha/A mark=m1 {"amount":5}
effect charge alpha/A mark=m1 {"amount":5}
state alpha/A.balance 90`},
		{"duplicate-effect near miss: two effects that look alike", "", nil, `
op a transfer alpha key=k1 {"from":"alpha/A","to":"alpha/B","amount":5}
does a debit alpha/A
does a debit alpha/A
initial alpha/A.balance 100
invoke a.1
return a.1 201 {"id":"c1"}
effect debit alpha/A key=k1
effect debit alpha/A key=k1`},
	}, keyLawCases()...)
}

// nearlyOne is one key under two payloads that leave the same effect.
const nearlyOne = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5,"order":1}
op b charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5,"order":2}
does a charge alpha/A {"amount":5}
does b charge alpha/A {"amount":5}
initial alpha/A.balance 100
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1`

// keyLawCases are those of one key under two payloads.
func keyLawCases() []ruleCase {
	return []ruleCase{
		{"payload-mismatch near miss: the key expired", "", nil, mismatch + `
clock 25h
invoke b.1
return b.1 201 {"id":"c2","balance":88}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 88`},
		{"over-deduplication near miss: the key expired and went to another", "", nil, mismatch + `
clock 25h
invoke b.1
return b.1 201 {"id":"c2","balance":88}
invoke a.2
return a.2 422
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 88`},
		{"payload-mismatch near miss: the first refusal was not stored", "", errorsExecuted, oneCharge + `
op b charge alpha key=k1 mark=m2 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
invoke a.1
return a.1 402
invoke b.1
return b.1 201 {"id":"c2","balance":93}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 93`},
		{
			"phantom-effect: under a key that another was refused for", "phantom-effect",
			errorsExecuted, oneCharge + `
op b charge alpha key=k1 mark=m2 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
invoke a.1
return a.1 402
invoke b.1
return b.1 402
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 93`,
		},
		{"duplicate-effect: not of the payload that was refused", "duplicate-effect", nil, nearlyOne + `
return b.1 422
invoke b.2
return b.2 409
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
state alpha/A.balance 90`},
		{"payload-mismatch: both payloads executed", "payload-mismatch", nil, nearlyOne + `
return b.1 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
state alpha/A.balance 90`},
		{"payload-mismatch near miss: nearly one payload, refused", "", nil, nearlyOne + `
return b.1 422
effect charge alpha/A key=k1 mark=m1 {"amount":5}
state alpha/A.balance 95`},
		{"payload-mismatch: a third payload", "payload-mismatch", nil, mismatch + `
op c charge alpha key=k1 mark=m3 {"account":"alpha/A","amount":9}
does c charge alpha/A {"amount":9}
invoke b.1
return b.1 422
invoke c.1
return c.1 201 marker {"id":"c1","balance":95}` + settled},
	}
}

// A history that was cut or edited by hand is judged, however little it says.
func TestHistoriesWithHolesAreJudged(t *testing.T) {
	for name, lines := range map[string]string{
		"no invocation": "sent a.1\nanswered a.1 201\nsent a.2\nanswered a.2 201\n" +
			"effect charge alpha/A key=k1 {\"amount\":5}\neffect charge alpha/A key=k1 {\"amount\":5}",
		"no name": "unreadable",
	} {
		require.NotPanics(t, func() { judged(t, nil, oneCharge+lines) }, name)
	}
}
