package worldtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

func planned(kind fault.Kind, change func(f *fault.Fault)) fault.Fault {
	f := fault.Fault{Kind: kind, Operation: "a", Attempt: 1}
	if change != nil {
		change(&f)
	}
	return f
}

func mode(m fault.Mode) func(*fault.Fault) { return func(f *fault.Fault) { f.Mode = m } }

func span(m fault.Mode, d time.Duration) func(*fault.Fault) {
	return func(f *fault.Fault) { f.Mode, f.Span = m, value.Duration(d) }
}

func cut(p fault.Phase, perMille int) func(*fault.Fault) {
	return func(f *fault.Fault) { f.Phase, f.PerMille = p, perMille }
}

// check is what a world must do, about one kind of fault or, where kind is empty, about none alone.
type check struct {
	kind fault.Kind
	name string
	run  func(t *testing.T, open NewWorld)
}

// checks has at least one row for every kind that a network can make.
var checks = []check{
	{"", "no fault", noFault},
	{"", "service down", serviceDown},
	{fault.Refused, "refused", refused},
	{fault.RequestLost, "request lost", requestLost},
	{fault.RequestCut, "request cut", requestCut},
	{fault.ResponseLost, "response lost", responseLost},
	{fault.ResponseLost, "response lost without answer", responseLostWithoutAnswer},
	{fault.ResponseCut, "response cut", responseCut},
	{fault.LateArrival, "late arrival", lateArrival},
	{fault.Delay, "delay", delay},
	{fault.Slow, "slow", slow},
	{fault.Slow, "slow close", slowClose},
	{fault.Throttled, "throttled", throttled},
	{fault.GatewayError, "gateway error", gatewayError},
	{fault.GatewayError, "gateway error after the answer", gatewayErrorAfterAnswer},
	{fault.GatewayError, "gateway error without an answer", gatewayErrorWithoutAnswer},
	{fault.Disconnect, "disconnect", disconnect},
	{fault.Disconnect, "disconnect too late", disconnectTooLate},
	{"", "client leaves", clientLeaves},
	{fault.HiddenDuplicate, "hidden duplicate", hiddenDuplicate},
	{fault.HiddenDuplicate, "hidden resend", hiddenResend},
	{fault.Reorder, "reorder", reorder},
	{fault.Reorder, "reorder healed", reorderHealed},
	{fault.Partition, "partition", partition},
	{fault.Partition, "partition by time", partitionByTime},
	{fault.Partition, "partition without attempts", partitionIdle},
	{fault.ConcurrentDuplicate, "concurrent duplicate", concurrentDuplicate},
	{fault.ConcurrentDuplicate, "concurrent duplicate alone", concurrentAlone},
	{fault.StaggeredDuplicate, "staggered duplicate", staggeredDuplicate},
	{"", "several faults", severalFaults},
	{"", "attempt not made", notMade},
	{"", "refused wins", refusedWins},
}

// Run runs every check against a world.
func Run(t *testing.T, open NewWorld) {
	for _, info := range fault.Kinds() {
		checked := slices.ContainsFunc(checks, func(c check) bool { return c.kind == info.Kind })
		require.True(t, checked || info.Traits.NeedsProcess, "no check is about %s", info.Kind)
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) { c.run(t, open) })
	}
}

func noFault(t *testing.T, open NewWorld) {
	b := newBench(t, open, created)
	out := b.send(1, patience)
	require.Equal(t, &model.Answer{Status: 201, Body: answer}, out.Answer)
	require.Empty(t, out.Err)
	b.drain()
	b.whole(1)
	sent, answered := b.of(model.Sent, 1), b.of(model.Answered, 1)
	require.Len(t, sent, 1)
	require.True(t, sent[0].Complete)
	require.Equal(t, len(attempt(1, 0).Head)+len(payload), sent[0].Bytes)
	require.Len(t, answered, 1)
	require.Equal(t, out.Answer, answered[0].Answer)
	require.Equal(t, 1, answered[0].Hit)
	require.Empty(t, b.of(model.FaultReported, 0))
}

func serviceDown(t *testing.T, open NewWorld) {
	b := newBench(t, open, created)
	b.service.server.Close()
	require.Equal(t, "refused", b.send(1, patience).Err)
	b.drain()
	require.Empty(t, b.of(model.Sent, 0))
}

func refused(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, planned(fault.Refused, nil))
	require.Equal(t, "refused", b.send(1, patience).Err)
	b.fired()
	require.Empty(t, b.service.seen())
	require.Equal(t, 201, b.send(2, patience).Answer.Status)
}

