package shares_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/execute/internal/shares"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// measured has measured nothing yet.
func measured(t *testing.T) shares.Measured {
	return shares.Measured{Service: map[string]time.Duration{}, Timeout: stub.Contract(t).Timeout()}
}

func TestDisconnectFallsInTheMeasuredServiceTime(t *testing.T) {
	e := measured(t)
	e.Service["charge"] = 10*time.Millisecond + 999*time.Nanosecond
	own := stub.Milliseconds(3)
	c := stub.Charging([]model.PlannedAttempt{{}},
		fault.Fault{Kind: fault.Disconnect, Operation: "a", Attempt: 1, PerMille: 500},
		fault.Fault{Kind: fault.Disconnect, Operation: "a", Attempt: 1, PerMille: 500, Span: own},
		fault.Fault{Kind: fault.Slow, Operation: "a", Attempt: 1, PerMille: 500},
	)
	faults := e.Resolved(&c, 1)
	require.Equal(t, []value.Duration{stub.Milliseconds(5), own, 0},
		[]value.Duration{faults[0].Span, faults[1].Span, faults[2].Span})
	require.Zero(t, c.Faults[0].Span, "the plan itself is left alone")
}

func TestSharesAreOfTheMeasuredTime(t *testing.T) {
	e := measured(t)
	of := func(kind fault.Kind, share, run int) value.Duration {
		c := stub.Charging([]model.PlannedAttempt{{}},
			fault.Fault{Kind: kind, Operation: "a", Attempt: 1, PerMille: share})
		return e.Resolved(&c, run)[0].Span
	}
	require.Equal(t, value.Duration(1000), of(fault.Delay, 500, 1), "never no time at all")
	require.Zero(t, of(fault.Disconnect, 500, 1))
	e.Service["charge"] = stub.Milliseconds(8).Std()
	require.Equal(t, stub.Milliseconds(4), of(fault.StaggeredDuplicate, 500, 1))
	require.Equal(t, stub.Milliseconds(1), of(fault.Crash, 500, 2), "sooner when it came too late")
	require.Zero(t, of(fault.StaggeredDuplicate, 0, 1), "no share was planned")
	e.Service["charge"] = e.Timeout
	require.Less(t, of(fault.Delay, 1000, 1), value.Duration(e.Timeout), "everything arrives")
}

func TestAGatewayFailsAtAShareOfTheMeasuredTime(t *testing.T) {
	c := stub.Charging(make([]model.PlannedAttempt, 2), fault.Fault{
		Kind: fault.GatewayError, Operation: "a", Attempt: 1, Status: 504, PerMille: 500,
	})
	e := measured(t)
	e.Service["charge"] = stub.Milliseconds(8).Std()
	require.Equal(t, stub.Milliseconds(4), e.Resolved(&c, 1)[0].Span)
}
