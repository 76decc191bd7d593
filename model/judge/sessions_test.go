package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	signin "github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// renewing makes 401 say "log in again".
func renewing(c *model.Contract) { c.Session = &signin.SignIn{RenewOn: []int{401}} }

// burnt is an operation that was acknowledged, and whose repeats are told to log in again from then
// on, for as long as is said, but for what is read in the end.
func burnt(until, end string) string {
	return oneCharge + `
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"id":"c1","balance":95}
4ms return a.1 201 {"id":"c1","balance":95}
10ms heal
20ms invoke a.2 final
20ms sent a.2
21ms answered a.2 401
21ms return a.2 401
` + until + ` invoke a.3 final
` + until + ` sent a.3
` + until + ` answered a.3 401
` + until + ` return a.3 401
` + end + settled
}

// TestAKeyThatStoresALoginRefusalIsStuck: who has logged in anew and is let in elsewhere is told to
// log in under the one key that was acknowledged before.
func TestAKeyThatStoresALoginRefusalIsStuck(t *testing.T) {
	for name, tt := range map[string]struct {
		until, end string
		result     verdict.Result
		says       string
	}{
		"let in elsewhere": {"3s", "3s session alpha/ let-in", verdict.Invalid, "stuck-key"},
		"too soon":         {"30ms", "30ms session alpha/ let-in", verdict.Valid, ""},
		"not let in":       {"3s", "3s session alpha/ 401", verdict.Unknown, "its credentials are refused"},
		"another tenant":   {"3s", "3s session beta/ let-in", verdict.Unknown, "its credentials are refused"},
		"nobody looked":    {"3s", "", verdict.Unknown, "its credentials are refused"},
	} {
		t.Run(name, func(t *testing.T) {
			v := judged(t, renewing, burnt(tt.until, tt.end))
			require.Equal(t, tt.result, v.Verdict, "%v %v", v.Violations, v.Reasons)
			require.Contains(t, rulesOf(v)+strings.Join(v.Reasons, " "), tt.says)
		})
	}
	v := judged(t, nil, burnt("3s", "3s session alpha/ let-in"))
	require.Empty(t, v.Violations, "401 is not declared to say anything about sessions")
}
