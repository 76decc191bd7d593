package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Two charges of the same amount, of which the first was acknowledged and nobody knows of the second.
const alike = `
op a charge alpha key=k1 mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
op b charge alpha key=k2 mark=m2 {"account":"alpha/A","amount":5}
does b charge alpha/A {"amount":5}
initial alpha/A.balance 100
1ms invoke a.1
2ms sent a.1
3ms answered a.1 201 {"id":"c1","balance":95}
4ms return a.1 201 {"id":"c1","balance":95}
5ms invoke b.1
6ms sent b.1
7ms return b.1 timeout
9ms heal
`

// counting has the ledger of an account say how much there is, and not who left it.
func counting(per string) func(*model.Contract) {
	return func(c *model.Contract) {
		c.Ledgers = map[string]model.Ledger{"effects": {Unnamed: true, Per: per}}
	}
}

// TestItemsWithoutANameAreCounted: a history is right when the items can be shared out in some way.
func TestItemsWithoutANameAreCounted(t *testing.T) {
	const item = "effect charge alpha/A {\"amount\":5}\n"
	six := strings.Replace(item, "5", "6", 1)
	for name, tt := range map[string]struct {
		listed string
		want   verdict.Result
		rules  string
	}{
		"one for the acknowledged":    {item, verdict.Valid, ""},
		"one for each":                {item + item, verdict.Valid, ""},
		"one too many":                {item + item + item, verdict.Invalid, "duplicate-effect"},
		"none for the acknowledged":   {"", verdict.Invalid, "lost-effect"},
		"an amount of no operation":   {item + six, verdict.Invalid, "orphan-effect"},
		"a kind that nobody declares": {item + strings.Replace(item, "charge", "fee", 1), verdict.Valid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := judged(t, counting("account"), alike+tt.listed)
			require.Equal(t, tt.want, v.Verdict, "%v %v", v.Violations, v.Reasons)
			require.Equal(t, tt.rules, rulesOf(v))
			for _, found := range v.Violations { // what is lost may come while b is at work
				require.Equal(t, found.Rule == "lost-effect", found.Timed, found.Rule)
			}
		})
	}
}

// TestOthersMayHaveLeftWhatIsNobodys: in a ledger of no resource, what is too much proves something
// only when it comes again, and what fits no operation is a reason.
func TestOthersMayHaveLeftWhatIsNobodys(t *testing.T) {
	shared := strings.ReplaceAll(alike, " alpha/A {", " {")
	const item = "effect charge {\"amount\":5}\n"
	v := judged(t, counting(""), shared+item+item)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
	v = judged(t, counting(""), shared+item+item+item)
	require.Equal(t, "duplicate-effect", rulesOf(v))
	require.True(t, v.Violations[0].Timed)
	v = judged(t, counting(""), shared+item+strings.Replace(item, "5", "6", 1))
	require.Equal(t, verdict.Unknown, v.Verdict, v.Violations)
	require.Contains(t, v.Reasons[0], "somebody else writes there")
}
