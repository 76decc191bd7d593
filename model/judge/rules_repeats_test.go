package judge

import "github.com/idemcheck/idemcheck/model"

// acknowledged is a charge that was done, and refused one that was not.
const (
	acknowledged = oneCharge + `
1ms invoke a.1
2ms return a.1 201 {"id":"c1","balance":95}`
	refused = oneCharge + `
1ms invoke a.1
2ms return a.1 402 {"title":"no funds"}`
	unchanged = `
state alpha/A.balance 100`
)

// repeatCases are repeats of what was answered to the end, of which each is judged.
func repeatCases() []ruleCase {
	executed := func(c *model.Contract) { c.Promises.Errors = "executed" }
	current := func(c *model.Contract) { c.Promises.Replay = "current-state" }
	return []ruleCase{
		{"repeat: 500 after an acknowledgement", "divergent-replay", nil, acknowledged + `
invoke a.2
return a.2 500` + settled},
		{
			"repeat: 500 after an acknowledgement, state as it is now", "divergent-replay", current,
			acknowledged + `
invoke a.2
return a.2 500` + settled,
		},
		{"repeat near miss: 404 where the thing is shown as it is now", "", current, acknowledged + `
invoke a.2
return a.2 404` + settled},
		{"repeat: 418 after an acknowledgement", "divergent-replay", nil, acknowledged + `
invoke a.2
return a.2 418` + settled},
		{"repeat: 500 after a refusal that is not stored", "divergent-replay", executed, refused + `
3ms heal
4ms invoke a.2 final
5ms return a.2 500` + unchanged},
		{"repeat near miss: 500 after such a refusal, before it healed", "", executed, refused + `
3ms invoke a.2
4ms return a.2 500
5ms heal
6ms invoke a.3 final
7ms return a.3 402 {"title":"no funds"}` + unchanged},
		{
			"repeat near miss: 500 after such a refusal, where failures are executed again", "",
			func(c *model.Contract) { c.Promises.Errors, c.Promises.Failures = "executed", "executed" },
			refused + `
3ms heal
4ms invoke a.2 final
5ms return a.2 500` + unchanged,
		},
		{"repeat near miss: it may be tried again", "", nil, acknowledged + `
invoke a.2
return a.2 503` + settled},
		{"repeat near miss: the caller asks too often", "", nil, acknowledged + `
invoke a.2
return a.2 429` + settled},
		{"repeat near miss: the client had gone", "", nil, acknowledged + `
3ms invoke a.2
4ms sent a.2
5ms return a.2 timeout
9ms answered a.2 500` + settled},
		{"repeat near miss: the service was started anew", "", nil, acknowledged + `
3ms invoke a.2
4ms fault a.2 crash fired
5ms return a.2 500` + settled},
		{"repeat near miss: a gateway speaks for itself alone", "", nil, acknowledged + `
3ms invoke a.2
4ms sent a.2
4ms fault a.2 gateway-error fired
5ms return a.2 502
6ms answered a.2 201 marker {"id":"c1","balance":95}` + settled},
		{"repeat: a refusal, then 200 without a body", "divergent-replay", nil, refused + `
invoke a.2
return a.2 200` + unchanged},
		{"repeat: a refusal, then 500", "divergent-replay", nil, refused + `
invoke a.2
return a.2 500` + unchanged},
		{"repeat: a refusal, then the key is no key", "divergent-replay", nil, refused + `
invoke a.2
return a.2 400` + unchanged},
		{"repeat near miss: refusals are decided anew", "", executed, refused + `
invoke a.2
return a.2 500` + unchanged},
		{"repeat: no answer although all is healed", "divergent-replay", nil, acknowledged + `
3ms heal
4ms invoke a.2 final
4ms sent a.2
5ms answered a.2 closed
5ms return a.2 eof` + settled},
		{"repeat near miss: faults are about", "", nil, acknowledged + `
4ms invoke a.2
4ms sent a.2
5ms answered a.2 closed
5ms return a.2 eof` + settled},
		{"repeat: silence for as long as a key may be silent", "stuck-key", nil, acknowledged + `
3ms heal
4ms invoke a.2 final
4ms sent a.2
3s return a.2 timeout
3s answered a.2 cut` + settled},
		{"repeat: silence until its client has gone", "stuck-key", nil, acknowledged + `
3ms heal
4ms invoke a.2 final
4ms sent a.2
3s return a.2 timeout
3s answered a.2 closed` + settled},
		{"repeat: silence until both go in one instant", "stuck-key", nil, acknowledged + `
3ms heal
4ms invoke a.2 final
4ms sent a.2
3s answered a.2 closed
3s return a.2 timeout` + settled},
		{"repeat near miss: silence for less", "", nil, acknowledged + `
3ms heal
4ms invoke a.2 final
4ms sent a.2
1s return a.2 timeout
1s answered a.2 cut` + settled},
		{"repeat near miss: silence while another is at work", "", nil, acknowledged + `
op b charge alpha key=k2 mark=m2 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
3ms invoke b.1
3ms sent b.1
4ms heal
5ms invoke a.2 final
5ms sent a.2
3s return a.2 timeout
3s answered a.2 cut
3s answered b.1 402
3s return b.1 402` + settled},
		{"repeat: a refusal, then in flight to the end", "stuck-key", nil, refused + `
3ms heal
4ms invoke a.2 final
5ms return a.2 409
3s invoke a.3 final
3s return a.3 409` + unchanged},
		{"repeat near miss: of a refusal that is not stored", "", executed, refused + `
3ms heal
4ms invoke a.2 final
5ms return a.2 409` + unchanged},
	}
}

