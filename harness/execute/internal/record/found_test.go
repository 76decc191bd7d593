package record

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

func TestOnlyTheFaultThatWasNotHeardOfIsMissed(t *testing.T) {
	at := func(kind fault.Kind, op string, n int) fault.Fault {
		return fault.Fault{Kind: kind, Operation: op, Attempt: n}
	}
	heard := at(fault.Delay, "a", 1)
	events := []model.Event{{Kind: model.FaultReported, Fault: &heard, Fired: true}, {Kind: model.Healed}}
	missed := Unreported([]fault.Fault{
		heard, at(fault.Delay, "b", 1), at(fault.Delay, "a", 2), at(fault.Slow, "a", 1),
	}, events)
	require.Len(t, missed, 3)
	require.Equal(t, at(fault.Delay, "b", 1), *missed[0].Fault)
	require.Equal(t, at(fault.Delay, "a", 2), *missed[1].Fault)
	require.Equal(t, at(fault.Slow, "a", 1), *missed[2].Fault)
}

func TestACaseHasADateInRealTimeOnly(t *testing.T) {
	r := New()
	require.Zero(t, r.Date(true))
	at := r.Date(false)
	require.Equal(t, time.UTC, at.Location())
	require.Equal(t, r.Begun.Truncate(time.Microsecond).UnixNano(), at.UnixNano())
}
