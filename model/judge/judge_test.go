package judge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestAssumptionsMakeUnknown(t *testing.T) {
	for name, lines := range map[string]string{
		"an attempt that never ended":  "invoke a.1",
		"a fault that did not fire":    "invoke a.1\nfault a.1 response-lost missed\nreturn a.1 timeout",
		"a race that did not overlap":  "invoke a.1\nrace a.1 copies=2 missed\nreturn a.1 timeout",
		"a ledger that cannot be read": "invoke a.1\nreturn a.1 timeout\nunreadable effects 500",
	} {
		v := judged(t, nil, oneCharge+lines)
		require.Equal(t, verdict.Unknown, v.Verdict, name)
		require.Len(t, v.Reasons, 1, name)
	}
}

func TestUnreadableLedgerNeverAccuses(t *testing.T) {
	v := judged(t, nil, oneCharge+`
invoke a.1
return a.1 201 {"id":"c1","balance":95}
unreadable effects timeout`)
	require.Equal(t, verdict.Unknown, v.Verdict)
	require.Empty(t, v.Violations)
}

func TestOfPayloadsThatOverlapUnderOneKeyEitherMayBeFirst(t *testing.T) {
	v := judged(t, nil, oneCharge+`
op b charge alpha key=k1 mark=m2 client=1 {"account":"alpha/A","amount":7}
does b charge alpha/A {"amount":7}
1ms invoke a.1
1ms invoke b.1
5ms return a.1 422
5ms return b.1 201 {"id":"c2","balance":93}
effect charge alpha/A key=k1 mark=m2 {"amount":7}
state alpha/A.balance 93`)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
}

func TestStateIsSearchedPerPartition(t *testing.T) {
	// Ten unknown charges on each of six accounts, without a ledger: only partitions keep this
	// small.
	var b strings.Builder
	for account := range 6 {
		fmt.Fprintf(&b, "initial alpha/%d.balance 100\n", account)
		for n := range 10 {
			fmt.Fprintf(&b, "op o%d-%d charge alpha key=k%d-%d {\"account\":\"alpha/%d\",\"amount\":1}\n",
				account, n, account, n, account)
		}
	}
	for account := range 6 {
		for n := range 10 {
			fmt.Fprintf(&b, "invoke o%d-%d.1\nreturn o%d-%d.1 timeout\n", account, n, account, n)
		}
		fmt.Fprintf(&b, "state alpha/%d.balance %d\n", account, 100-account)
	}
	require.Equal(t, verdict.Valid, judged(t, nil, b.String()).Verdict)
}

func TestMergeLetsTheWorstWin(t *testing.T) {
	good := judged(t, nil, oneCharge+"invoke a.1\nreturn a.1 timeout")
	unknown := judged(t, nil, oneCharge+"invoke a.1")
	bad := judged(t, nil, oneCharge+"invoke a.1\nreturn a.1 201 {\"id\":\"c1\"}")
	require.Equal(t, verdict.Unknown, Merge(good, unknown).Verdict)
	require.Equal(t, verdict.Invalid, Merge(unknown, bad).Verdict)
	require.Equal(t, verdict.Invalid, Merge(bad, good).Verdict)
	require.Equal(t, Merge(Merge(good, unknown), bad), Merge(good, Merge(unknown, bad)))
	require.Equal(t, good, Merge(good, verdict.New()))
}

func TestEveryRuleHasAPage(t *testing.T) {
	for _, r := range Rules() {
		page, err := Explain(r.ID)
		require.NoError(t, err)
		require.Contains(t, page, "# "+r.ID)
		require.NotEmpty(t, Why(r.ID), r.ID)
	}
	_, err := Explain("no-such-rule")
	require.ErrorContains(t, err, "idemcheck list rules")
}

func TestMergingInAnyOrderOfWhatHangsOnTime(t *testing.T) {
	sure, timed := verdict.New(), verdict.New()
	sure.Violations = []verdict.Violation{{Rule: "lost-effect", Level: verdict.LevelViolation}}
	timed.Violations = []verdict.Violation{{Rule: "lost-effect", Level: verdict.LevelViolation, Timed: true}}
	require.Equal(t, Merge(sure, timed), Merge(timed, sure))
	require.False(t, Merge(timed, sure).Violations[0].Timed)
}
