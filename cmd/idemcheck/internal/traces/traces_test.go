package traces

import (
	"context"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/trace"
)

// said are attributes by name.
func said(list []*commonpb.KeyValue) map[string]any {
	out := map[string]any{}
	for _, kv := range list {
		switch v := kv.GetValue().GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			out[kv.GetKey()] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			out[kv.GetKey()] = v.IntValue
		case *commonpb.AnyValue_BoolValue:
			out[kv.GetKey()] = v.BoolValue
		case *commonpb.AnyValue_ArrayValue:
			var texts []string
			for _, one := range v.ArrayValue.GetValues() {
				texts = append(texts, one.GetStringValue())
			}
			out[kv.GetKey()] = strings.Join(texts, "; ")
		}
	}
	return out
}

func TestEveryOperationIsATraceAndEveryAttemptASpan(t *testing.T) {
	in, h := collect(t), twice(1)
	note, err := opened(t, in.URL, usual).Send(t.Context(), saved(t, h, twice(2)))
	require.NoError(t, err)
	require.Equal(t, "traces sent to "+in.URL+"/v1/traces: 4 of operations, with 6 spans of attempts", note)
	ids := map[string]int{}
	for _, s := range in.spans() {
		ids[hex.EncodeToString(s.GetTraceId())]++
	}
	require.Len(t, ids, 4, "c was not sent, so that it has no trace")
	require.Len(t, in.spans(), 6)
	for _, one := range []*model.History{h, twice(2)} {
		require.Equal(t, 2, ids[one.Operations[0].Trace])
		require.Equal(t, 1, ids[one.Operations[1].Trace])
	}
	require.Equal(t, map[string]any{
		"service.name": "idemcheck", "service.version": "v1", "idemcheck.run": "r1", "idemcheck.seed": "7",
	}, said(in.got[0].GetResourceSpans()[0].GetResource().GetAttributes()))
}

func TestASpanSaysWhatBecameOfItsAttempt(t *testing.T) {
	in, h := collect(t), twice(1)
	_, err := opened(t, in.URL, usual).Send(t.Context(), saved(t, h))
	require.NoError(t, err)
	spans, id := in.spans(), h.Operations[0].Trace
	one, two, other := spans[0], spans[1], spans[2]
	require.Equal(t, trace.Span(id, 1), hex.EncodeToString(one.GetSpanId()), "as the service was told")
	require.Equal(t, trace.Span(id, 2), hex.EncodeToString(two.GetSpanId()))
	require.Equal(t, "POST /payments/{id}", one.GetName())
	require.Equal(t, uint64(begun.Add(time.Millisecond).UnixNano()), one.GetStartTimeUnixNano())
	require.Equal(t, uint64(begun.Add(4*time.Millisecond).UnixNano()), one.GetEndTimeUnixNano())
	require.Equal(t, tracepb.Status_STATUS_CODE_ERROR, one.GetStatus().GetCode())
	require.Empty(t, one.GetLinks())
	require.Len(t, two.GetLinks(), 1)
	require.Equal(t, one.GetTraceId(), two.GetLinks()[0].GetTraceId())
	require.Equal(t, one.GetSpanId(), two.GetLinks()[0].GetSpanId(), "a.2 repeats a.1")
	require.Nil(t, two.GetStatus())
	require.Equal(t, map[string]any{
		"idemcheck.scenario": "lost-answers", "idemcheck.case": int64(1), "idemcheck.repetition": int64(1),
		"idemcheck.operation": "a", "idemcheck.operation.type": "pay", "idemcheck.attempt": int64(1),
		"idemcheck.key.sha256": hashed("secret-key-a"), "idemcheck.arrived": int64(1),
		"idemcheck.outcome": "info", "idemcheck.fault.kind": "response-lost",
		"idemcheck.fault.where": "client-service, body, reset", "error.type": "reset",
		"http.request.method": "POST", "url.template": "/payments/{id}",
	}, said(one.GetAttributes()))
	require.Len(t, one.GetEvents(), 1)
	require.Equal(t, map[string]any{
		"kind": "response-lost", "mode": "reset", "phase": "body", "link": "client-service", "fired": true,
		"detail": "after 5 bytes",
	}, said(one.GetEvents()[0].GetAttributes()))
	again := said(two.GetAttributes())
	require.Equal(t, "ok", again["idemcheck.outcome"])
	require.Equal(t, int64(201), again["http.response.status_code"])
	require.Equal(t, int64(1), again["http.request.resend_count"])
	require.Equal(t, true, again["idemcheck.attempt.final"])
	require.NotContains(t, again, "idemcheck.fault.kind")
	require.Equal(t, tracepb.Status_STATUS_CODE_ERROR, other.GetStatus().GetCode(), "a 500")
	for _, m := range in.got {
		require.NotContains(t, m.String(), "secret", "no key, path, body or header")
	}
}

func TestManySpansAreSentInSeveralMessages(t *testing.T) {
	in := collect(t)
	within := usual
	within.batch = 4
	_, err := opened(t, in.URL, within).Send(t.Context(), saved(t, twice(1), twice(2), twice(3)))
	require.NoError(t, err)
	require.Len(t, in.got, 2)
	require.Len(t, in.spans(), 9)
}

func TestOperationsWithoutATraceOfOursAreLeftOut(t *testing.T) {
	in, h := collect(t), twice(1)
	h.Operations[0].Trace = ""
	note, err := opened(t, in.URL, usual).Send(t.Context(), saved(t, h))
	require.NoError(t, err)
	require.Contains(t, note, "1 of operations, with 1 spans of attempts; the contract sets Traceparent of 1")
	h.Operations[1].Trace, h.Operations[2].Trace = "", ""
	note, err = opened(t, in.URL, usual).Send(t.Context(), saved(t, h))
	require.NoError(t, err)
	require.Equal(t, "no trace was sent: the contract sets the header Traceparent itself", note)
}

