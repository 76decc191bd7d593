package traces

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/trace"
)

// message is what is sent of a batch: who sent it, and its spans.
func (s *sending) message() []*tracepb.ResourceSpans {
	return []*tracepb.ResourceSpans{{
		Resource: &resourcepb.Resource{Attributes: attributes{}.
			text("service.name", "idemcheck").text("service.version", s.run.Version).
			text("idemcheck.run", s.run.ID).text("idemcheck.seed", fmt.Sprint(s.seed))},
		ScopeSpans: []*tracepb.ScopeSpans{{
			Scope: &commonpb.InstrumentationScope{Name: "idemcheck", Version: s.run.Version},
			Spans: s.batch,
		}},
	}}
}

// spansOf are the spans of an operation's attempts, in their order; none where the service was told
// no trace of ours, or nobody knows when.
func spansOf(c *model.Contract, h *model.History, op *model.Operation) (out []*tracepb.Span) {
	id, err := hex.DecodeString(op.Trace)
	if len(id) != 16 || err != nil || h.Begun.IsZero() {
		return nil
	}
	before := 0
	for _, a := range attemptsOf(h, op.ID) {
		out = append(out, a.span(c, h, op, before))
		before = a.number
	}
	for i := range out {
		out[i].TraceId = id
		for _, l := range out[i].GetLinks() {
			l.TraceId = id
		}
	}
	return out
}

// attempt is what a history says of one attempt.
type attempt struct {
	number     int
	began, end model.Event
	// arrived counts the whole requests that it caused at the service, faults what became of faults.
	arrived int
	faults  []model.Event
}

// attemptsOf are the attempts of an operation, in the order in which they began.
func attemptsOf(h *model.History, operation string) (out []*attempt) {
	by := map[int]*attempt{}
	for _, e := range h.Events {
		a := by[e.Attempt]
		switch {
		case e.Kind == model.FaultReported || e.Operation != operation:
		case e.Kind == model.Invoke && a == nil:
			a = &attempt{number: e.Attempt, began: e, end: e}
			by[e.Attempt], out = a, append(out, a)
		case a == nil:
		case e.Kind == model.Return:
			a.end = e
		case e.Kind == model.Sent && e.Complete:
			a.arrived++
		}
	}
	for _, e := range h.Events {
		for _, a := range out {
			if e.Kind == model.FaultReported && e.Fault != nil && e.Fault.Addresses(operation, a.number) {
				a.faults = append(a.faults, e)
			}
		}
	}
	return out
}

// span is the span of an attempt; before is the attempt that it repeats, zero for none. No body, no
// path and no header is in it.
func (a *attempt) span(
	c *model.Contract, h *model.History, op *model.Operation, before int,
) *tracepb.Span {
	at := func(e model.Event) uint64 { return uint64(h.Begun.Add(e.At).UnixNano()) }
	out := &tracepb.Span{
		SpanId: spanID(op.Trace, a.number), Flags: sampled, Name: op.Method + " " + op.Route,
		Kind:              tracepb.Span_SPAN_KIND_CLIENT,
		StartTimeUnixNano: at(a.began), EndTimeUnixNano: at(a.end),
		Attributes: a.says(c, h, op).number("http.request.resend_count", before),
		Status:     a.status(),
	}
	if before > 0 {
		out.Links = []*tracepb.Span_Link{{
			SpanId: spanID(op.Trace, before), Flags: sampled,
			Attributes: attributes{}.text("idemcheck.link", "repeats"),
		}}
	}
	for _, e := range a.faults {
		out.Events = append(out.Events, &tracepb.Span_Event{
			Name: "fault", TimeUnixNano: uint64(h.Begun.Add(e.At).UnixNano()), Attributes: ofFault(e),
		})
	}
	return out
}

// sampled are W3C's flags of a trace that is kept.
const sampled = 1

// spanID is the name of the span of an attempt, as the service was told.
func spanID(id string, number int) []byte {
	out, _ := hex.DecodeString(trace.Span(id, number)) // it is hexadecimal
	return out
}

// says is what is known of an attempt.
func (a *attempt) says(c *model.Contract, h *model.History, op *model.Operation) attributes {
	out := attributes{}.
		text("idemcheck.scenario", h.Scenario).whole("idemcheck.case", h.Case).
		number("idemcheck.repetition", h.Run).
		text("idemcheck.operation", op.ID).text("idemcheck.operation.type", op.Type).
		text("idemcheck.tenant", op.Tenant).text("idemcheck.key.sha256", hashed(op.Key)).
		whole("idemcheck.attempt", a.number).yes("idemcheck.attempt.final", a.began.Final).
		number("idemcheck.replica", a.began.Replica).whole("idemcheck.arrived", a.arrived).
		text("idemcheck.outcome", string(c.Classify(op.Type, a.end.Answer))).
		text("http.request.method", op.Method).text("url.template", op.Route)
	kinds, where := a.struck(true)
	out = out.texts("idemcheck.fault.kind", kinds).texts("idemcheck.fault.where", where)
	kinds, _ = a.struck(false)
	out = out.texts("idemcheck.fault.not_fired", kinds)
	if a.end.Answer == nil {
		return out.text("error.type", a.end.Err)
	}
	return out.whole("http.response.status_code", a.end.Answer.Status).
		yes("idemcheck.replay_marker", a.end.Answer.ReplayMarker)
}

// struck are the kinds of the faults of an attempt that fired, or of those that did not, and where
// each was planned.
func (a *attempt) struck(fired bool) (kinds, where []string) {
	for _, e := range a.faults {
		if f := e.Fault; e.Fired == fired {
			kinds = append(kinds, string(f.Kind))
			where = append(where, strings.Join(slices.DeleteFunc(
				[]string{link(f), string(f.Phase), string(f.Mode), f.Point},
				func(word string) bool { return word == "" }), ", "))
		}
	}
	return kinds, where
}

// link is where a fault happens.
func link(f *fault.Fault) string { return cmp.Or(f.Link, fault.ClientService) }

// status is an error where no answer came, or one that refuses.
func (a *attempt) status() *tracepb.Status {
	switch said := a.end.Answer; {
	case said == nil:
		return &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: a.end.Err}
	case said.Status >= 400:
		return &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
	}
	return nil
}

// ofFault is what became of a fault, and where it was planned.
func ofFault(e model.Event) attributes {
	f := e.Fault
	out := attributes{}.text("kind", string(f.Kind)).text("link", link(f)).
		text("mode", string(f.Mode)).text("phase", string(f.Phase)).number("per_mille", f.PerMille).
		number("copies", f.Copies).number("status", f.Status).text("point", f.Point)
	if f.Span > 0 {
		out = out.text("span", f.Span.Std().Round(time.Microsecond).String())
	}
	return out.text("detail", e.Detail).flag("fired", e.Fired)
}

// hashed tells keys apart without showing them; "" for none.
func hashed(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}