// losses are the ways in which a message is lost, and what the client sees of each.
func losses() map[fault.Mode]string {
	return map[fault.Mode]string{fault.BlackHole: "timeout", fault.Reset: "reset", fault.Close: "eof"}
}

func requestLost(t *testing.T, open NewWorld) {
	for m, saw := range losses() {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, created, planned(fault.RequestLost, mode(m)))
			require.Equal(t, saw, b.send(1, lossTimeout(m)).Err)
			b.fired()
			require.Empty(t, b.service.seen())
			require.Empty(t, b.of(model.Sent, 0))
		})
	}
}

// lossTimeout is short where the client can only give up.
func lossTimeout(m fault.Mode) time.Duration {
	if m == fault.BlackHole {
		return brief
	}
	return patience
}

func requestCut(t *testing.T, open NewWorld) {
	head := len(attempt(1, 0).Head)
	for _, c := range []struct {
		phase    fault.Phase
		perMille int
		bytes    int
	}{
		{fault.Headers, 0, 1},
		{fault.Headers, 500, head / 2},
		{fault.Headers, 1000, head - 1},
		{fault.Body, 0, head},
		{fault.Body, 500, head + len(payload)/2},
		{fault.Body, 1000, head + len(payload) - 1},
	} {
		t.Run(string(c.phase), func(t *testing.T) {
			b := newBench(t, open, created, planned(fault.RequestCut, cut(c.phase, c.perMille)))
			require.Nil(t, b.send(1, patience).Answer)
			b.fired()
			sent := b.of(model.Sent, 1)
			require.Len(t, sent, 1)
			require.False(t, sent[0].Complete)
			require.Equal(t, c.bytes, sent[0].Bytes)
			checkCut(b, c.phase, c.bytes-head)
		})
	}
}

// checkCut looks at what the service itself saw of a request that was cut.
func checkCut(b *bench, phase fault.Phase, body int) {
	if phase == fault.Headers {
		require.Empty(b.t, b.service.seen())
		return
	}
	got := b.arrived(1)[0]
	require.Error(b.t, got.bodyErr)
	require.Equal(b.t, payload[:body], got.body)
}

func responseLost(t *testing.T, open NewWorld) {
	for m, saw := range losses() {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, created, planned(fault.ResponseLost, mode(m)))
			require.Equal(t, saw, b.send(1, lossTimeout(m)).Err)
			b.fired()
			b.whole(1)
			require.Len(t, b.of(model.Answered, 1), 1)
		})
	}
}

// responseLostWithoutAnswer: the client gives up before the service has executed, and the service
// answers because it sees that.
func responseLostWithoutAnswer(t *testing.T, open NewWorld) {
	b := newBench(t, open, untilCancelled, planned(fault.ResponseLost, mode(fault.Reset)))
	require.Equal(t, "timeout", b.send(1, brief).Err)
	b.fired()
	require.True(t, b.whole(1)[0].cancelled)
}

func responseCut(t *testing.T, open NewWorld) {
	for _, c := range []struct {
		phase    fault.Phase
		perMille int
	}{
		{fault.StatusLine, 0},
		{fault.StatusLine, 1000},
		{fault.Headers, 500},
		{fault.Body, 0},
		{fault.Body, 500},
		{fault.Body, 1000},
	} {
		t.Run(string(c.phase), func(t *testing.T) {
			b := newBench(t, open, created, planned(fault.ResponseCut, cut(c.phase, c.perMille)))
			require.Equal(t, "broken answer", b.send(1, patience).Err)
			b.fired()
			b.whole(1)
		})
	}
	t.Run("no body", func(t *testing.T) {
		b := newBench(t, open, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
			planned(fault.ResponseCut, cut(fault.Body, 500)))
		require.Equal(t, "broken answer", b.send(1, patience).Err)
		require.Contains(t, b.fired().Detail, "no body")
	})
}

func lateArrival(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, planned(fault.LateArrival, span("", 3*brief)))
	require.Equal(t, "timeout", b.send(1, brief).Err)
	require.Empty(t, b.service.seen())
	b.fired()
	require.False(t, b.whole(1)[0].cancelled)
	require.Len(t, b.of(model.Answered, 1), 1)

	b = newBench(t, open, created, planned(fault.LateArrival, span("", time.Millisecond)))
	require.Equal(t, 201, b.send(1, patience).Answer.Status)
	b.notFired()
}

