package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestAKeyThatKeepsTheRefusalOfAStrangerIsStuck, when the right credentials let another operation in
// meanwhile. Who is locked out altogether tells nothing.
func TestAKeyThatKeepsTheRefusalOfAStrangerIsStuck(t *testing.T) {
	const (
		stranger = "1ms invoke a.1 stranger\n1ms sent a.1\n2ms answered a.1 401\n2ms return a.1 401\n"
		caller   = "1ms invoke a.1\n1ms sent a.1\n2ms answered a.1 401\n2ms return a.1 401\n"
		own      = "3ms invoke a.2\n3ms sent a.2\n4ms answered a.2 401\n4ms return a.2 401\n"
		other    = "5ms invoke b.1\n5ms sent b.1\n" +
			"6ms answered b.1 201 {\"id\":\"c2\",\"balance\":93}\n6ms return b.1 201 {\"id\":\"c2\",\"balance\":93}\n"
		end = "7ms heal\n20ms invoke a.3 final\n20ms sent a.3\n20ms answered a.3 401\n20ms return a.3 401\n" +
			"4s invoke a.4 final\n4s sent a.4\n4s answered a.4 401\n4s return a.4 401\n" +
			"effect charge alpha/A key=k2 {\"amount\":7}\nstate alpha/A.balance 93\n"
	)
	early := strings.NewReplacer("5ms", "0ms", "6ms", "0ms").Replace(other)
	for name, tt := range map[string]struct {
		events string
		want   verdict.Result
	}{
		"a stranger came first":     {stranger + own + other + end, verdict.Invalid},
		"no stranger came":          {caller + own + other + end, verdict.Unknown},
		"others were let in before": {early + stranger + own + end, verdict.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			v := judged(t, nil, twoCharges+tt.events)
			require.Equal(t, tt.want, v.Verdict, "%v %v", v.Violations, v.Reasons)
			if name == "a stranger came first" {
				require.Contains(t, rulesOf(v), "stuck-key")
			}
		})
	}
}
