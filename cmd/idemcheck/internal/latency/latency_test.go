package latency

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// history parses the notation of the model.
func history(t *testing.T, lines ...string) *model.History {
	t.Helper()
	h, err := notation.Parse(strings.Join(lines, "\n"))
	require.NoError(t, err)
	return h
}

func took(ms int) value.Duration { return value.Duration(time.Duration(ms) * time.Millisecond) }

func TestNothingSeen(t *testing.T) {
	r := New()
	require.Nil(t, r.Summary())
	r.Add(&model.History{})
	require.Nil(t, r.Summary())
	r.Add(&model.History{Events: []model.Event{
		{Kind: model.Invoke, Operation: "a", Attempt: 1}, // it never ended
		{Kind: model.Return, Operation: "b", Attempt: 1}, // it never began
	}})
	require.Nil(t, r.Summary())
}

// TestFaultsAreToldApart: a fault fired on attempt 1 of a and not on attempt 2, and one on both
// copies of b. A fault that did not fire counts for nothing.
func TestFaultsAreToldApart(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	event := func(at int, kind model.EventKind, op string, n int) model.Event {
		return model.Event{At: ms(at), Kind: kind, Operation: op, Attempt: n}
	}
	planned := func(op string, n, copies int, fired bool) model.Event {
		return model.Event{Kind: model.FaultReported, Fired: fired, Operation: op, Attempt: n, Fault: &fault.Fault{
			Kind: fault.ResponseLost, Operation: op, Attempt: n, Copies: copies,
		}}
	}
	r := New()
	r.Add(&model.History{Events: []model.Event{
		event(0, model.Invoke, "a", 1), event(200, model.Return, "a", 1),
		event(300, model.Invoke, "a", 2), event(304, model.Return, "a", 2),
		event(400, model.Invoke, "b", 1), event(400, model.Invoke, "b", 2),
		event(407, model.Return, "b", 2), event(410, model.Return, "b", 1),
		planned("a", 1, 0, true), planned("a", 2, 0, false), planned("b", 1, 2, true),
	}})
	got := r.Summary()
	require.Equal(t, tally.Percentiles{
		Attempts: 1, P50: took(4), P90: took(4), P99: took(4), Max: took(4),
	}, rounded(got.WithoutFaults))
	require.Equal(t, tally.Percentiles{
		Attempts: 3, P50: took(10), P90: took(200), P99: took(200), Max: took(200),
	}, rounded(got.WithFaults))
}

// TestPercentiles: of 1 ms to 1000 ms, each once, added side by side.
func TestPercentiles(t *testing.T) {
	r := New()
	var wg sync.WaitGroup
	for n := 1; n <= 1000; n++ {
		wg.Go(func() {
			r.Add(history(t, "op a does POST /x", "0ms invoke a.1", fmt.Sprintf("%dms return a.1 timeout", n)))
		})
	}
	wg.Wait()
	require.Equal(t, tally.Percentiles{
		Attempts: 1000, P50: took(500), P90: took(900), P99: took(990), Max: took(1000),
	}, rounded(r.Summary().WithoutFaults))
}

// TestOddDurations: clocks that went back, and waits longer than anybody has.
func TestOddDurations(t *testing.T) {
	r := New()
	r.record(wait{-time.Second, false})
	r.record(wait{1000 * time.Hour, true})
	got := r.Summary()
	require.Zero(t, got.WithoutFaults.Max)
	require.InEpsilon(t, float64(maxWait), float64(got.WithFaults.Max), 0.001)
}

// rounded leaves out what a histogram of three digits does not keep.
func rounded(p tally.Percentiles) tally.Percentiles {
	for _, d := range []*value.Duration{&p.P50, &p.P90, &p.P99, &p.Max} {
		*d = value.Duration(d.Std().Round(max(time.Millisecond, d.Std()/1000)).Round(time.Millisecond))
	}
	return p
}
