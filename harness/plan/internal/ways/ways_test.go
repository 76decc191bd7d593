package ways

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

func TestWaysDifferInOneParameter(t *testing.T) {
	for name, tt := range map[string]struct{ got, want []fault.Fault }{
		"modes": {Modes(fault.Reset, fault.Close), []fault.Fault{{Mode: fault.Reset}, {Mode: fault.Close}}},
		"cuts": {
			Cuts(fault.Body, 0, 500), []fault.Fault{{Phase: fault.Body}, {Phase: fault.Body, PerMille: 500}},
		},
		"shares": {Shares(fault.Reset, 7), []fault.Fault{{Mode: fault.Reset, PerMille: 7}}},
		"points": {Points([]string{"a", "b"}), []fault.Fault{{Point: "a"}, {Point: "b"}}},
		"times are whole microseconds": {
			Spans(fault.Both, time.Millisecond+999),
			[]fault.Fault{{Mode: fault.Both, Span: value.Duration(time.Millisecond)}},
		},
		"none": {Points(nil), nil},
	} {
		require.Equal(t, tt.want, tt.got, name)
	}
}

func TestEachListIsACopy(t *testing.T) {
	list := Fixed(Modes(fault.Reset), Shares("", 5))
	list(time.Second, []string{"p"})[0].Operation = "a"
	require.Equal(t, []fault.Fault{{Mode: fault.Reset}, {PerMille: 5}}, list(0, nil))
}
