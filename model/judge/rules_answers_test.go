package judge

import "github.com/idemcheck/idemcheck/model"

const settled = `
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`

// twins are two charges of one payload, of which the second gets nowhere.
const twins = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
op b charge alpha key=k2 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
does b charge alpha/A {"amount":5}
initial alpha/A.balance 100
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 409`

func answerCases() []ruleCase {
	return []ruleCase{
		{"divergent-replay: the current state", "divergent-replay", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker {"id":"c1","balance":80}` + settled},
		{"divergent-replay near miss: declared", "", func(c *model.Contract) {
			c.Promises.Replay = "current-state"
		}, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker {"id":"c1","balance":80}` + settled},
		{"divergent-replay: another status that says done", "divergent-replay", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 200 marker {"id":"c1","balance":95}` + settled},
		{"divergent-replay: another status before the answer", "divergent-replay", nil, oneCharge + `
invoke a.1
invoke a.2
return a.2 202
return a.1 201 {"id":"c1","balance":95}
invoke a.3
return a.3 201 marker {"id":"c1","balance":95}` + settled},
		{"divergent-replay near miss: an acknowledgement", "", func(c *model.Contract) {
			c.Promises.Replay = "acknowledgement"
		}, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 200 marker` + settled},
		{"divergent-replay: a header is lost", "divergent-replay", func(c *model.Contract) {
			c.Promises.ReplayHeaders = []string{"Location"}
		}, oneCharge + `
invoke a.1
return a.1 201 Location=/c/c1 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker {"id":"c1","balance":95}` + settled},
		{"divergent-replay near miss: nobody promised that header", "", nil, oneCharge + `
invoke a.1
return a.1 201 Location=/c/c1 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker {"id":"c1","balance":95}` + settled},
		{"hollow-answer: an empty replay", "hollow-answer", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker` + settled},
		{"hollow-answer: it names nothing", "hollow-answer", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
lookup a false` + settled},
		{"hollow-answer: the first answer names null", "hollow-answer", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":null,"balance":95}` + settled},
		{"hollow-answer: no answer has the name", "hollow-answer", nil, oneCharge + `
invoke a.1
return a.1 201 {"balance":95}
invoke a.2
return a.2 201 marker {"balance":95}` + settled},
		{"hollow-answer: an empty name", "hollow-answer", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"","balance":95}` + settled},
		{"hollow-answer near miss: nothing need be named", "", func(c *model.Contract) {
			t := c.Operations["charge"]
			t.Answer.Identity, t.Answer.Lookup = "", ""
			c.Operations["charge"] = t
		}, oneCharge + `
