package model

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
