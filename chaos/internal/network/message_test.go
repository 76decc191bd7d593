package network

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/fault"
)

// TestMessageEnds feeds each message followed by the beginning of another, in pieces of every size.
func TestMessageEnds(t *testing.T) {
	const next = "HTTP/1.1 "
	for name, c := range map[string]struct {
		text               string
		response, bodyless bool
	}{
		"request without body": {text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
		"request with body":    {text: "POST / HTTP/1.1\r\ncontent-length:  5\r\n\r\n\r\n\r\n1"},
		"empty body":           {text: "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"},
		"bare line feeds":      {text: "POST / HTTP/1.1\nContent-Length: 2\n\nab"},
		"malformed key": {
			text: "POST / HTTP/1.1\r\nIdempotency-Key: \"\xff\r\nContent-Length: 1\r\n\r\nx",
		},
		"chunked request": {text: "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"a;x=y\r\n0123456789\r\n1\r\nx\r\n0\r\nTrailer: t\r\n\r\n"},
		"answer":     {text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", response: true},
		"no content": {text: "HTTP/1.1 204 No Content\r\n\r\n", response: true},
		"not modified": {
			text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", response: true,
		},
		"interim": {text: "HTTP/1.1 100 Continue\r\n\r\n", response: true},
		"answer to HEAD": {
			text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", response: true, bodyless: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= len(c.text)+len(next); size++ {
				m := &message{response: c.response, bodyless: c.bodyless}
				require.Equal(t, len(c.text), feedAll(m, c.text+next, size), "pieces of %d", size)
				require.Equal(t, len(c.text), m.size)
			}
		})
	}
}

// feedAll returns how many bytes belonged to the message, -1 when it did not end.
func feedAll(m *message, text string, size int) int {
	fed := 0
	for fed < len(text) {
		n, done := m.feed([]byte(text[fed:min(fed+size, len(text))]))
		fed += n
		if done {
			return fed
		}
	}
	return -1
}

func TestMessageUntilClose(t *testing.T) {
	m := &message{response: true}
	require.Equal(t, -1, feedAll(m, "HTTP/1.1 200 OK\r\n\r\nabc", 4))
	require.True(t, m.closed(), "the end of the connection ends the answer")
	m = &message{response: true}
	require.Equal(t, -1, feedAll(m, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 4))
	require.False(t, m.closed())
}

func TestCuts(t *testing.T) {
	m := &message{response: true}
	feedAll(m, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", 100)
	line, head := 17, 39
	require.Len(t, m.head, head)
	for _, c := range []struct {
		phase    fault.Phase
		perMille int
		want     int
	}{
		{fault.StatusLine, 0, 1},
		{fault.StatusLine, 1000, line - 1},
		{fault.Headers, 0, line},
		{fault.Headers, 1000, head - 1},
		{fault.Body, 0, head},
		{fault.Body, 300, head + 3},
		{fault.Body, 1000, head + 9},
	} {
		got, _ := responseCut(fault.Fault{Phase: c.phase, PerMille: c.perMille}, m)
		require.Equal(t, c.want, got, "%s %d", c.phase, c.perMille)
	}
	require.Equal(t, 1, requestCut(fault.Fault{Phase: fault.Headers}, 50, 10))
	require.Equal(t, 49, requestCut(fault.Fault{Phase: fault.Headers, PerMille: 1000}, 50, 10))
	require.Equal(t, 50, requestCut(fault.Fault{Phase: fault.Body}, 50, 10))
	require.Equal(t, 59, requestCut(fault.Fault{Phase: fault.Body, PerMille: 1000}, 50, 10))
	require.Equal(t, 25, requestCut(fault.Fault{Phase: fault.Body, PerMille: 500}, 50, 0))
}

func TestEveryKindIsMadeOrSaysWhyNot(t *testing.T) {
	require.Len(t, kindsOnWire, len(fault.Kinds()))
	for _, info := range fault.Kinds() {
		row, known := wired(info.Kind)
		require.True(t, known, info.Kind)
		made := row.toxics != nil && row.proof != nil
		require.False(t, made && row.share != nil, "%s reports itself", info.Kind)
		require.True(t, made || row.share != nil || info.Traits.NeedsProcess, info.Kind)
		copied := info.Traits.Copied != fault.Single
		require.False(t, copied && row.share == nil, "the copies of %s know each other", info.Kind)
	}
}

func TestExpresses(t *testing.T) {
	good := func(kind fault.Kind) fault.Fault {
		return fault.Fault{
			Kind: kind, Operation: "a", Attempt: 1, Phase: fault.Body, Span: 1, Copies: 2,
			Status: 429, BytesPerSecond: 1, SliceBytes: 1,
		}
	}
	for _, info := range fault.Kinds() {
		f := good(info.Kind)
		switch f.Kind {
		case fault.Slow:
			f.Mode = fault.Slicer
		case fault.GatewayError:
			f.Status = 504
		case fault.Crash, fault.Terminate, fault.Pause:
			require.ErrorContains(t, Expresses(f), "only a world that runs the service")
			continue
		}
		require.NoError(t, Expresses(f), info.Kind)
		f.Link = "service-store"
		require.ErrorContains(t, Expresses(f), "service-store")
		f.Link, f.Attempt = "", 0
		require.ErrorContains(t, Expresses(f), "no address")
	}
	for kind, spoil := range map[fault.Kind]func(f *fault.Fault){
		fault.RequestLost:         func(f *fault.Fault) { f.Mode = fault.Both },
		fault.RequestCut:          func(f *fault.Fault) { f.PerMille = 1001 },
		fault.ResponseCut:         func(f *fault.Fault) { f.Phase = "tail" },
		fault.LateArrival:         func(f *fault.Fault) { f.Span = 0 },
		fault.Delay:               func(f *fault.Fault) { f.Mode = fault.Both },
		fault.Slow:                func(f *fault.Fault) { f.Mode, f.SliceBytes = fault.Slicer, 0 },
		fault.Partition:           func(f *fault.Fault) { f.Span = -1 },
		fault.ConcurrentDuplicate: func(f *fault.Fault) { f.Copies = 1 },
		fault.StaggeredDuplicate:  func(f *fault.Fault) { f.Span = 0 },
		fault.Throttled:           func(f *fault.Fault) { f.RetryAfter = "soon" },
		fault.GatewayError:        func(*fault.Fault) {}, // 429 is no gateway's
		"flood":                   func(*fault.Fault) {},
	} {
		f := good(kind)
		spoil(&f)
		require.Error(t, Expresses(f), kind)
	}
}
