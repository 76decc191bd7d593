package judge

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// ruleCase is a hand-written history and the rules it breaks ("" for none).
type ruleCase struct {
	name   string
	want   string
	change func(*model.Contract)
	lines  string
}

// handWritten lists all of them: of each rule some that break it, and the nearest that do not.
func handWritten() []ruleCase {
	return slices.Concat(effectCases(), answerCases(), keyCases(), lawCases(),
		doneCases(), expiryCases(), ambiguousCases(), slowCases(), keylessCases(), sameBodyCases(),
		repeatCases(), headerCases(), failureCases(), failureReadings(),
		unusableCases())
}

func TestRulesOnHandWrittenHistories(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range handWritten() {
		t.Run(c.name, func(t *testing.T) {
			v := judged(t, c.change, c.lines)
			require.Equal(t, c.want, rulesOf(v), "%+v", v)
			want := verdict.Valid
			if c.want != "" {
				want = verdict.Invalid
			}
			require.Equal(t, want, v.Verdict, "%v", v.Reasons)
		})
		for _, v := range judged(t, c.change, c.lines).Violations {
			seen[v.Rule] = true
		}
	}
	for _, r := range Rules() {
		require.True(t, seen[r.ID], "no history breaks %s", r.ID)
	}
}

func effectCases() []ruleCase {
	return []ruleCase{
		{"key-ignored: a plain repeat executes", "key-ignored divergent-replay", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`},
		{"key-ignored: a plain repeat beside another key", "key-ignored divergent-replay", nil, twoCharges + `
invoke a.1
invoke b.1
return a.1 201 {"id":"c1","balance":95}
return b.1 201 {"id":"c2","balance":88}
invoke a.2
return a.2 201 {"id":"c3","balance":83}
invoke b.2
return b.2 201 marker {"id":"c2","balance":88}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k2 {"amount":7}
state alpha/A.balance 83`},
		{"key-ignored near miss: the repeat is replayed", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`},
		{"duplicate-effect: a lost answer, then a retry", "duplicate-effect", nil, oneCharge + `
invoke a.1
sent a.1
fault a.1 response-lost fired
return a.1 timeout
invoke a.2
return a.2 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`},
		{"duplicate-effect near miss: another operation has the second effect", "", nil, twoCharges + `
invoke a.1
sent a.1
return a.1 timeout
invoke a.2
return a.2 201 marker {"id":"c1","balance":95}
invoke b.1
return b.1 201 {"id":"c2","balance":88}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k2 {"amount":7}
state alpha/A.balance 88`},
		{"lost-effect", "lost-effect", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
state alpha/A.balance 100`},
		{"lost-effect near miss: nobody acknowledged it", "", nil, oneCharge + `
invoke a.1
return a.1 timeout
state alpha/A.balance 100`},
		{"phantom-effect", "phantom-effect", nil, oneCharge + `
invoke a.1
return a.1 402 {"title":"no funds"}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`},
		{"phantom-effect near miss: one attempt is unknown", "", func(c *model.Contract) {
			c.Promises.Errors = "executed"
		}, oneCharge + `
invoke a.1
sent a.1
return a.1 timeout
invoke a.2
return a.2 402 {"title":"no funds"}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`},
		{"partial-effect: debit without credit", "partial-effect", nil, `
op a transfer alpha key=k1 {"from":"alpha/A","to":"alpha/B","amount":5}
does a debit alpha/A
does a credit alpha/B
invoke a.1
return a.1 timeout
effect debit alpha/A key=k1`},
		{"partial-effect near miss: none of both", "", nil, `
op a transfer alpha key=k1 {"from":"alpha/A","to":"alpha/B","amount":5}
does a debit alpha/A
does a credit alpha/B
invoke a.1
return a.1 timeout`},
		{"orphan-effect: another amount", "orphan-effect", nil, oneCharge + `
invoke a.1
sent a.1 incomplete
return a.1 timeout
effect charge alpha/A key=k1 {"amount":1}
state alpha/A.balance 99`},
		{"orphan-effect near miss: a kind nobody declares", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
effect fee alpha/A key=k9
state alpha/A.balance 95`},
		{"side-effect-of-replay", "side-effect-of-replay", nil, oneCharge + `
does a receipt alpha/A notification
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
effect receipt alpha/A key=k1
effect receipt alpha/A key=k1
state alpha/A.balance 95`},
		{"side-effect-of-replay near miss: one receipt each", "", nil, oneCharge + `
does a receipt alpha/A notification
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke a.2
return a.2 201 marker {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
effect receipt alpha/A key=k1
state alpha/A.balance 95`},
		{"state-divergence: one ledger row, applied twice", "state-divergence", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`},
		{"state-divergence near miss: an unknown operation, no ledger", "", nil, `
op a charge alpha key=k1 {"account":"alpha/A","amount":5}
initial alpha/A.balance 100
invoke a.1
return a.1 timeout
state alpha/A.balance 95`},
		{
			"non-linearizable: an answer from before an operation that had ended",
			"non-linearizable", nil, twoCharges + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 201 {"id":"c2","balance":93}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k2 {"amount":7}
state alpha/A.balance 88`,
		},
		{"non-linearizable near miss: they overlapped", "", nil, twoCharges + `
invoke a.1
invoke b.1
return a.1 201 {"id":"c1","balance":88}
return b.1 201 {"id":"c2","balance":93}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k2 {"amount":7}
state alpha/A.balance 88`},
		{"early-expiry", "early-expiry divergent-replay", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
clock 23h0m0s
invoke a.2
return a.2 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`},
		{"early-expiry near miss: outside the window", "", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
clock 25h0m0s
invoke a.2
return a.2 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}`},
		{"late-answer: replayed after the window", "late-answer", nil, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
clock 25h0m0s
invoke a.2
return a.2 201 marker {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`},
		{"late-answer near miss: refused as declared", "", func(c *model.Contract) {
			c.Promises.AfterRetention, c.Promises.Expired = "refused", []int{410}
		}, oneCharge + `
invoke a.1
return a.1 201 {"id":"c1","balance":95}
clock 25h0m0s
invoke a.2
return a.2 410
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`},
	}
}

// TestEveryRowIsComplete: a new rule says what is at stake, what it speaks of and how it is checked.
func TestEveryRowIsComplete(t *testing.T) {
	gravities, harms := map[int]int{}, 0
	for _, r := range rules {
		require.NotEmpty(t, r.Catches, r.ID)
		require.Equal(t, verdict.LevelViolation, r.Level, r.ID)
		require.NotZero(t, r.gravity, r.ID)
		require.NotZero(t, r.about, r.ID)
		bySearch := r.ID == "state-divergence" || r.ID == "non-linearizable"
		require.Equal(t, bySearch, r.check == nil, r.ID)
		gravities[RuleOf(r.ID).Gravity()]++
		if r.Harms() {
			harms++
		}
	}
	require.Equal(t, map[int]int{0: len(rules) - 8, 1: 6, 2: 2}, gravities)
	require.Equal(t, 9, harms)
	again, follow := 0, 0
	for _, r := range rules {
		if r.ExecutesAgain() {
			again++
			require.True(t, r.FollowsExecutingAgain(), r.ID)
		} else if r.FollowsExecutingAgain() {
			follow++
		}
	}
	require.Equal(t, []int{5, 6}, []int{again, follow})
	require.Zero(t, RuleOf("no-such-rule").Gravity())
	require.False(t, RuleOf("no-such-rule").Harms())
}

// A path may be a route of its own where keys are private to a route: then a service may execute
// what comes under a used key to another resource, or refuse it, and never replay the stored
// answer.
func TestAKeyOnAnotherPathOfOneRoute(t *testing.T) {
	const executed = `
invoke b.1
return b.1 201 {"id":"c2","balance":88}
effect charge alpha/A key=k1 mark=m1 {"amount":5}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 88`
	const replayed = "\ninvoke b.1\nreturn b.1 201 marker {\"id\":\"c1\",\"balance\":95}" + settled
	byTenant := func(c *model.Contract) { c.Key.Scope = []string{"tenant"} }
	for name, tt := range map[string]struct {
		change func(*model.Contract)
		lines  string
		want   string
	}{
		"executed, a route of its own": {nil, executed, ""},
		"executed, one key for all":    {byTenant, executed, "payload-mismatch"},
		"replayed, a route of its own": {nil, replayed, "payload-mismatch"},
		"refused, a route of its own":  {nil, "\ninvoke b.1\nreturn b.1 422" + settled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := notation.Parse(mismatch + tt.lines)
			require.NoError(t, err)
			h.Operations[1].Path += "/elsewhere"
			c := promises()
			if tt.change != nil {
				tt.change(c)
			}
			require.Equal(t, tt.want, rulesOf(Judge(h, c, bank{})))
		})
	}
}

// What a gateway says in place of the service tells nothing about the service: it may have refused,
// accepted, or not answered at all.
func TestAGatewaysAnswerIsNotTheServices(t *testing.T) {
	const failed = oneCharge + `
1ms invoke a.1
2ms sent a.1
3ms fault a.1 gateway-error fired
3ms return a.1 503`
	const answered = failed + `
4ms answered a.1 201 {"id":"c1","balance":95}`
	const settledLate = `
9ms heal
10ms invoke a.2 final
11ms return a.2 201 marker {"id":"c1","balance":95}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`
	refuses := func(c *model.Contract) { // the status would mean something if it were the service's
		charge := c.Operations["charge"]
		charge.Refused = append(charge.Refused, 503)
		c.Operations["charge"] = charge
		c.Promises.Transient = []int{429}
	}
	for name, tt := range map[string]struct {
		change func(*model.Contract)
		lines  string
		want   string
		says   verdict.Result
	}{
		"executed":                      {nil, answered + settledLate, "", verdict.Valid},
		"executed, a refusal's status":  {refuses, answered + settledLate, "", verdict.Valid},
		"no answer, executed":           {nil, failed + settledLate, "", verdict.Valid},
		"no answer, a refusal's status": {refuses, failed + settledLate, "", verdict.Valid},
		"acknowledged and lost": {
			nil, answered + "\nstate alpha/A.balance 100", "lost-effect", verdict.Invalid,
		},
		"retried by its client": {
			nil, answered + doubled, "duplicate-effect divergent-replay", verdict.Invalid,
		},
		"nobody knows":                   {nil, failed + "\nstate alpha/A.balance 100", "", verdict.Valid},
		"nobody knows, a refusal's word": {refuses, failed + single, "", verdict.Valid},
	} {
		t.Run(name, func(t *testing.T) {
			v := judged(t, tt.change, tt.lines)
			require.Equal(t, tt.want, rulesOf(v))
			require.Equal(t, tt.says, v.Verdict, "%v", v.Reasons)
		})
	}
}

// doubled executes a retry of what was answered already, single is one effect of what was not.
const (
	doubled = `
9ms invoke a.2
10ms return a.2 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`
	single = `
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 95`
)
