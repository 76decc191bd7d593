package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// done is the contract of a service that says that it was done before, and shows no answer again.
func done(c *model.Contract) { c.Promises.Done = []int{410} }

// all409 is the contract of a service that has one answer to everything about keys.
func all409(c *model.Contract) {
	c.Promises.Done, c.Promises.InFlight, c.Promises.Mismatch = []int{409}, []int{409}, []int{409}
	c.Promises.ReplayMarker = nil
}

// expiredRefused is the contract of a service that refuses a key after its retention.
func expiredRefused(c *model.Contract) {
	c.Promises.AfterRetention, c.Promises.Expired = "refused", []int{410}
}

// doneCases are those of repeats that are told that the operation was done.
func doneCases() []ruleCase {
	return []ruleCase{
		{"done near miss: a repeat is told so", "", done, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 410 {"title":"already done"}` + settled},
		{"done near miss: it is all that the client hears", "", done, oneCharge + `
invoke a.1
sent a.1
return a.1 timeout
10ms heal
11ms invoke a.2 final
12ms return a.2 410 {"title":"already done"}
3s invoke a.3 final
3.1s return a.3 410 {"title":"already done"}` + settled},
		{"lost-effect: said to be done and it was not", "lost-effect", done, oneCharge + `
invoke a.1
return a.1 timeout
invoke a.2
return a.2 410
state alpha/A.balance 100`},
		{"lost-effect: a new operation is said to be done", "lost-effect", done, twoCharges + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 410` + settled},
		{"duplicate-effect: said to be done, and done again", "duplicate-effect", done, oneCharge + `
invoke a.1
sent a.1
return a.1 timeout
invoke a.2
return a.2 410
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`},
		{"partial-effect: said to be done, and half of it was", "partial-effect", done, `
op a transfer alpha key=k1 {"from":"alpha/A","to":"alpha/B","amount":5}
does a debit alpha/A
does a credit alpha/B
initial alpha/A.balance 100
invoke a.1
return a.1 timeout
invoke a.2
return a.2 410
effect debit alpha/A key=k1`},
		{
			"divergent-replay: two answers beside the word that it was done", "divergent-replay", done,
			oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 410
invoke a.3
return a.3 201 marker {"id":"c1","balance":90}` + settled,
		},
		{"late-answer: done, and the key had expired", "late-answer", done, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
clock 25h
invoke a.2
return a.2 410` + settled},
		{"stuck-key: 410 is not declared", "stuck-key", nil, oneCharge + `
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms heal
3s invoke a.2 final
3.1s return a.2 410` + settled},
	}
}

// Whoever forgot to declare that keys are needed is told so, and not of a reused key.
func TestWhatIsRefusedForHavingNoKeyIsToldApart(t *testing.T) {
	for _, c := range keylessCases() {
		if c.name != "over-deduplication: refused for having no key" {
			continue
		}
		v := judged(t, c.change, c.lines)
		require.Equal(t, "operation a has no key and was refused with 422; "+
			"a service that needs keys declares `key: {required: true}`", v.Violations[0].Message)
		return
	}
	t.Fatal("the case is gone")
}

// keylessCases are those of operations without a key, which none is needed for.
func keylessCases() []ruleCase {
	const twice = `
op a charge alpha style=missing mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
op b charge alpha style=missing mark=m1 {"account":"alpha/A","amount":5}
does b charge alpha/A {"amount":5}
initial alpha/A.balance 100
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
`
	optional := func(c *model.Contract) { c.Key.Required = new(false) }
	return []ruleCase{
		{
			"over-deduplication: without a key, taken for a repeat", "over-deduplication lost-effect",
			optional, twice + `return b.1 201 {"id":"c1","balance":95}
effect charge alpha/A mark=m1 {"amount":5}
state alpha/A.balance 95`,
		},
		{"over-deduplication: refused for having no key", "over-deduplication", optional, `
op a charge alpha style=missing mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
initial alpha/A.balance 100
invoke a.1
return a.1 422
state alpha/A.balance 100`},
		{"lost-effect: without a key", "lost-effect", optional, twice +
			`return b.1 201 {"id":"c2","balance":90}
effect charge alpha/A mark=m1 {"amount":5}
state alpha/A.balance 95`},
		{"over-deduplication near miss: each executed", "", optional, twice +
			`return b.1 201 {"id":"c2","balance":90}
effect charge alpha/A mark=m1 {"amount":5}
effect charge alpha/A mark=m1 {"amount":5}
state alpha/A.balance 90`},
	}
}

// sameBodyCases are those of a contract that refuses a payload that came before under another key.
func sameBodyCases() []ruleCase {
	const twins = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
op b charge alpha key=k2 mark=m1 {"account":"alpha/A","amount":5}
does b charge alpha/A {"amount":5}
initial alpha/A.balance 100
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 410`
	refused := func(c *model.Contract) { c.Promises.SameBody = []int{410} }
	return []ruleCase{
		{"over-deduplication near miss: refused as declared", "", refused, twins + settled},
		{"phantom-effect: refused for its payload, and executed", "phantom-effect", refused, twins + `
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k2 mark=m1 {"amount":5}
state alpha/A.balance 90`},
		{"over-deduplication: nobody had sent that", "over-deduplication", refused, twoCharges + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 410` + settled},
		{"payload-mismatch: another payload, as ever", "payload-mismatch", refused, mismatch + `
invoke b.1
return b.1 201 marker {"id":"c1","balance":95}` + settled},
	}
}