func delay(t *testing.T, open NewWorld) {
	for _, m := range []fault.Mode{"", fault.Upstream, fault.Downstream} {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, created, planned(fault.Delay, span(m, 20*time.Millisecond)))
			begun := time.Now()
			require.Equal(t, 201, b.send(1, patience).Answer.Status)
			require.GreaterOrEqual(t, time.Since(begun), 20*time.Millisecond)
			b.fired()
			b.whole(1)
		})
	}
	t.Run("client gives up", func(t *testing.T) {
		b := newBench(t, open, created, planned(fault.Delay, span(fault.Downstream, time.Minute)))
		require.Equal(t, "timeout", b.send(1, brief).Err)
		b.notFired()
	})
}

func slow(t *testing.T, open NewWorld) {
	for _, rate := range []int{400, 1000} {
		b := newBench(t, open, created, planned(fault.Slow, func(f *fault.Fault) {
			f.Mode, f.BytesPerSecond = fault.Bandwidth, rate
		}))
		begun := time.Now()
		require.Equal(t, answer, b.send(1, patience).Answer.Body)
		require.Greater(t, time.Since(begun), 100*time.Millisecond)
		b.fired()
	}
	for size, fires := range map[int]bool{10: true, 4096: false} {
		b := newBench(t, open, created, planned(fault.Slow, func(f *fault.Fault) {
			f.Mode, f.SliceBytes = fault.Slicer, size
		}))
		require.Equal(t, answer, b.send(1, patience).Answer.Body)
		require.Equal(t, fires, b.faulted().Fired)
	}
}

func slowClose(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, planned(fault.Slow, span(fault.SlowClose, 50*time.Millisecond)))
	require.Equal(t, 201, b.send(1, patience).Answer.Status)
	b.fired()
}

func throttled(t *testing.T, open NewWorld) {
	for value, wait := range map[string][2]time.Duration{
		"": {0, 0}, "0": {0, 0}, "1": {time.Second, time.Second}, "past": {0, 0},
		"date": {500 * time.Millisecond, 2 * time.Second},
	} {
		b := newBench(t, open, created, planned(fault.Throttled, func(f *fault.Fault) {
			f.Status, f.RetryAfter = 429, value
		}))
		out := b.send(1, patience)
		require.Equal(t, 429, out.Answer.Status)
		require.True(t, strings.HasPrefix(out.Answer.Body, "{"))
		require.GreaterOrEqual(t, out.RetryAfter, wait[0])
		require.LessOrEqual(t, out.RetryAfter, wait[1])
		b.fired()
		require.Empty(t, b.service.seen())
		require.Empty(t, b.of(model.Sent, 0))
	}
}

func notMade(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, planned(fault.Refused, func(f *fault.Fault) { f.Attempt = 3 }))
	require.Equal(t, 201, b.send(1, patience).Answer.Status)
	require.Contains(t, b.notFired().Detail, "not made")
}

// refusedWins: whatever else is planned for a refused attempt has not fired.
func refusedWins(t *testing.T, open NewWorld) {
	for _, other := range []fault.Fault{
		planned(fault.RequestLost, mode(fault.BlackHole)),
		planned(fault.RequestCut, cut(fault.Body, 500)),
		planned(fault.ResponseLost, mode(fault.Close)),
		planned(fault.ResponseCut, cut(fault.Body, 500)),
		planned(fault.LateArrival, span("", time.Second)),
		planned(fault.Delay, span(fault.Upstream, time.Millisecond)),
		planned(fault.Slow, span(fault.SlowClose, time.Millisecond)),
		planned(fault.Slow, func(f *fault.Fault) { f.Mode, f.BytesPerSecond = fault.Bandwidth, 1000 }),
		planned(fault.Disconnect, span(fault.Reset, 0)),
		planned(fault.HiddenDuplicate, mode(fault.AtOnce)),
		planned(fault.Throttled, func(f *fault.Fault) { f.Status = 503 }),
		planned(fault.GatewayError, func(f *fault.Fault) { f.Status = 502 }),
	} {
		b := newBench(t, open, created, other, planned(fault.Refused, nil))
		require.Equal(t, "refused", b.send(1, patience).Err, other.Kind)
		b.drain()
		require.Empty(t, b.service.seen())
		faulted := b.of(model.FaultReported, 1)
		require.Len(t, faulted, 2)
		for _, e := range faulted {
			require.Equal(t, e.Fault.Kind == fault.Refused, e.Fired, "%s: %s", other.Kind, e.Detail)
		}
	}
}
