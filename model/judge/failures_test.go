package judge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// failing has a contract say that charges of 5 fail with 500, and what becomes of failures.
func failing(policy string, statuses ...int) func(*model.Contract) {
	return func(c *model.Contract) {
		charge := c.Operations["charge"]
		charge.FailsWhen = []model.Failure{{Args: map[string]any{"amount": 5.0}, Answers: []int{500}}}
		c.Operations["charge"] = charge
		c.Promises.Failures, c.Promises.Failed = policy, statuses
	}
}

// failed is a charge that failed, toTheEnd one that went on to, and the others are what it left.
const (
	failed = oneCharge + `
1ms invoke a.1
2ms return a.1 500 {"no":1}
3ms heal`
	toTheEnd = failed + `
4ms invoke a.2 final
3s return a.2 500 {"no":1}
3s invoke a.3 final
6s return a.3 500 {"no":1}`
	executedOnce  = settled
	executedTwice = `
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`
)

// failureCases are operations that the service fails by itself.
func failureCases() []ruleCase {
	other := func(c *model.Contract) {
		failing("")(c)
		c.Operations["charge"].FailsWhen[0].Args["amount"] = int64(6)
	}
	refusing := `
4ms invoke a.2 final
3s return a.2 410
3s invoke a.3 final
6s return a.3 410`
	acknowledged := `
4ms invoke a.2 final
5ms return a.2 201 {"id":"c2","balance":95}`
	return []ruleCase{
		{"failure: to the end, and nothing was done", "", failing(""), toTheEnd + unchanged},
		{"failure: to the end, after its work", "", failing(""), toTheEnd + executedOnce},
		{"failure: of other arguments", "error-caching", other, toTheEnd + unchanged},
		{"failure: executed twice", "duplicate-effect", failing(""), toTheEnd + executedTwice},
		{"failure: done by the repeat", "", failing(""), failed + acknowledged + executedOnce},
		{"failure: replayed", "", failing("replayed"), toTheEnd + executedOnce},
		{
			"failure: replayed in other words", "error-caching", failing("replayed"),
			strings.Replace(toTheEnd, `a.3 500 {"no":1}`, `a.3 500 {"no":2}`, 1) + unchanged,
		},
		{
			"failure: not replayed", "error-caching", failing("replayed"),
			failed + acknowledged + executedOnce,
		},
		{
			"failure near miss: the repeat may be tried again", "", failing("replayed"),
			strings.Replace(toTheEnd, `a.2 500 {"no":1}`, "a.2 503", 1) + unchanged,
		},
		{"failure: refused for good", "", failing("refused", 410), failed + refusing + executedOnce},
		{"failure: refused, which nobody said", "stuck-key", failing(""), failed + refusing + unchanged},
		{
			"failure: refused without any", "stuck-key", failing("refused", 410),
			oneCharge + "3ms heal" + refusing + unchanged,
		},
		{
			"failure: refused and executed twice", "duplicate-effect", failing("refused", 410),
			failed + refusing + executedTwice,
		},
		{
			"failure: executed again, and more often than it failed", "duplicate-effect",
			failing("executed"), failed + `
4ms invoke a.2 final
5ms return a.2 201 {"id":"c2","balance":95}
6ms invoke a.3 final
7ms return a.3 201 {"id":"c2","balance":95}
effect charge alpha/A key=k1 {"amount":5}` + executedTwice,
		},
	}
}

// overlapping has a status of failed mean something else too.
func overlapping(status int) func(*model.Contract) {
	return func(c *model.Contract) {
		failing("refused", status)(c)
		c.Promises.Expired, c.Promises.AfterRetention = []int{410}, "refused"
	}
}

