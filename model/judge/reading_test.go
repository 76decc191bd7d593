package judge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// overtaken is two batches under one key whose first items look the same; the later one overtook
// the earlier and was executed.
const overtaken = `
op a transfer alpha key=k1 mark=m1 {"from":"alpha/A","to":"alpha/B","amount":5}
op b transfer alpha key=k1 mark=m1 {"from":"alpha/A","to":"alpha/C","amount":5}
does a debit alpha/A
does a credit alpha/B
does b debit alpha/A
does b credit alpha/C
initial alpha/A.balance 100
initial alpha/B.balance 100
initial alpha/C.balance 100
1ms invoke a.1
9ms return a.1 timeout
10ms invoke b.1
11ms sent a.1
12ms sent b.1
13ms answered b.1 201 {"id":"c1"}
13ms return b.1 201 {"id":"c1"}
14ms answered a.1 422
effect debit alpha/A key=k1 mark=m1
effect credit alpha/C key=k1 mark=m1`

func TestAnItemThatFitsSeveralOperationsGoesWithTheOthers(t *testing.T) {
	v := judged(t, nil, overtaken)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
}

func TestNoReadingExplainsTheItemsOfTwo(t *testing.T) {
	v := judged(t, nil, overtaken+"\neffect credit alpha/B key=k1 mark=m1")
	require.Equal(t, verdict.Invalid, v.Verdict)
	require.Contains(t, rulesOf(v), "phantom-effect", "%v", v.Violations)
}

func TestTheReadingThatBreaksLeastIsReported(t *testing.T) {
	v := judged(t, nil, overtaken+"\neffect credit alpha/C key=k1 mark=m1"+
		"\neffect debit alpha/A key=k1 mark=m1")
	require.Equal(t, "duplicate-effect", rulesOf(v), "%v", v.Violations)
}

func TestBothPayloadsOfOneKeyMayNotBeExecuted(t *testing.T) {
	v := judged(t, nil, overtaken+"\neffect debit alpha/A key=k1 mark=m1"+
		"\neffect credit alpha/B key=k1 mark=m1")
	require.Contains(t, rulesOf(v), "phantom-effect", "%v", v.Violations)
}

// TestAnItemThatExplainsAnAnswerMayBeAnothers: whose it is neither names what was answered.
func TestAnItemThatExplainsAnAnswerMayBeAnothers(t *testing.T) {
	const lines = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
op b charge alpha key=k2 mark=m1 {"account":"alpha/A","amount":5}
op c charge alpha key=k3 mark=m3 {"account":"alpha/A","amount":2}
does a charge alpha/A
does b charge alpha/A
does c charge alpha/A
initial alpha/A.balance 100
1ms invoke b.1
2ms sent b.1
3ms return b.1 timeout
4ms invoke c.1
5ms sent c.1
6ms answered c.1 201 {"id":"c3","balance":93}
6ms return c.1 201 {"id":"c3","balance":93}
7ms invoke a.1
8ms sent a.1
9ms answered a.1 503
9ms return a.1 503
effect charge alpha/A mark=m1
effect charge alpha/A mark=m3
state alpha/A.balance 93`
	v := judged(t, nil, lines)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
	late := strings.Replace(lines, "1ms invoke b.1\n2ms sent b.1", "6ms invoke b.1\n7ms sent b.1", 1)
	late = strings.Replace(late, "3ms return b.1", "8ms return b.1", 1)
	require.Equal(t, "non-linearizable", rulesOf(judged(t, nil, late)), "both came when c was answered")
}

// Twelve operations that share a correlation ID and one item too few: more readings than are tried.
func TestTooManyReadingsAreUnknown(t *testing.T) {
	var b strings.Builder
	const n = 9
	for i := range n {
		fmt.Fprintf(&b, "op %[1]s charge alpha key=k%[1]s mark=m {\"account\":\"alpha/A\",\"amount\":5,"+
			"\"n\":%[2]d}\ndoes %[1]s charge alpha/A\n", string(rune('a'+i)), i)
	}
	for i := range n {
		fmt.Fprintf(&b, "invoke %[1]s.1\nreturn %[1]s.1 201 {\"id\":\"c%[1]s\"}\n", string(rune('a'+i)))
	}
	b.WriteString(strings.Repeat("effect charge alpha/A mark=m\n", n-1))
	v := judged(t, nil, b.String())
	require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "more ways than can be tried")
}

func TestOneRequestOnTheWireIsOneOperation(t *testing.T) {
	v := judged(t, nil, oneCharge+`
op b charge alpha key=k1 mark=m2 {"account":"alpha/A","amount":5}
does b charge alpha/A {"amount":5}
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 201 marker {"id":"c1","balance":95}`+settled)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
	require.Equal(t, 1, v.Judged.Operations)
	require.Equal(t, 2, v.Judged.Attempts)
}

func TestWithoutAKeyOnTheWireTheRequestIsTheIdentity(t *testing.T) {
	natural := func(c *model.Contract) { c.Key.Header = "" }
	twins := oneCharge + `
op b charge alpha key=k2 mark=m1 {"account":"alpha/A","amount":5}
does b charge alpha/A {"amount":5}
invoke a.1
return a.1 201 {"id":"c1","balance":95}
invoke b.1
return b.1 201 marker {"id":"c1","balance":95}` + settled
	v := judged(t, natural, twins)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
	require.Equal(t, verdict.Invalid, judged(t, nil, twins).Verdict, "with a key they are two")
}

// What the wire saw counts, and not when a starved client learned of it.
func TestALateAnswerFreesAKey(t *testing.T) {
	for name, lines := range map[string]string{
		"the client had given up": `
1s answered a.2 402
2s return a.2 timeout
4s return a.3 timeout`,
		"it learned late": `
20ms answered a.2 409
4s return a.2 409`,
	} {
		v := judged(t, errorsExecuted, oneCharge+`
1ms invoke a.1
2ms sent a.1
9ms return a.1 timeout
10ms heal
11ms invoke a.2 final
12ms sent a.2
13ms invoke a.3 final`+lines+`
15s answered a.1 closed
state alpha/A.balance 100`)
		require.NotEqual(t, verdict.Invalid, v.Verdict, "%s: %v", name, v.Violations)
	}
}

// A request is executed at some time while it is at work: one that is at work for longer than keys
// are kept may be executed anew although it came in time.
func TestALongRequestMayMeetTwoWindows(t *testing.T) {
	v := judged(t, nil, oneCharge+`
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"id":"c1","balance":95}
3ms return a.1 201 {"id":"c1","balance":95}
1h invoke a.2
1h sent a.2
49h answered a.2 201 {"id":"c2","balance":90}
49h return a.2 201 {"id":"c2","balance":90}
effect charge alpha/A key=k1 {"amount":5}
effect charge alpha/A key=k1 {"amount":5}
state alpha/A.balance 90`)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
}
