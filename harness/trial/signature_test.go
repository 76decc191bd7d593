package trial

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
)

// seen parses a history in the notation of model.Format.
func seen(t *testing.T, text string) *model.History {
	t.Helper()
	h, err := notation.Parse(text)
	require.NoError(t, err)
	return h
}

func TestSignaturesTellBehaviourAndNothingElse(t *testing.T) {
	const usual = `
op a charge alpha key=k1 {"amount":5}
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"id":"c1"}
4ms fault a.1 response-lost fired
9ms return a.1 timeout
10ms heal
11ms effect charge alpha/A key=k1
`
	first := signature(seen(t, usual))
	require.Equal(t, first, signature(seen(t, `
op a charge beta key=k2 {"amount":77}
1ms invoke a.1
3ms sent a.1
7ms answered a.1 201 {"id":"c9"}
8ms fault a.1 response-lost fired
9ms return a.1 timeout
30ms heal
31ms effect charge beta/B key=k2
`)), "other names, values and times")
	for _, change := range [][2]string{
		{"201", "402"},
		{"response-lost", "response-cut"},
		{"return a.1 timeout", "return a.1 reset"},
		{"charge alpha key", "refund alpha key"},
		{"11ms effect charge alpha/A key=k1", ""},
		{"11ms effect", "11ms effect charge alpha/A key=k1\n12ms effect"},
		{"2ms sent a.1", "2ms sent a.1 incomplete"},
	} {
		require.NotEqual(t, first, signature(seen(t, strings.Replace(usual, change[0], change[1], 1))), change)
	}
	require.Zero(t, signature(nil))
}
