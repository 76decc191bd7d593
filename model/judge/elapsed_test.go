package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// TestRetentionByElapsedTime: in virtual time nobody moves the clock; the history itself takes
// days.
func TestRetentionByElapsedTime(t *testing.T) {
	twice := `
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`
	once := `
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`
	refused := func(c *model.Contract) {
		c.Promises.AfterRetention, c.Promises.Expired = "refused", []int{410}
	}
	for _, c := range []ruleCase{
		{"executed again inside", "early-expiry divergent-replay", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
23h invoke a.2
return a.2 201 {"id":"c2","balance":90}` + twice},
		{
			"executed again inside, soon: retention has no part in it", "key-ignored divergent-replay",
			nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
11h invoke a.2
return a.2 201 {"id":"c2","balance":90}` + twice,
		},
		{"executed again outside", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 201 {"id":"c2","balance":90}` + twice},
		{"replayed outside", "late-answer", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 201 marker {"id":"c1","balance":95}` + once},
		{"replayed at the very edge", "", nil, oneCharge + `
invoke a.1
5ms return a.1 201 {"id":"c1","balance":95}
24h0m0.005s invoke a.2
return a.2 201 marker {"id":"c1","balance":95}` + once},
		{"refused outside, as declared", "", refused, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 410` + once},
		{
			"executed outside, and refusing was declared", "late-answer", refused, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 201 {"id":"c2","balance":90}` + twice,
		},
		{
			"executed outside, its answer lost, and refusing was declared", "late-answer", refused,
			oneCharge + `
1ms invoke a.1
2ms sent a.1
5ms answered a.1 201 {"id":"c1","balance":95}
6ms return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
25h sent a.2
25h1s return a.2 timeout
25h2s heal
25h3s invoke a.3 final
25h3s sent a.3
25h3s answered a.3 410
25h3s return a.3 410` + twice,
		},
		{
			"refused for lack of funds outside, and refusing as expired was declared", "late-answer",
			refused, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 402` + once,
		},
		{
			"executed inside, and refusing after it was declared", "early-expiry divergent-replay",
			refused, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
23h invoke a.2
return a.2 201 {"id":"c2","balance":90}` + twice,
		},
		{
			"executed inside and outside, and refusing was declared",
			"early-expiry divergent-replay late-answer", refused, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
23h invoke a.2
return a.2 201 {"id":"c2","balance":90}
25h invoke a.3
return a.3 201 {"id":"c3","balance":85}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 85`,
		},
		{"twice in the second window", "early-expiry", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 201 {"id":"c2","balance":90}
26h invoke a.3
return a.3 201 {"id":"c3","balance":85}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 85`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, rulesOf(judged(t, c.change, c.lines)))
		})
	}
}