// failureReadings are histories that the two judges of the package's tests did not agree on: what
// failures leave open.
func failureReadings() []ruleCase {
	const refusedLater = `
4ms invoke a.2
5ms return a.2 402 {"no":"funds"}`
	saying := func(status string) string {
		return failed + "\n4ms invoke a.2 final\n3s return a.2 " + status
	}
	ambiguous := func(c *model.Contract) {
		failing("replayed")(c)
		c.Operations["charge"].FailsWhen[0].Answers = []int{500, 503}
	}
	return append(slices.Concat(otherReadings(), failuresAndRetries()),
		ruleCase{
			"failure: executed twice, and no ledger", "", func(c *model.Contract) {
				failing("executed")(c)
				charge := c.Operations["charge"]
				charge.Effects = nil
				c.Operations["charge"] = charge
			}, strings.Replace(toTheEnd, "does a charge alpha/A {\"amount\":5}\n", "", 1) +
				"\nstate alpha/A.balance 90",
		},
		ruleCase{
			"failure: done, failed, tried again and refused", "", failing("executed"),
			failed + refusedLater + executedOnce,
		},
		ruleCase{
			"failure: done, failed and refused, of which nothing is said", "", failing(""),
			failed + refusedLater + executedOnce,
		},
		ruleCase{
			"failure near miss: refused and done, and its arguments are none that fail", "phantom-effect",
			failing(""), strings.Replace(failed, `"amount":5}`, `"amount":6}`, 1) + refusedLater +
				executedOnce,
		},
		ruleCase{
			"failure near miss: half a request is none that failed", "phantom-effect", failing("executed"),
			oneCharge + "1ms invoke a.1\n2ms sent a.1 incomplete\n3ms return a.1 timeout" + refusedLater +
				executedOnce,
		},
		ruleCase{
			"failure: a status that may ask to try again is none", "", ambiguous,
			oneCharge + "1ms invoke a.1\n2ms return a.1 503\n3ms invoke a.2\n4ms return a.2 500",
		},
		ruleCase{"failure: refused as if it had no funds", "", overlapping(402), saying("402") + executedOnce},
		ruleCase{"failure: refused as if for its payload", "", overlapping(422), saying("422") + executedOnce},
		ruleCase{"failure: refused as if it had expired", "", overlapping(410), saying("410") + executedOnce},
		ruleCase{
			"failure near miss: refused for its payload, and nothing failed", "over-deduplication",
			overlapping(422), oneCharge + "1ms invoke a.1\n2ms return a.1 422",
		},
		ruleCase{
			"failure: refused, and done by the repeat", "error-caching", failing("refused", 410),
			failed + "\n4ms invoke a.2\n5ms return a.2 201 {\"id\":\"c2\",\"balance\":95}" + executedOnce,
		},
	)
}

// otherReadings are those of overlaps, of time, and of other payloads.
func otherReadings() []ruleCase {
	const twoPayloads = oneCharge + `
op b charge alpha key=k1 mark=m2 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}`
	const both = twoPayloads + `
1ms invoke a.1
2ms return a.1 500
3ms invoke b.1
4ms return b.1 201 {"id":"c2","balance":88}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 88`
	standing := func(c *model.Contract) {
		failing("")(c)
		c.Promises.MismatchAnswer = "replayed"
	}
	return []ruleCase{
		{"failure: another payload came when it had", "", failing("executed"), both},
		{"failure near miss: the key was kept", "payload-mismatch", failing("replayed"), both},
		{"failure: what the key stands for failed", "", standing, twoPayloads + `
1ms invoke a.1
2ms return a.1 500
3ms heal
4ms invoke b.1 final
3s return b.1 500`},
		{"failure: those who waited get it too", "", failing("replayed"), oneCharge + `
1ms invoke a.1
1ms invoke a.2
2ms sent a.1
2ms sent a.2
3ms answered a.1 502
3ms answered a.2 502
4ms return a.1 502
4ms return a.2 502`},
		{"failure: its key expired", "", func(c *model.Contract) {
			overlapping(412)(c)
			c.Promises.Failures, c.Promises.Failed = "replayed", nil
		}, failed + `
4ms clock 25h
5ms invoke a.2
6ms return a.2 410`},
		{"failure: of its second life", "", func(c *model.Contract) {
			failing("refused", 412)(c)
		}, oneCharge + `
1ms invoke a.1
2ms return a.1 201 {"id":"c1","balance":95}
3ms clock 25h
4ms invoke a.2
5ms return a.2 500
6ms invoke a.3
7ms return a.3 412` + executedOnce},
		{"failure near miss: acknowledged, and then it expired", "", func(c *model.Contract) {
			overlapping(410)(c)
			c.Promises.Retention = value.Duration(time.Second)
		}, oneCharge + `
1ms invoke a.1
2ms return a.1 503
2ms invoke a.2
3ms return a.2 201 {"id":"c1","balance":95}
1002ms invoke a.3
1003ms return a.3 410` + executedOnce},
		{"failure near miss: acknowledged, and then refused", "divergent-replay", overlapping(402), oneCharge + `
1ms invoke a.1
2ms return a.1 503
2ms invoke a.2
3ms return a.2 201 {"id":"c1","balance":95}
4ms invoke a.3
5ms return a.3 402` + executedOnce},
		{"failure: three executions of two requests", "early-expiry", failing("executed"), oneCharge + `
1ms invoke a.1
2ms return a.1 500
3ms clock 25h
4ms invoke a.2
5ms return a.2 201 {"id":"c2","balance":85}
effect charge alpha/A key=k1 {"amount":5}` + executedTwice},
		{"failure: replayed as text", "divergent-replay", failing("replayed"), oneCharge + `
1ms invoke a.1
2ms return a.1 500 Content-Type=application/json {"no":1}
3ms invoke a.2
4ms return a.2 500 Content-Type=text/plain {"no":1}`},
	}
}

// failingBusy has charges of 5 fail with a status that asks to try again too.
func failingBusy(c *model.Contract) {
	failing("")(c)
	c.Operations["charge"].FailsWhen[0].Answers = []int{503}
}

