package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// replayed: the stored answer is given to every payload of its key.
func replayed(c *model.Contract) { c.Promises.MismatchAnswer = "replayed" }

// nameless: besides, answers name nothing.
func nameless(c *model.Contract) {
	replayed(c)
	t := c.Operations["charge"]
	t.Answer.Identity = ""
	c.Operations["charge"] = t
}

// threePayloads are three charges under one key.
const threePayloads = oneCharge + `
op b charge alpha key=k1 mark=m2 client=1 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
op c charge alpha key=k1 mark=m3 client=2 {"account":"alpha/A","amount":9}
does c charge alpha/A {"amount":9}
`

// unlisted is a charge that no ledger shows.
const unlisted = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
initial alpha/A.balance 100
`

// sentTwice are two charges under one key, of which the first was acknowledged, and may have been
// sent twice.
const sentTwice = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
op b charge alpha key=k1 mark=m2 client=1 {"account":"alpha/B","amount":7}
initial alpha/A.balance 100
1ms invoke a.1
2ms sent a.1
5ms answered a.1 201 {"id":"c1","balance":95}
6ms return a.1 201 {"id":"c1","balance":95}
7ms sent a.1#2
8ms invoke b.1
9ms sent b.1`

// borrowedOrNot are a charge and two payloads of another key. The second of these is answered with
// the correlation ID of the first, as the charge was.
const borrowedOrNot = `
op z charge alpha key=k2 mark=m1 {"account":"alpha/B","amount":5,"note":"m1"}
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5,"note":"m1"}
op b charge alpha key=k1 mark=m2 client=1 {"account":"alpha/A","amount":5,"note":"m2"}
initial alpha/A.balance 100
initial alpha/B.balance 100
1ms invoke z.1
2ms return z.1 201 {"balance":95,"note":"m1"}`

// TestLivesOfAKey: what several retentions, or several payloads of a key, leave open, and what not.
func TestLivesOfAKey(t *testing.T) {
	for _, c := range []ruleCase{
		{"a request that is at work for long executes once", "early-expiry", nil, oneCharge + `
1ms invoke a.1
2ms sent a.1
1s return a.1 timeout
50h answered a.1 201 {"id":"c1","balance":95}
51h invoke a.2
51h return a.2 201 {"id":"c2","balance":90}
52h invoke a.3
52h return a.3 201 {"id":"c3","balance":85}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 85`},
		{"near miss: it may have executed at its end, and another one before", "", nil, oneCharge + `
1ms invoke a.1
2ms sent a.1
1s return a.1 timeout
10ms invoke a.2
11ms return a.2 201 {"id":"c1","balance":95}
50h answered a.1 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`},
		{"a replay after its retention, of nothing that executed", "late-answer", nil, unlisted + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
return a.2 201 marker {"id":"c2","balance":90}`},
		{"near miss: of what nobody saw the answer of", "", nil, unlisted + `
1ms invoke a.1
1ms return a.1 201 {"id":"c1","balance":95}
25h invoke a.2
25h sent a.2
25h1s return a.2 timeout
26h invoke a.3
26h return a.3 201 marker {"id":"c2","balance":90}`},
		{"near miss: of another payload's", "", replayed, unlisted + `
op b charge alpha key=k1 mark=m2 {"account":"alpha/A","amount":7}
1ms invoke a.1
1ms return a.1 201 {"id":"c1","balance":95}
25h invoke b.1
25h sent b.1
25h1s return b.1 timeout
26h invoke a.2
26h return a.2 201 marker {"id":"c2","balance":88}`},
		{"near miss: refused, since another key has its payload by then", "", func(c *model.Contract) {
			c.Promises.SameBody = []int{424}
		}, unlisted + `
op b charge alpha key=k2 mark=m1 {"account":"alpha/A","amount":5}
1ms invoke a.1
1ms return a.1 201 {"id":"c1","balance":95}
25h invoke b.1
25h return b.1 201 {"id":"c2","balance":90}
26h invoke a.2
26h return a.2 424`},
		{"an answer of several payloads, and none executed", "lost-effect", replayed, threePayloads + `
1ms invoke a.1
2ms sent a.1
3ms invoke b.1
4ms sent b.1
4ms sent b.1#2
5ms answered a.1 201 {"id":"c1","balance":95}
5ms return a.1 201 {"id":"c1","balance":95}
6ms answered b.1 201 marker {"id":"c1","balance":95}
6ms return b.1 201 marker {"id":"c1","balance":95}
25h state alpha/A.balance 100`},
		{"near miss: a payload that executed came by then", "", replayed, threePayloads + `
1ms invoke a.1
2ms sent a.1
3ms invoke b.1
4ms sent b.1
5ms answered a.1 201 {"id":"c1","balance":93}
5ms return a.1 201 {"id":"c1","balance":93}
6ms return b.1 timeout
25h effect charge alpha/A key=k1 mark=m2 {"amount":7}
25h state alpha/A.balance 93`},
		{"a key is as old as the first of its payloads", "", replayed, threePayloads + `
1ms invoke c.1
2ms sent c.1
3ms answered c.1 503
3ms return c.1 503
1h invoke a.1
1h return a.1 201 marker {"id":"c1","balance":91}
24h30m invoke b.1
24h30m return b.1 201 {"id":"c2","balance":84}
effect charge alpha/A key=k1 mark=m3 {"amount":9}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 84`},
		{"no older than all of them", "payload-mismatch", replayed, threePayloads + `
50m invoke c.1
50m sent c.1
50m answered c.1 503
50m return c.1 503
1h invoke a.1
1h return a.1 201 marker {"id":"c1","balance":91}
24h30m invoke b.1
24h30m return b.1 201 {"id":"c2","balance":84}
effect charge alpha/A key=k1 mark=m3 {"amount":9}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 84`},
		{"what a held key is answered with is not what it was", "payload-mismatch", replayed, sentTwice + `
10ms answered b.1 201 marker {"id":"c9","balance":95}`},
		{"nor when it names nothing", "payload-mismatch", replayed, sentTwice + `
10ms answered b.1 201 marker {}`},
		{"it is what it was", "", replayed, sentTwice + `
10ms answered b.1 201 marker {"id":"c1","balance":95}`},
		{"a lost answer may be another payload's", "", nameless, borrowedOrNot + `
3ms invoke a.1
4ms sent a.1
5ms return a.1 timeout
6ms invoke b.1
7ms return b.1 201 marker {"balance":95,"note":"m1"}`},
		{"one that was seen was another one", "over-deduplication payload-mismatch", nameless, borrowedOrNot + `
3ms invoke a.1
4ms return a.1 201 {"balance":95,"note":"m1","more":1}
6ms invoke b.1
7ms return b.1 201 marker {"balance":95,"note":"m1"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judged(t, c.change, c.lines)
			require.Equal(t, c.want, rulesOf(v), "%v %v", v.Violations, v.Reasons)
		})
	}
}
