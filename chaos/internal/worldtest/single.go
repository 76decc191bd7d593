package worldtest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

func fault(kind model.FaultKind, change func(f *model.Fault)) model.Fault {
	f := model.Fault{Kind: kind, Operation: "a", Attempt: 1}
	if change != nil {
		change(&f)
	}
	return f
}

func mode(m model.Mode) func(*model.Fault) { return func(f *model.Fault) { f.Mode = m } }

func span(m model.Mode, d time.Duration) func(*model.Fault) {
	return func(f *model.Fault) { f.Mode, f.Span = m, model.Duration(d) }
}

func cut(p model.Phase, perMille int) func(*model.Fault) {
	return func(f *model.Fault) { f.Phase, f.PerMille = p, perMille }
}

// Run runs every check against a world.
func Run(t *testing.T, open NewWorld) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, open NewWorld)
	}{
		{"no fault", noFault},
		{"service down", serviceDown},
		{"refused", refused},
		{"request lost", requestLost},
		{"request cut", requestCut},
		{"response lost", responseLost},
		{"response lost without answer", responseLostWithoutAnswer},
		{"response cut", responseCut},
		{"late arrival", lateArrival},
		{"delay", delay},
		{"slow", slow},
		{"slow close", slowClose},
		{"throttled", throttled},
		{"gateway error", gatewayError},
		{"gateway error after the answer", gatewayErrorAfterAnswer},
		{"gateway error without an answer", gatewayErrorWithoutAnswer},
		{"disconnect", disconnect},
		{"disconnect too late", disconnectTooLate},
		{"client leaves", clientLeaves},
		{"hidden duplicate", hiddenDuplicate},
		{"hidden resend", hiddenResend},
		{"reorder", reorder},
		{"reorder healed", reorderHealed},
		{"partition", partition},
		{"partition by time", partitionByTime},
		{"partition without attempts", partitionIdle},
		{"concurrent duplicate", concurrentDuplicate},
		{"concurrent duplicate alone", concurrentAlone},
		{"staggered duplicate", staggeredDuplicate},
		{"several faults", severalFaults},
		{"attempt not made", notMade},
		{"refused wins", refusedWins},
	} {
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
	require.Empty(t, b.of(model.Struck, 0))
}

func serviceDown(t *testing.T, open NewWorld) {
	b := newBench(t, open, created)
	b.service.server.Close()
	require.Equal(t, "refused", b.send(1, patience).Err)
	b.drain()
	require.Empty(t, b.of(model.Sent, 0))
}

func refused(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, fault(model.Refused, nil))
	require.Equal(t, "refused", b.send(1, patience).Err)
	b.fired()
	require.Empty(t, b.service.seen())
	require.Equal(t, 201, b.send(2, patience).Answer.Status)
}

func requestLost(t *testing.T, open NewWorld) {
	for m, saw := range map[model.Mode]string{
		model.BlackHole: "timeout", model.Reset: "reset", model.Close: "eof",
	} {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, created, fault(model.RequestLost, mode(m)))
			require.Equal(t, saw, b.send(1, lossTimeout(m)).Err)
			b.fired()
			require.Empty(t, b.service.seen())
			require.Empty(t, b.of(model.Sent, 0))
		})
	}
}

// lossTimeout is short where the client can only give up.
func lossTimeout(m model.Mode) time.Duration {
	if m == model.BlackHole {
		return brief
	}
	return patience
}