// failuresAndRetries are failures with a status that may ask to try again too: they end the work on
// an operation, and show no stuck key.
func failuresAndRetries() []ruleCase {
	const first = oneCharge + `
1ms invoke a.1
2ms return a.1 503
3ms heal`
	const alone = first + `
3s invoke a.2 final
3s sent a.2
3s answered a.2 503
3s return a.2 503`
	const beside = `
4s invoke a.3 final
4s sent a.3
4001ms invoke a.4 final
4001ms sent a.4
4002ms answered a.4 409
4002ms return a.4 409`
	const inFlight = `
5001ms invoke a.3 final
5001ms return a.3 409`
	return []ruleCase{
		{"failure: one fails, and the one beside it is in flight", "", failingBusy, alone + beside + `
4003ms answered a.3 503
4003ms return a.3 503` + unchanged},
		{"failure: of one that waited in vain for the one beside it", "", failingBusy, first + `
4s invoke a.2 final
4s sent a.2
4s invoke a.3 final
4s sent a.3
4003ms answered a.2 503
4003ms return a.2 503
7s return a.3 timeout` + unchanged},
		{
			"failure near miss: in flight for long, alone, after it failed", "stuck-key", failingBusy,
			alone + inFlight + unchanged,
		},
		{
			"failure near miss: what asks to try again is none that is declared", "stuck-key", nil,
			alone + inFlight + unchanged,
		},
	}
}

// TestAFailureStartsTheBound: what failed was at work until then, and does not show a stuck key.
func TestAFailureStartsTheBound(t *testing.T) {
	lines := oneCharge + `
1ms invoke a.1
2ms return a.1 503
3ms heal
3s invoke a.2 final
3s return a.2 503
4s invoke a.3 final
4s return a.3 409` + unchanged
	v := judged(t, failingBusy, lines)
	require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "its bound was not over")
	require.Equal(t, "stuck-key", rulesOf(judged(t, nil, lines)))
}

// TestARefusalOfAFailureIsNoSignOfAStuckKey, whatever else its status may say: what is asked to try
// again later, beside another key, need not be asked that for ever.
func TestARefusalOfAFailureIsNoSignOfAStuckKey(t *testing.T) {
	lines := strings.Replace(twoCharges, `"amount":7}`, `"amount":6}`, 1) + `
1ms invoke a.1
2ms return a.1 500
3ms heal
3s invoke a.2 final
3s return a.2 409
6s invoke a.3 final
6s invoke b.1 final
6001ms return a.3 503
6002ms return b.1 402` + unchanged
	v := judged(t, failing("refused", 409), lines)
	require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "other requests were at work")
	require.Equal(t, "stuck-key", rulesOf(judged(t, failing(""), lines)), "nobody said that it refuses")
}

// TestAFailureIsNoFirstWait: a key that is held may ask for a wait of its own after that.
func TestAFailureIsNoFirstWait(t *testing.T) {
	lines := oneCharge + `
1ms invoke a.1
2ms return a.1 503
3ms heal
4ms invoke a.2 final
5ms return a.2 503 Retry-After=1
5s invoke a.3 final
5s return a.3 409 Retry-After=60
9s invoke a.4 final
9s return a.4 409 Retry-After=60` + unchanged
	v := judged(t, failingBusy, lines)
	require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "asked to wait (409, Retry-After: 60)")
	require.Equal(t, "stuck-key", rulesOf(judged(t, nil, lines)))
}

// TestWhatFailuresCostIsNoted, and makes no run invalid.
func TestWhatFailuresCostIsNoted(t *testing.T) {
	v := judged(t, failing("executed"), toTheEnd+executedTwice)
	require.Equal(t, verdict.Valid, v.Verdict, "%v", v)
	require.Len(t, v.Violations, 1)
	require.Equal(t, verdict.LevelNote, v.Violations[0].Level)
	require.Contains(t, v.Violations[0].Message, "left its effects 2 times")
	v = judged(t, failing("executed"), toTheEnd+executedOnce)
	require.Empty(t, v.Violations)
	v = judged(t, failing("executed"), toTheEnd+strings.Replace(executedTwice, "90", "95", 1))
	require.Equal(t, "state-divergence duplicate-effect", rulesOf(v), "the state counts all the same")
}

// TestADeclaredFailureIsNoSignOfAStuckKey: what then is told that a request is in flight, while one
// is, need not be told that for ever.
func TestADeclaredFailureIsNoSignOfAStuckKey(t *testing.T) {
	v := judged(t, func(c *model.Contract) {
		failing("executed")(c)
		c.Operations["charge"].FailsWhen[0].Answers = []int{503}
	}, oneCharge+`
1ms invoke a.1
2ms return a.1 503
3ms heal
5s invoke a.2 final
5s return a.2 503
10s invoke a.3 final
10s sent a.3
11s invoke a.4 final
11s sent a.4
12s answered a.3 503
12s return a.3 503
13s answered a.4 409
13s return a.4 409`)
	require.Equal(t, verdict.Valid, v.Verdict, "%v", v)
}