invoke a.1
return a.1 201 {"balance":95}` + settled},
		{"hollow-answer near miss: repeats only say that it was done", "", func(c *model.Contract) {
			c.Promises.Replay = "acknowledgement"
		}, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker {"status":"done","balance":95}` + settled},
		{"hollow-answer near miss: it exists", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
lookup a true` + settled},
		{"replay-unmarked: a replay without the marker", "replay-unmarked", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 {"id":"c1","balance":95}` + settled},
		{"replay-unmarked: the first answer has it", "replay-unmarked", nil, oneCharge + `
invoke a.1
return a.1 201 marker {"id":"c1","balance":95}` + settled},
		{"replay-unmarked near miss: an earlier attempt got there", "", nil, oneCharge + `
invoke a.1
sent a.1
return a.1 timeout
invoke a.2
return a.2 201 marker {"id":"c1","balance":95}` + settled},
		{
			"in-flight-execution: both executed", "duplicate-effect in-flight-execution divergent-replay",
			nil, oneCharge + `
1ms invoke a.1
1ms invoke a.2
2ms sent a.1
2ms sent a.2
5ms answered a.1 201 {"id":"c1","balance":95}
6ms answered a.2 201 {"id":"c2","balance":90}
6ms return a.1 201 {"id":"c1","balance":95}
6ms return a.2 201 {"id":"c2","balance":90}
race a.1 copies=2 fired overlap=3ms
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`,
		},
		{
			"replay-unmarked: a refusal that is decided again", "replay-unmarked", nil,
			oneCharge + `
invoke a.1
return a.1 402 {"title":"no funds"}
invoke a.2
return a.2 402 {"title":"no funds"}
state alpha/A.balance 100`,
		},
		{"replay-unmarked near miss: refusals are not stored", "", func(c *model.Contract) {
			c.Promises.Errors = "executed"
		}, oneCharge + `
invoke a.1
return a.1 402 {"title":"no funds"}
invoke a.2
return a.2 402 {"title":"no funds"}
state alpha/A.balance 100`},
		{
			"in-flight-execution near miss: an answer the contract does not allow", "divergent-replay",
			nil, oneCharge + `
1ms invoke a.1
1ms invoke a.2
2ms sent a.1
2ms sent a.2
3ms answered a.2 500
5ms answered a.1 201 {"id":"c1","balance":95}
6ms return a.1 201 {"id":"c1","balance":95}
6ms return a.2 500` + settled,
		},
		{"in-flight-execution near miss: 409 while the first is at work", "", nil, oneCharge + `
1ms invoke a.1
1ms invoke a.2
2ms sent a.1
2ms sent a.2
3ms answered a.2 409
5ms answered a.1 201 {"id":"c1","balance":95}
6ms return a.1 201 {"id":"c1","balance":95}
6ms return a.2 409` + settled},
		{"divergent-replay: of what nobody saw, with another status", "divergent-replay", nil, oneCharge + `
1ms invoke a.1
9ms return a.1 timeout
10ms heal
11ms invoke a.2 final
12ms return a.2 200 marker {"id":"c1","balance":95}
3s invoke a.3 final
3.1s return a.3 200 marker {"id":"c1","balance":95}` + settled},
		{"stuck-key: a status that is not declared, and no replay", "stuck-key", nil, oneCharge + `
1ms invoke a.1
9ms return a.1 timeout
10ms heal
11ms invoke a.2 final
12ms return a.2 204
3s invoke a.3 final
3.1s return a.3 204` + settled},
		{"stuck-key: in flight for ever", "stuck-key", nil, oneCharge + `
1ms invoke a.1
9ms return a.1 timeout
10ms heal
11ms invoke a.2 final
12ms return a.2 409
3s invoke a.3 final
3.1s return a.3 409`},
		{"stuck-key near miss: it recovers within its bound", "", nil, oneCharge + `
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms heal
11ms invoke a.2 final
12ms return a.2 409
1s invoke a.3 final
1.1s return a.3 201 marker {"id":"c1","balance":95}` + settled},
		{"error-caching: one 503 for ever", "error-caching", nil, oneCharge + `
1ms invoke a.1
9ms return a.1 503
10ms heal
11ms invoke a.2 final
12ms return a.2 503
3s invoke a.3 final
3.1s return a.3 503`},
		{"error-caching: a stored refusal is executed again", "error-caching", nil, oneCharge + `
invoke a.1
return a.1 402
invoke a.2
return a.2 201 {"id":"c1","balance":95}` + settled},
		{"error-caching near miss: refusals are not stored", "", func(c *model.Contract) {
			c.Promises.Errors = "executed"
		}, oneCharge + `
invoke a.1
return a.1 402
invoke a.2
return a.2 201 {"id":"c1","balance":95}` + settled},
	}
}