// typed are an acknowledgement and a refusal with a media type.
const (
	typedPaid = oneCharge + `
invoke a.1
return a.1 201 Content-Type=application/json {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker Content-Type=`
	typedRefused = oneCharge + `
invoke a.1
return a.1 402 Content-Type=application/problem+json {"title":"no funds"}
invoke a.2
return a.2 402 marker Content-Type=`
	paidBody    = ` {"id":"c1","balance":95}` + settled
	refusedBody = ` {"title":"no funds"}` + unchanged
)

// headerCases are replays whose bytes are right.
func headerCases() []ruleCase {
	ignored := func(c *model.Contract) { c.Promises.ReplayIgnoreHeaders = []string{"content-type"} }
	location := func(c *model.Contract) { c.Promises.ReplayHeaders = []string{"Location"} }
	return []ruleCase{
		{"header: JSON is replayed as text", "divergent-replay", nil, typedPaid + "text/plain" + paidBody},
		{
			"header near miss: in other words", "", nil,
			typedPaid + `Application/JSON;charset="UTF-8"` + paidBody,
		},
		{
			"header: another charset", "divergent-replay", nil,
			typedPaid + "application/json;charset=latin1" + paidBody,
		},
		{"header near miss: declared", "", ignored, typedPaid + "text/plain" + paidBody},
		{"header near miss: the state as it is now", "", func(c *model.Contract) {
			c.Promises.Replay = "current-state"
		}, typedPaid + "text/plain" + paidBody},
		{
			"header: a refusal is replayed as text", "divergent-replay", nil,
			typedRefused + "text/html" + refusedBody,
		},
		{"header: a refusal loses a promised header", "divergent-replay", location, oneCharge + `
invoke a.1
return a.1 402 Location=/help {"title":"no funds"}
invoke a.2
return a.2 402 marker {"title":"no funds"}` + unchanged},
		{
			"header near miss: a refusal of another kind", "error-caching", nil,
			typedRefused + `text/html {"title":"no money"}` + unchanged,
		},
		{"header near miss: the first answer had none", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker Content-Type=text/plain {"id":"c1","balance":95}` + settled},
	}
}
