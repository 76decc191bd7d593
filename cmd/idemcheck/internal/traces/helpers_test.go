package traces

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/trace"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// inbox is a collector that keeps what it is sent.
type inbox struct {
	URL string
	mu  sync.Mutex
	// got are the messages, protected by mu.
	got []*collectorpb.ExportTraceServiceRequest
}

func collect(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{}
	in.URL = serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var m collectorpb.ExportTraceServiceRequest
		if err != nil || r.URL.Path != tracesPath || proto.Unmarshal(body, &m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		in.got = append(in.got, &m)
	})
	return in
}

// spans are all that was sent.
func (in *inbox) spans() (out []*tracepb.Span) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, m := range in.got {
		for _, r := range m.GetResourceSpans() {
			for _, s := range r.GetScopeSpans() {
				out = append(out, s.GetSpans()...)
			}
		}
	}
	return out
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// begun is when the histories of these tests began.
var begun = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// contract is what outcomes are told by.
func contract() model.Contract {
	return model.Contract{Operations: map[string]model.OperationType{
		"pay": {Method: "POST", Path: "/payments", OK: []int{201}},
	}}
}

// twice is a case of two operations: the answer to a.1 is lost and a.2 repeats it, and b.1 is refused
// by nobody.
func twice(n int) *model.History {
	at := func(ms int, e model.Event) model.Event {
		e.At = time.Duration(ms) * time.Millisecond
		return e
	}
	lost := &fault.Fault{
		Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Reset, Phase: fault.Body,
	}
	op := func(id string) model.Operation {
		return model.Operation{
			ID: id, Type: "pay", Method: "POST", Route: "/payments/{id}", Path: "/payments/secret-path",
			Key: "secret-key-" + id, Body: "secret-body", Trace: trace.ID("run", id, string(rune('0'+n))),
			CorrelationID: "secret-mark",
		}
	}
	said := &model.Answer{Status: 201, Body: "secret-answer", Headers: map[string]string{"X": "secret-x"}}
	return &model.History{
		Case: n, Scenario: "lost-answers", Run: 1, Begun: begun,
		Operations: []model.Operation{op("a"), op("b"), op("c")},
		Events: []model.Event{
			at(1, model.Event{Kind: model.Invoke, Operation: "a", Attempt: 1}),
			at(2, model.Event{Kind: model.Sent, Operation: "a", Attempt: 1, Complete: true}),
			at(3, model.Event{
				Kind: model.FaultReported, Operation: "a", Attempt: 1, Fault: lost, Fired: true, Detail: "after 5 bytes",
			}),
			at(4, model.Event{Kind: model.Return, Operation: "a", Attempt: 1, Err: "reset"}),
			at(5, model.Event{Kind: model.Invoke, Operation: "b", Attempt: 1}),
			at(6, model.Event{Kind: model.Invoke, Operation: "a", Attempt: 2, Final: true}),
			at(7, model.Event{Kind: model.Sent, Operation: "a", Attempt: 2, Complete: true}),
			at(8, model.Event{Kind: model.Return, Operation: "a", Attempt: 2, Answer: said}),
			at(9, model.Event{Kind: model.Return, Operation: "b", Attempt: 1, Answer: &model.Answer{Status: 500}}),
		},
	}
}

// saved writes histories as a run does.
func saved(t *testing.T, all ...*model.History) RunNames {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.jsonl")
	w, err := files.CreateHistory(path, files.Header{Seed: 7, Contract: contract(), Planned: len(all)})
	require.NoError(t, err)
	for _, h := range all {
		require.NoError(t, w.Add(h))
	}
	require.NoError(t, w.End(files.End{Planned: len(all), Run: len(all), Verdict: verdict.Valid}))
	require.NoError(t, w.Close())
	return RunNames{ID: "r1", Version: "v1", History: path}
}

// opened is a collector at a URL, with other limits.
func opened(t *testing.T, at string, within limits) *Collector {
	t.Helper()
	c := contract()
	out, err := Open(t.Context(), at, nil, &c)
	require.NoError(t, err)
	out.within = within
	return out
}
