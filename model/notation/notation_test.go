package notation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	const text = `op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
does a receipt alpha/A notification
op b charge - client=1 style=missing {"account":"/B","amount":7}
initial alpha/A.balance 100
1ms invoke a.1
2ms sent a.1
2ms sent a.1#2 incomplete
3ms answered a.1 201 marker {"id":"c1"}
4ms fault a.1 response-lost mode=black-hole fired (0 of 57 bytes passed)
5ms race a.1 copies=3 missed
6ms return a.1 timeout
7ms heal
8ms invoke a.2 final
9ms return a.2 201 {"id":"c1"}
10ms clock 24h0m0s
11ms effect charge alpha/A key=k1 mark=m1 {"amount":5}
12ms state alpha/A.balance 95
13ms lookup a true
14ms unreadable effects gone
`
	h, err := notation.Parse(text)
	require.NoError(t, err)
	require.Equal(t, text, notation.Format(h))
}

func TestParseNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"op a charge alpha\nbogus a.1": `line 2 of a history (bogus a.1): there is no event "bogus"`,
		"does x charge alpha/A":        `there is no operation "x"`,
		"initial alpha/A.balance":      "a value is missing",
		"clock soon":                   "invalid duration",
	} {
		_, err := notation.Parse(text)
		require.ErrorContains(t, err, want)
	}
}

func TestBodiesThatAreNotJSONAreKept(t *testing.T) {
	for _, body := range []string{
		"7", "null", "<html>", `{"id":"c1"`, `{"id":"c1"} tail`, `"quoted"`, "a\nb",
	} {
		answer := &model.Answer{Status: 201, Body: body}
		h := &model.History{Events: []model.Event{
			{Kind: model.Return, Operation: "a", Attempt: 1, Answer: answer},
		}}
		parsed, err := notation.Parse(notation.Format(h))
		require.NoError(t, err)
		require.Equal(t, body, parsed.Events[0].Answer.Body)
	}
}