func requestCut(t *testing.T, open NewWorld) {
	head := len(attempt(1, 0).Head)
	for _, c := range []struct {
		phase    model.Phase
		perMille int
		bytes    int
	}{
		{model.Headers, 0, 1},
		{model.Headers, 500, head / 2},
		{model.Headers, 1000, head - 1},
		{model.Body, 0, head},
		{model.Body, 500, head + len(payload)/2},
		{model.Body, 1000, head + len(payload) - 1},
	} {
		t.Run(string(c.phase), func(t *testing.T) {
			b := newBench(t, open, created, fault(model.RequestCut, cut(c.phase, c.perMille)))
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
func checkCut(b *bench, phase model.Phase, body int) {
	if phase == model.Headers {
		require.Empty(b.t, b.service.seen())
		return
	}
	got := b.arrived(1)[0]
	require.Error(b.t, got.bodyErr)
	require.Equal(b.t, payload[:body], got.body)
}

func responseLost(t *testing.T, open NewWorld) {
	for m, saw := range map[model.Mode]string{
		model.BlackHole: "timeout", model.Reset: "reset", model.Close: "eof",
	} {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, created, fault(model.ResponseLost, mode(m)))
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
	b := newBench(t, open, untilCancelled, fault(model.ResponseLost, mode(model.Reset)))
	require.Equal(t, "timeout", b.send(1, brief).Err)
	b.fired()
	require.True(t, b.whole(1)[0].cancelled)
}

func responseCut(t *testing.T, open NewWorld) {
	for _, c := range []struct {
		phase    model.Phase
		perMille int
	}{
		{model.StatusLine, 0},
		{model.StatusLine, 1000},
		{model.Headers, 500},
		{model.Body, 0},
		{model.Body, 500},
		{model.Body, 1000},
	} {
		t.Run(string(c.phase), func(t *testing.T) {
			b := newBench(t, open, created, fault(model.ResponseCut, cut(c.phase, c.perMille)))
			require.Equal(t, "broken answer", b.send(1, patience).Err)
			b.fired()
			b.whole(1)
		})
	}
	t.Run("no body", func(t *testing.T) {
		b := newBench(t, open, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
			fault(model.ResponseCut, cut(model.Body, 500)))
		require.Equal(t, "broken answer", b.send(1, patience).Err)
		require.Contains(t, b.fired().Detail, "no body")
	})
}

func lateArrival(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, fault(model.LateArrival, span("", 3*brief)))
	require.Equal(t, "timeout", b.send(1, brief).Err)
	require.Empty(t, b.service.seen())
	b.fired()
	require.False(t, b.whole(1)[0].cancelled)
	require.Len(t, b.of(model.Answered, 1), 1)

	b = newBench(t, open, created, fault(model.LateArrival, span("", time.Millisecond)))
	require.Equal(t, 201, b.send(1, patience).Answer.Status)
	b.notFired()
}

func delay(t *testing.T, open NewWorld) {
	for _, m := range []model.Mode{"", model.Upstream, model.Downstream} {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, created, fault(model.Delay, span(m, 20*time.Millisecond)))
			begun := time.Now()
			require.Equal(t, 201, b.send(1, patience).Answer.Status)
			require.GreaterOrEqual(t, time.Since(begun), 20*time.Millisecond)
			b.fired()
			b.whole(1)
		})
	}
	t.Run("client gives up", func(t *testing.T) {
		b := newBench(t, open, created, fault(model.Delay, span(model.Downstream, time.Minute)))
		require.Equal(t, "timeout", b.send(1, brief).Err)
		b.notFired()
	})
}

func slow(t *testing.T, open NewWorld) {
	for _, rate := range []int{400, 1000} {
		b := newBench(t, open, created, fault(model.Slow, func(f *model.Fault) {
			f.Mode, f.BytesPerSecond = model.Bandwidth, rate
		}))
		begun := time.Now()
		require.Equal(t, answer, b.send(1, patience).Answer.Body)
		require.Greater(t, time.Since(begun), 100*time.Millisecond)
		b.fired()
	}
	for size, fires := range map[int]bool{10: true, 4096: false} {
		b := newBench(t, open, created, fault(model.Slow, func(f *model.Fault) {
			f.Mode, f.SliceBytes = model.Slicer, size
		}))
		require.Equal(t, answer, b.send(1, patience).Answer.Body)
		require.Equal(t, fires, b.struck().Fired)
	}
}

func slowClose(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, fault(model.Slow, span(model.SlowClose, 50*time.Millisecond)))
	require.Equal(t, 201, b.send(1, patience).Answer.Status)
	b.fired()
}

func throttled(t *testing.T, open NewWorld) {
	for value, wait := range map[string][2]time.Duration{
		"": {0, 0}, "0": {0, 0}, "1": {time.Second, time.Second}, "past": {0, 0},
		"date": {500 * time.Millisecond, 2 * time.Second},
	} {
		b := newBench(t, open, created, fault(model.Throttled, func(f *model.Fault) {
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
	b := newBench(t, open, created, fault(model.Refused, func(f *model.Fault) { f.Attempt = 3 }))
	require.Equal(t, 201, b.send(1, patience).Answer.Status)
	require.Contains(t, b.notFired().Detail, "not made")
}

// refusedWins: whatever else is planned for a refused attempt has not fired.
func refusedWins(t *testing.T, open NewWorld) {
	for _, other := range []model.Fault{
		fault(model.RequestLost, mode(model.BlackHole)),
		fault(model.RequestCut, cut(model.Body, 500)),
		fault(model.ResponseLost, mode(model.Close)),
		fault(model.ResponseCut, cut(model.Body, 500)),
		fault(model.LateArrival, span("", time.Second)),
		fault(model.Delay, span(model.Upstream, time.Millisecond)),
		fault(model.Slow, span(model.SlowClose, time.Millisecond)),
		fault(model.Slow, func(f *model.Fault) { f.Mode, f.BytesPerSecond = model.Bandwidth, 1000 }),
		fault(model.Disconnect, span(model.Reset, 0)),
		fault(model.HiddenDuplicate, mode(model.AtOnce)),
		fault(model.Throttled, func(f *model.Fault) { f.Status = 503 }),
		fault(model.GatewayError, func(f *model.Fault) { f.Status = 502 }),
	} {
		b := newBench(t, open, created, other, fault(model.Refused, nil))
		require.Equal(t, "refused", b.send(1, patience).Err, other.Kind)
		b.drain()
		require.Empty(t, b.service.seen())
		struck := b.of(model.Struck, 1)
		require.Len(t, struck, 2)
		for _, e := range struck {
			require.Equal(t, e.Fault.Kind == model.Refused, e.Fired, "%s: %s", other.Kind, e.Detail)
		}
	}
}
