package judge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// cutOff is a charge whose connection was cut, and that was done.
const cutOff = oneCharge + `
1ms invoke a.1
2ms sent a.1
3ms answered a.1 cut
3ms return a.1 disconnected
10ms heal`

// TestARequestThatNobodySees may hold its key for as long as the service stands still.
func TestARequestThatNobodySees(t *testing.T) {
	for _, c := range []ruleCase{
		{"the service goes on answering for the whole bound", "stuck-key", nil, cutOff + `
11ms invoke a.2 final
11ms sent a.2
12ms answered a.2 409
12ms return a.2 409
900ms invoke a.3 final
900ms sent a.3
901ms answered a.3 409
901ms return a.3 409
1.8s invoke a.4 final
1.8s sent a.4
1.801s answered a.4 409
1.801s return a.4 409
2.1s invoke a.5 final
2.1s sent a.5
2.101s answered a.5 409
2.101s return a.5 409` + settled},
		{"near miss: it stands still, and answers at the end", "", nil, cutOff + `
11ms invoke a.2 final
11ms sent a.2
2.02s answered a.2 409
2.02s return a.2 timeout
2.1s invoke a.3 final
2.1s sent a.3
2.101s answered a.3 409
2.101s return a.3 409` + settled},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judged(t, c.change, c.lines)
			require.Equal(t, c.want, rulesOf(v), "%v %v", v.Violations, v.Reasons)
		})
	}
}

// heldFor is a charge whose answer was lost, and whose key is held for three seconds.
const heldFor = lostOnce + `
12ms answered a.2 409 Retry-After=3
12ms return a.2 409 Retry-After=3`

// lostOnce is a charge that failed, and is tried again.
const lostOnce = oneCharge + `
1ms invoke a.1
2ms sent a.1
3ms answered a.1 503
9ms return a.1 timeout
10ms heal
11ms invoke a.2 final
11ms sent a.2`

// TestAKeyIsHeldForAsLongAsTheServiceSays: and once only.
func TestAKeyIsHeldForAsLongAsTheServiceSays(t *testing.T) {
	for _, c := range []ruleCase{
		{"asked to wait again after the wait", "stuck-key", nil, heldFor + `
5s invoke a.3 final
5s sent a.3
5.001s answered a.3 409 Retry-After=3
5.001s return a.3 409 Retry-After=3`},
		{"near miss: the wait was not over", "", nil, heldFor + `
3.5s invoke a.3 final
3.5s sent a.3
3.501s answered a.3 409 Retry-After=1
3.501s return a.3 409 Retry-After=1`},
		{"a wait of no time", "stuck-key", nil, lostOnce + `
12ms answered a.2 409 Retry-After=0
12ms return a.2 409 Retry-After=0
3s invoke a.3 final
3s sent a.3
3.1s answered a.3 409 Retry-After=0
3.1s return a.3 409 Retry-After=0`},
		{"near miss: until a date", "", nil, lostOnce + `
12ms answered a.2 409 Retry-After="Fri, 27 Nov 2026 07:36:00 GMT"
12ms return a.2 409 Retry-After="Fri, 27 Nov 2026 07:36:00 GMT"
5s invoke a.3 final
5s sent a.3
5.001s answered a.3 409
5.001s return a.3 409`},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judged(t, c.change, c.lines)
			require.Equal(t, c.want, rulesOf(v), "%v %v", v.Violations, v.Reasons)
		})
	}
}

// TestWhatAnAnswerNames: that it names nothing is seen for good. What it names may come later, where
// nobody saw the end of a request.
func TestWhatAnAnswerNames(t *testing.T) {
	const repeated = cutOff + `
11ms invoke a.2 final
11ms sent a.2
12ms answered a.2 201 `
	for answer, late := range map[string]bool{`{"balance":95}`: false, `{"id":"c1","balance":95}`: true} {
		v := judged(t, nil, repeated+answer+"\n12ms return a.2 201 "+answer+"\nlookup a false"+settled)
		require.Equal(t, "hollow-answer", rulesOf(v), "%v %v", v.Violations, v.Reasons)
		require.Equal(t, late, v.Violations[0].Timed, "%v", v.Violations)
	}
}
