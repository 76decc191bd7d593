package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/trace"
)

// collected serves a collector of traces, and returns its URL and what it was sent so far.
func collected(t *testing.T) (at string, spans func() []*tracepb.Span) {
	t.Helper()
	var mu sync.Mutex
	var all []*tracepb.Span
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var m collectorpb.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(body, &m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, r := range m.GetResourceSpans() {
			for _, s := range r.GetScopeSpans() {
				all = append(all, s.GetSpans()...)
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []*tracepb.Span {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// toldTraces is a service that remembers which traces and spans it was told.
func toldTraces(t *testing.T, h http.Handler) (at string, parents func() map[string]bool) {
	t.Helper()
	var mu sync.Mutex
	all := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if parent := r.Header.Get(trace.Header); parent != "" {
			mu.Lock()
			all[parent] = true
			mu.Unlock()
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() map[string]bool {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// planted are the attempts of a saved run by what the service was told of each, with the kinds of
// their faults that fired, and how many operations were sent.
func planted(t *testing.T, path string) (attempts map[string][]string, operations int) {
	t.Helper()
	attempts = map[string][]string{}
	require.NoError(t, files.EachHistory(path, func(_ files.Header, h *model.History) error {
		id := map[string]string{}
		for _, op := range h.Operations {
			id[op.ID] = op.Trace
		}
		sent := map[string]bool{}
		for _, e := range h.Events {
			if e.Kind == model.Invoke {
				sent[e.Operation] = true
				attempts[trace.Parent(id[e.Operation], e.Attempt)] = nil
			}
		}
		operations += len(sent)
		for _, e := range h.Events {
			if e.Kind != model.FaultReported || !e.Fired {
				continue
			}
			for n := e.Fault.Attempt; e.Fault.Addresses(e.Fault.Operation, n); n++ {
				if at := trace.Parent(id[e.Fault.Operation], n); known(attempts, at) {
					attempts[at] = append(attempts[at], string(e.Fault.Kind))
				}
			}
		}
		return nil
	}))
	return attempts, operations
}

func known(attempts map[string][]string, at string) bool {
	_, is := attempts[at]
	return is
}

// shownIn are the spans that a collector was sent, by what the service was told of each, with the kinds
// of faults that they name; and their traces.
func shownIn(t *testing.T, spans []*tracepb.Span) (attempts map[string][]string, traces map[string]bool) {
	t.Helper()
	attempts, traces = map[string][]string{}, map[string]bool{}
	before := map[string]bool{}
	for _, s := range spans {
		id, span := hex.EncodeToString(s.GetTraceId()), hex.EncodeToString(s.GetSpanId())
		at := fmt.Sprintf("00-%s-%s-01", id, span)
		require.NotContains(t, attempts, at, "an attempt is one span")
		attempts[at], traces[id] = nil, true
		for _, a := range s.GetAttributes() {
			if a.GetKey() == "idemcheck.fault.kind" {
				for _, v := range a.GetValue().GetArrayValue().GetValues() {
					attempts[at] = append(attempts[at], v.GetStringValue())
				}
			}
		}
		repeats := len(s.GetLinks()) == 1 && before[id+hex.EncodeToString(s.GetLinks()[0].GetSpanId())]
		require.Equal(t, number(s, "idemcheck.attempt") > 1, repeats, "a retry names one before it")
		before[id+span] = true
	}
	return attempts, traces
}

// number is a number that a span says.
func number(s *tracepb.Span, name string) int64 {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == name {
			return a.GetValue().GetIntValue()
		}
	}
	return 0
}

// requireSpansTold asks that the service was told the names of every attempt that arrived.
func requireSpansTold(t *testing.T, spans []*tracepb.Span, told map[string]bool) {
	t.Helper()
	arrived := 0
	for _, s := range spans {
		if number(s, "idemcheck.arrived") > 0 {
			arrived++
			require.True(t, told[fmt.Sprintf("00-%x-%x-01", s.GetTraceId(), s.GetSpanId())])
		}
	}
	require.Positive(t, arrived)
}

// TestARunIsSeenInATracingSystem: what a collector is sent is what the run's history holds, under the
// names that the service was told.
func TestARunIsSeenInATracingSystem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		flaws flaws
		code  int
	}{"right": {flaws{}, exitValid}, "wrong": {flaws{ignoresKeys: true}, exitInvalid}} {
		t.Run(name, func(t *testing.T) {
			service, parents := toldTraces(t, newPayments(tt.flaws))
			collector, spans := collected(t)
			dir := t.TempDir()
			got := invoke(t, brief("run", "-f", file(t, "idemcheck.yaml", minimal), "--target", service,
				"--otlp", collector, "--out", dir)...)
			require.Equal(t, tt.code, got.code, got.out+got.err)
			require.Contains(t, got.out, "traces sent to "+collector)
			want, operations := planted(t, filepath.Join(dir, "history.jsonl"))
			have, traces := shownIn(t, spans())
			require.Len(t, traces, operations)
			require.Equal(t, want, have)
			require.Greater(t, len(have), operations, "some were repeated")
			kinds := map[string]bool{}
			for _, all := range have {
				kinds[strings.Join(all, "")] = true
			}
			require.Contains(t, kinds, string(fault.ResponseLost))
			requireSpansTold(t, spans(), parents())
			if tt.code == exitInvalid {
				requireTraced(t, dir, got.out, traces)
				requireAgain(t, filepath.Join(dir, "counterexample", "plan.json"), service, traces)
			}
		})
	}
}

// requireTraced asks that the smallest counterexample names traces that were sent, in each form.
func requireTraced(t *testing.T, dir, text string, sent map[string]bool) {
	t.Helper()
	v, err := files.LoadVerdict(filepath.Join(dir, "verdict.json"))
	require.NoError(t, err)
	require.Len(t, v.Counterexample.Traces, v.Counterexample.Operations)
	for _, id := range v.Counterexample.Traces {
		require.True(t, sent[id], "%s is to be found", id)
		require.Contains(t, text, "trace "+id)
	}
}

// TestACollectorThatIsDownChangesNothing but adds a line.
func TestACollectorThatIsDownChangesNothing(t *testing.T) {
	t.Parallel()
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	for _, code := range []int{exitValid, exitInvalid} {
		service, _ := toldTraces(t, newPayments(flaws{ignoresKeys: code == exitInvalid}))
		got := invoke(t, brief("run", "-f", file(t, "idemcheck.yaml", minimal), "--target", service,
			"--otlp", dead.URL, "--no-progress", "--out", t.TempDir())...)
		require.Equal(t, code, got.code, got.out+got.err)
		require.Regexp(t, `^note: traces: 0 of operations were sent to \S+, and then no more: .+\n$`, got.err)
	}
}

// requireAgain asks that a replay has traces of its own.
func requireAgain(t *testing.T, plan, service string, before map[string]bool) {
	t.Helper()
	collector, spans := collected(t)
	got := invoke(t, "replay", plan, "-f", file(t, "idemcheck.yaml", minimal), "--target", service,
		"--otlp", collector, "--no-progress", "--out", "none")
	require.Equal(t, exitInvalid, got.code, got.out+got.err)
	_, traces := shownIn(t, spans())
	require.NotEmpty(t, traces)
	for id := range traces {
		require.False(t, before[id], "%s is of the run before", id)
	}
}