func keyCases() []ruleCase {
	return []ruleCase{
		{"foreign-replay: another tenant's answer", "foreign-replay lost-effect", nil, oneCharge + `
op b charge beta key=k1 mark=m1 {"account":"beta/A","amount":5}
does b charge beta/A {"amount":5}
initial beta/A.balance 100
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 201 {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95
state beta/A.balance 100`},
		{"foreign-replay near miss: each has its own", "", nil, oneCharge + `
op b charge beta key=k1 mark=m1 {"account":"beta/A","amount":5}
does b charge beta/A {"amount":5}
initial beta/A.balance 100
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 201 {"id":"c2","balance":95}
effect charge alpha/A key=k1 {"amount":5}
effect charge beta/A key=k1 {"amount":5}
state alpha/A.balance 95
state beta/A.balance 95`},
		{"foreign-replay near miss: each tenant counts from one", "", nil, oneCharge + `
op b charge beta key=k1 mark=m1 {"account":"beta/A","amount":5}
does b charge beta/A {"amount":5}
initial beta/A.balance 100
invoke a.1
return a.1 201 {"id":1,"balance":95}
invoke b.1
return b.1 201 {"id":1,"balance":95}
invoke b.2
return b.2 201 marker {"id":1,"balance":95}
effect charge alpha/A key=k1 {"amount":5}
effect charge beta/A key=k1 {"amount":5}
state alpha/A.balance 95
state beta/A.balance 95`},
		{"over-deduplication near miss: each account counts", "", nil, oneCharge + `
op b charge alpha key=k2 mark=m2 {"account":"alpha/B","amount":5}
does b charge alpha/B {"amount":5}
initial alpha/B.balance 100
invoke a.1
return a.1 201 {"id":1,"balance":95}
invoke b.1
return b.1 201 {"id":1,"balance":95}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/B key=k2 {"amount":5}
state alpha/A.balance 95
state alpha/B.balance 95`},
		{"over-deduplication: another account, never made", "over-deduplication lost-effect", nil, oneCharge + `
op b charge alpha key=k2 mark=m2 {"account":"alpha/B","amount":5}
does b charge alpha/B {"amount":5}
initial alpha/B.balance 100
invoke a.1
return a.1 201 {"id":1,"balance":95}
invoke b.1
return b.1 201 {"id":1,"balance":95}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95
state alpha/B.balance 100`},
		{"foreign-replay: and its own besides", "foreign-replay divergent-replay", nil, oneCharge + `
op b charge beta key=k1 mark=m1 {"account":"beta/A","amount":5}
does b charge beta/A {"amount":5}
initial beta/A.balance 100
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 201 {"id":"c2","balance":95}
invoke b.2
return b.2 201 marker {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
effect charge beta/A key=k1 {"amount":5}
state alpha/A.balance 95
state beta/A.balance 95`},
		{"divergent-replay: a repeat names what belongs to another", "divergent-replay", nil, twoCharges + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 201 {"id":"c2","balance":88}
invoke b.2
return b.2 201 marker {"id":"c1","balance":88}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k2 {"amount":7}
state alpha/A.balance 88`},
		{"over-deduplication: same body, other key", "over-deduplication lost-effect", nil, `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
op b charge alpha key=k2 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
does b charge alpha/A {"amount":5}
invoke a.1
return a.1 201 {"id":"c1"}
invoke b.1
return b.1 201 {"id":"c1"}
effect charge alpha/A key=k1 {"amount":5}`},
		{"over-deduplication: refused for another's key", "over-deduplication", nil, twoCharges + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 422` + settled},
		{"over-deduplication: an honest repeat is refused", "over-deduplication", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 422` + settled},
		{"over-deduplication: kept out for another's payload", "over-deduplication stuck-key", nil, twins + `
heal
invoke b.2 final
return b.2 409
3s invoke b.3 final
3s return b.3 409
effect charge alpha/A key=k1 mark=m1 {"amount":5}
state alpha/A.balance 95`},
		{"over-deduplication near miss: stuck before the twin", "stuck-key", nil, `
op b charge alpha key=k2 mark=m1 {"account":"alpha/A","amount":5}
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
initial alpha/A.balance 100
invoke b.1
invoke a.1
return a.1 201 {"id":"c1","balance":95}
return b.1 409
heal
3s invoke b.2 final
3s return b.2 409
effect charge alpha/A key=k1 mark=m1 {"amount":5}
state alpha/A.balance 95`},
		{"over-deduplication near miss: refused for lack of funds", "", nil, twoCharges + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 402` + settled},
		{"payload-mismatch: executed", "payload-mismatch", nil, mismatch + `
invoke b.1
return b.1 201 {"id":"c2","balance":88}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 88`},
		{"payload-mismatch: replayed", "payload-mismatch", nil, mismatch + `
invoke b.1
return b.1 201 marker {"id":"c1","balance":95}` + settled},
		{"payload-mismatch near miss: refused", "", nil, mismatch + `
invoke b.1
return b.1 422` + settled},
		{"conflict-leak", "conflict-leak", nil, mismatch + `
invoke b.1
return b.1 422 {"title":"key reused","first":{"id":"c1"}}` + settled},
		{"conflict-leak near miss: it shows nothing of the other", "", nil, mismatch + `
invoke b.1
return b.1 422 {"title":"key reused"}` + settled},
		{"key-required: a missing key is accepted", "key-required", nil, `
op a charge alpha style=missing mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
invoke a.1
return a.1 201 {"id":"c1"}
effect charge alpha/A mark=m1 {"amount":5}`},
		{"key-required near miss: it is refused", "", nil, `
op a charge alpha style=unterminated key=k1 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
invoke a.1
return a.1 400`},
	}
}

// mismatch is a charge, and another one with its key.
const mismatch = oneCharge + `
op b charge alpha key=k1 mark=m2 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
invoke a.1
return a.1 201 {"id":"c1","balance":95}
`
