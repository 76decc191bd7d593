package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// wholeCharge is what a right service leaves of one charge and its repeat.
const wholeCharge = oneCharge + `
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"id":"c1","balance":95}
4ms return a.1 201 {"id":"c1","balance":95}
5ms invoke a.2
6ms sent a.2
7ms answered a.2 201 marker {"id":"c1","balance":95}
8ms return a.2 201 marker {"id":"c1","balance":95}
9ms heal
effect charge alpha/A key=k1 mark=m1 {"amount":5}
state alpha/A.balance 95
lookup a true
`

// looking adds to the contract how accounts and charges are read.
func looking(c *model.Contract) {
	c.Resources = map[string]model.ResourceType{"account": {
		Read: &model.Message{Path: "/accounts/{id}"}, State: map[string]model.Variable{"balance": {}},
	}}
	charge := c.Operations["charge"]
	charge.Answer.Lookup = "/charges/{identity}"
	c.Operations["charge"] = charge
}

func TestAHistoryThatLostALineIsUnknown(t *testing.T) {
	require.Equal(t, verdict.Valid, judged(t, looking, wholeCharge).Verdict)
	for line, want := range map[string]string{
		"1ms invoke a.1":         "never began",
		"4ms return a.1 201":     "never ended",
		"2ms sent a.1":           "never got there",
		"state alpha/A.balance":  "final value of alpha/A.balance was not read",
		"lookup a true":          "was not looked up",
		"no such line, but time": "",
	} {
		var kept []string
		for _, l := range strings.Split(wholeCharge, "\n") {
			if !strings.HasPrefix(l, line) {
				kept = append(kept, l)
			}
		}
		v := judged(t, looking, strings.Join(kept, "\n"))
		require.Equal(t, want != "", v.Verdict == verdict.Unknown, "%s: %v %v", line, v.Reasons, v.Violations)
		require.Contains(t, strings.Join(v.Reasons, "\n"), want)
	}
}

func TestAHistoryThatContradictsItselfIsUnknown(t *testing.T) {
	for _, change := range [][3]string{
		{"4ms return a.1 201", "4ms return a.1 402", "another answer than the service gave"},
		{"4ms return", "0ms return", "ended before it began"},
		{"3ms answered", "1ms answered", "answered before it was sent"},
		{"9ms heal", "10ms invoke a.3 final\n11ms return a.3 timeout", "nothing says when"},
	} {
		v := judged(t, looking, strings.Replace(wholeCharge, change[0], change[1], 1))
		require.Equal(t, verdict.Unknown, v.Verdict, "%s: %v", change[2], v.Violations)
		require.Contains(t, strings.Join(v.Reasons, "\n"), change[2])
	}
}

func TestTheClientKnowsWhatTheWireMissed(t *testing.T) {
	missed := strings.Replace(wholeCharge, "3ms answered a.1 201 {\"id\":\"c1\",\"balance\":95}\n", "", 1)
	require.Equal(t, verdict.Valid, judged(t, looking, missed).Verdict)
	missed = strings.Replace(missed, "effect charge", "# effect charge", 1)
	require.Contains(t, rulesOf(judged(t, looking, missed)), "lost-effect")
}

func TestAnswersThatChangeTheirMind(t *testing.T) {
	const refused = oneCharge + `
invoke a.1
sent a.1
answered a.1 402 {"t":"no"}
return a.1 402 {"t":"no"}
invoke a.2
sent a.2
answered a.2 402 marker {"t":"no"}
return a.2 402 marker {"t":"no"}
`
	change := strings.ReplaceAll
	for name, one := range map[string][2]string{
		"a refusal, again":            {refused, ""},
		"a refusal, reworded":         {change(refused, `marker {"t":"no"}`, `marker {"t":"x"}`), "error-caching"},
		"another refusal":             {change(refused, "402 marker", "404 marker"), "error-caching"},
		"a refusal without its body":  {change(refused, ` marker {"t":"no"}`, " marker"), "hollow-answer"},
		"acknowledged, then refused":  {change(wholeCharge, "201 marker", "402 marker"), "divergent-replay"},
		"acknowledged, then in doubt": {change(wholeCharge, "201 marker", "503"), ""},
	} {
		require.Equal(t, one[1], rulesOf(judged(t, nil, one[0])), name)
	}
}

func TestWhatNobodyTouchedStaysAsItWas(t *testing.T) {
	const other = wholeCharge + "initial alpha/B.balance 7\n"
	require.Equal(t, verdict.Valid, judged(t, looking, other+"state alpha/B.balance 7").Verdict)
	v := judged(t, looking, other+"state alpha/B.balance 6")
	require.Equal(t, "state-divergence", rulesOf(v))
	require.Contains(t, v.Violations[0].Message, "no operation works on it")
}