func TestACollectorThatTakesNothingIsALineAndNoMore(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, gone.Close())
	ended, asked := make(chan struct{}), atomic.Int32{}
	partly, err := proto.Marshal(&collectorpb.ExportTraceServiceResponse{
		PartialSuccess: &collectorpb.ExportTracePartialSuccess{RejectedSpans: 1, ErrorMessage: "a\nsecret"},
	})
	require.NoError(t, err)
	at := map[string]string{
		"connection refused": "http://" + gone.Addr().String(),
		"it answered 503 Service Unavailable": serve(t, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "a\nsecret", http.StatusServiceUnavailable)
		}),
		"it answered 302 Found": serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://203.0.113.9/secret")
			w.WriteHeader(http.StatusFound)
		}),
		"it did not take them": serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-protobuf")
			_, _ = w.Write(partly)
		}),
		"or did not answer as a collector": serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-protobuf")
			_, _ = w.Write([]byte("a\nsecret"))
		}),
		"it took longer than 20ms": serve(t, func(http.ResponseWriter, *http.Request) {
			asked.Add(1)
			<-ended
		}),
	}
	defer close(ended)
	for why, url := range at {
		t.Run(why, func(t *testing.T) {
			within := usual
			if strings.Contains(why, "longer") {
				within.answer, within.batch = 20*time.Millisecond, 1
			}
			note, err := opened(t, url, within).Send(t.Context(), saved(t, twice(1), twice(2)))
			require.ErrorContains(t, err, why)
			require.ErrorContains(t, err, "traces: 0 of operations were sent to "+url+"/v1/traces")
			require.NotContains(t, err.Error(), "\n")
			require.NotContains(t, err.Error(), "secret", "not in a collector's own words")
			require.Empty(t, note)
		})
	}
	require.Equal(t, int32(1), asked.Load(), "one that hangs is asked once")
}

func TestWhoInterruptsWaitsForNoCollector(t *testing.T) {
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	at := serve(t, func(http.ResponseWriter, *http.Request) {
		cancel()
		<-ended
	})
	defer close(ended)
	_, err := opened(t, at, limits{answer: time.Hour, all: time.Hour}).Send(ctx, saved(t, twice(1)))
	require.ErrorContains(t, err, "the run was interrupted")
}

func TestAHistoryThatIsGoneIsSaid(t *testing.T) {
	_, err := opened(t, collect(t).URL, usual).Send(t.Context(), RunNames{History: t.TempDir() + "/none"})
	require.ErrorContains(t, err, "none")
}

func TestACollectorIsNamedByAURLOfAHostThatMayBeReached(t *testing.T) {
	off := false
	told, untold := contract(), contract()
	untold.Target.RunHeaders = &off
	for _, tt := range []struct {
		at    string
		allow []string
		c     model.Contract
		why   string
	}{
		{"127.0.0.1:4318", nil, told, "not a URL"},
		{"ftp://127.0.0.1", nil, told, "no URL of http or https"},
		{"http://", nil, told, "no URL of http or https"},
		{"http://user:s3cret@127.0.0.1", nil, told, "OTEL_EXPORTER_OTLP_HEADERS"},
		{"http://127.0.0.1/?token=s3cret", nil, told, "query"},
		{"http://203.0.113.9:4318", nil, told, "--allow-host 203.0.113.9"},
		{"http://127.0.0.1:4318", nil, untold, "run_headers"},
		{"http://203.0.113.9:4318", []string{"203.0.113.9"}, told, ""},
		{"https://127.0.0.1/a/b", nil, told, ""},
		{"", nil, untold, ""},
	} {
		_, err := Open(t.Context(), tt.at, tt.allow, &tt.c)
		if tt.why == "" {
			require.NoError(t, err, tt.at)
			continue
		}
		require.ErrorContains(t, err, tt.why)
		require.ErrorContains(t, err, "next: ")
		require.NotContains(t, err.Error(), "s3cret")
		require.Equal(t, exit.BadUsage, exit.Code(err), tt.at)
	}
	none, err := Open(t.Context(), "", nil, &told)
	require.NoError(t, err)
	note, err := none.Send(t.Context(), RunNames{})
	require.NoError(t, err)
	require.Empty(t, note)
}

func TestAHostWithoutAnAddressStopsNobody(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	c := contract()
	out, err := Open(over, "http://collector.invalid:4318", nil, &c)
	require.NoError(t, err)
	_, err = out.Send(t.Context(), saved(t, twice(1)))
	require.ErrorContains(t, err, "traces: 0 of operations were sent to http://collector.invalid:4318/v1/traces")
}

func TestHeadersForACollectorAreNeverShown(t *testing.T) {
	c := contract()
	for _, wrong := range []string{"s3cret", "a=b,s3cret", "s3cret b=c", "a=%zzs3cret", "=s3cret"} {
		t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", wrong)
		_, err := Open(t.Context(), "http://127.0.0.1:4318", nil, &c)
		require.ErrorContains(t, err, "reading OTEL_EXPORTER_OTLP_HEADERS: header ", wrong)
		require.NotContains(t, err.Error(), "s3cret")
		require.Equal(t, exit.BadUsage, exit.Code(err))
	}
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=s3cret%2C, other = b")
	var got http.Header
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		http.Error(w, r.Header.Get("X-Api-Key"), http.StatusUnauthorized)
	})
	_, err := opened(t, at, usual).Send(t.Context(), saved(t, twice(1)))
	require.ErrorContains(t, err, "it answered 401 Unauthorized")
	require.NotContains(t, err.Error(), "s3cret")
	require.Equal(t, "s3cret,", got.Get("X-Api-Key"))
}
