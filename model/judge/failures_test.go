package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
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

// TestWhatFailuresCostIsNoted, and makes no run invalid.
func TestWhatFailuresCostIsNoted(t *testing.T) {
	v := judged(t, failing("executed"), toTheEnd+executedTwice)
	require.Equal(t, model.Valid, v.Verdict, "%v", v)
	require.Len(t, v.Violations, 1)
	require.Equal(t, model.LevelNote, v.Violations[0].Level)
	require.Contains(t, v.Violations[0].Message, "left its effects 2 times")
	v = judged(t, failing("executed"), toTheEnd+executedOnce)
	require.Empty(t, v.Violations)
	v = judged(t, failing("executed"), toTheEnd+strings.Replace(executedTwice, "90", "95", 1))
	require.Equal(t, "state-divergence duplicate-effect", rulesOf(v), "the state counts all the same")
}