// slowCases are those of a service that takes longer than its clients wait.
func slowCases() []ruleCase {
	const late = oneCharge + `
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms heal
11ms invoke a.2 final
12ms sent a.2
3s return a.2 timeout
3s invoke a.3 final
3s sent a.3
3.001s answered a.3 409
3.001s return a.3 409`
	return []ruleCase{
		{"stuck-key near miss: slow, and then refused", "", errorsExecuted, late + `
3.1s answered a.2 402
state alpha/A.balance 100`},
		{"stuck-key: slow, given up, and never done", "stuck-key", errorsExecuted, strings.NewReplacer(
			"9ms return a.1", "8ms answered a.1 closed\n9ms return a.1",
			"3s return a.2", "900ms answered a.2 closed\n3s return a.2").Replace(late) + `
state alpha/A.balance 100`},
	}
}

// TestWorkThatGoesOnExcusesInFlight: whoever saw no end of a request cannot say that its key is
// stuck.
func TestWorkThatGoesOnExcusesInFlight(t *testing.T) {
	v := judged(t, nil, oneCharge+`
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms heal
3s invoke a.2 final
3s sent a.2
3.1s answered a.2 409
3.1s return a.2 409
state alpha/A.balance 100`)
	require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "other requests were at work")
}

// TestRefusedCredentialsAreNoStuckKey: a session that has expired says nothing of a key.
func TestRefusedCredentialsAreNoStuckKey(t *testing.T) {
	v := judged(t, nil, oneCharge+`
1ms invoke a.1
9ms return a.1 timeout
10ms heal
3s invoke a.2 final
3.1s return a.2 401
state alpha/A.balance 100`)
	require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "credentials are refused")
}

// ambiguousCases are those of one status that means several things.
func ambiguousCases() []ruleCase {
	return []ruleCase{
		{"stuck-key near miss: 409 for good, and it was done", "", all409, oneCharge + `
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms heal
3s invoke a.2 final
3.1s return a.2 409` + settled},
		{"stuck-key: 409 for good, and it was not", "stuck-key", all409, oneCharge + `
1ms invoke a.1
2ms sent a.1
8ms answered a.1 closed
9ms return a.1 timeout
10ms heal
3s invoke a.2 final
3.1s return a.2 409
state alpha/A.balance 100`},
		{"stuck-key near miss: 409 for good, for the key is another's", "", all409, mismatch + `
3ms invoke b.1
4ms return b.1 409
10ms heal
3s invoke b.2 final
3.1s return b.2 409` + settled},
		{"payload-mismatch: it was executed", "payload-mismatch", all409, mismatch + `
invoke b.1
return b.1 409
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 88`},
		{"in-flight-execution near miss: done or another payload, side by side", "", func(c *model.Contract) {
			all409(c)
			c.Promises.InFlight = []int{503}
		}, oneCharge + `
1ms invoke a.1
1ms invoke a.2
2ms sent a.1
2ms sent a.2
5ms answered a.1 201 {"id":"c1","balance":95}
6ms answered a.2 409
7ms return a.1 201 {"id":"c1","balance":95}
7ms return a.2 409` + settled},
	}
}

// expiryCases are those of keys that are refused when they expired, or should not be.
func expiryCases() []ruleCase {
	return []ruleCase{
		{"early-expiry: refused inside the window", "early-expiry", expiredRefused, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
23h invoke a.2
return a.2 410` + settled},
		{"early-expiry near miss: refused at the very edge", "", expiredRefused, oneCharge + `
1ms invoke a.1
5ms return a.1 201 {"id":"c1","balance":95}
24h invoke a.2
24h0m0.002s return a.2 410` + settled},
		{"late-answer: refused where it was to be executed", "late-answer", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 410` + settled},
		{"late-answer near miss: refused for lack of funds", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 402` + settled},
		{"late-answer near miss: half a request was refused", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
25h sent a.2 incomplete
25h answered a.2 400
25h return a.2 reset` + settled},
		{"early-expiry near miss: it expired while the request was on its way", "", nil, oneCharge + `
1ms invoke a.1
2ms sent a.1
5ms answered a.1 201 {"id":"c1","balance":95}
6ms return a.1 201 {"id":"c1","balance":95}
24h invoke a.2
24h sent a.2
24h0m0.005s answered a.2 201 {"id":"c2","balance":90}
24h0m0.006s return a.2 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`},
		{"late-answer near miss: nothing is declared", "", func(c *model.Contract) {
			c.Promises.AfterRetention = ""
		}, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 201 marker {"id":"c1","balance":95}` + settled},
	}
}

// TestAReplayToAnotherPayloadMayBeEithers: which of the two executed is not known when they
// overlap, and an ok answer says so of neither.
func TestAReplayToAnotherPayloadMayBeEithers(t *testing.T) {
	const overlapping = oneCharge + `
op b charge alpha key=k1 mark=m2 client=1 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
1ms invoke a.1
2ms sent a.1
3ms invoke b.1
4ms sent b.1
5ms answered a.1 201 {"id":"c1","balance":95}
5ms return a.1 201 {"id":"c1","balance":95}
6ms answered b.1 201 marker {"id":"c1","balance":95}
6ms return b.1 201 marker {"id":"c1","balance":95}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
state alpha/A.balance 95`
	v := judged(t, func(c *model.Contract) { c.Promises.MismatchAnswer = "replayed" }, overlapping)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
	v = judged(t, nil, overlapping)
	require.Equal(t, verdict.Invalid, v.Verdict, "where it is to be refused, somebody was told too much")
}

// TestNoLedgerTellsWhatOneStatusMeans: in flight for ever, or done.
func TestNoLedgerTellsWhatOneStatusMeans(t *testing.T) {
	v := judged(t, all409, `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms heal
3s invoke a.2 final
3.1s return a.2 409`)
	require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
	require.Len(t, v.Reasons, 1)
	require.Contains(t, v.Reasons[0], "no ledger tells whether it was done")
}
