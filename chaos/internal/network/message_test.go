package network

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
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
		phase    model.Phase
		perMille int
		want     int
	}{
		{model.StatusLine, 0, 1},
		{model.StatusLine, 1000, line - 1},
		{model.Headers, 0, line},
		{model.Headers, 1000, head - 1},
		{model.Body, 0, head},
		{model.Body, 300, head + 3},
		{model.Body, 1000, head + 9},
	} {
		got, _ := responseCut(model.Fault{Phase: c.phase, PerMille: c.perMille}, m)
		require.Equal(t, c.want, got, "%s %d", c.phase, c.perMille)
	}
	require.Equal(t, 1, requestCut(model.Fault{Phase: model.Headers}, 50, 10))
	require.Equal(t, 49, requestCut(model.Fault{Phase: model.Headers, PerMille: 1000}, 50, 10))
	require.Equal(t, 50, requestCut(model.Fault{Phase: model.Body}, 50, 10))
	require.Equal(t, 59, requestCut(model.Fault{Phase: model.Body, PerMille: 1000}, 50, 10))
	require.Equal(t, 25, requestCut(model.Fault{Phase: model.Body, PerMille: 500}, 50, 0))
}

func TestExpresses(t *testing.T) {
	good := func(kind model.FaultKind) model.Fault {
		return model.Fault{
			Kind: kind, Operation: "a", Attempt: 1, Phase: model.Body, Span: 1, Copies: 2,
			Status: 429, BytesPerSecond: 1, SliceBytes: 1,
		}
	}
	for _, info := range model.FaultKinds() {
		f := good(info.Kind)
		switch f.Kind {
		case model.Slow:
			f.Mode = model.Slicer
		case model.GatewayError:
			f.Status = 504
		case model.Crash:
			require.ErrorContains(t, Expresses(f), "only a world that runs the service")
			continue
		}
		require.NoError(t, Expresses(f), info.Kind)
		f.Link = "service-store"
		require.ErrorContains(t, Expresses(f), "service-store")
		f.Link, f.Attempt = "", 0
		require.ErrorContains(t, Expresses(f), "no address")
	}
	for kind, spoil := range map[model.FaultKind]func(f *model.Fault){
		model.RequestLost:         func(f *model.Fault) { f.Mode = model.Both },
		model.RequestCut:          func(f *model.Fault) { f.PerMille = 1001 },
		model.ResponseCut:         func(f *model.Fault) { f.Phase = "tail" },
		model.LateArrival:         func(f *model.Fault) { f.Span = 0 },
		model.Delay:               func(f *model.Fault) { f.Mode = model.Both },
		model.Slow:                func(f *model.Fault) { f.Mode, f.SliceBytes = model.Slicer, 0 },
		model.Partition:           func(f *model.Fault) { f.Span = -1 },
		model.ConcurrentDuplicate: func(f *model.Fault) { f.Copies = 1 },
		model.StaggeredDuplicate:  func(f *model.Fault) { f.Span = 0 },
		model.Throttled:           func(f *model.Fault) { f.RetryAfter = "soon" },
		model.GatewayError:        func(*model.Fault) {}, // 429 is no gateway's
		"flood":                   func(*model.Fault) {},
	} {
		f := good(kind)
		spoil(&f)
		require.Error(t, Expresses(f), kind)
	}
}
