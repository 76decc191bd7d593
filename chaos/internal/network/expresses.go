package network

import (
	"fmt"
	"strconv"

	"github.com/idemcheck/idemcheck/model"
)

// Expresses returns nil when the fault can be made to happen between client and service, or an
// error that says why not.
func Expresses(f model.Fault) error {
	if f.Link != "" && f.Link != model.ClientService {
		return fmt.Errorf("fault %s: this world has no link %s", f.Kind, f.Link)
	}
	if f.Operation == "" || f.Attempt < 1 {
		return fmt.Errorf("fault %s: it has no address: operation %q, attempt %d",
			f.Kind, f.Operation, f.Attempt)
	}
	if why := unfit(f); why != "" {
		return fmt.Errorf("fault %s of attempt %s: %s", f.Kind, spot(f.Operation, f.Attempt), why)
	}
	return nil
}

// unfit says what is wrong with the parameters of a fault, "" for nothing.
func unfit(f model.Fault) string {
	switch f.Kind {
	case model.Refused, model.Reorder:
		return ""
	case model.RequestLost, model.ResponseLost:
		return oneOf("mode", string(f.Mode), "", model.BlackHole, model.Reset, model.Close)
	case model.RequestCut:
		return either(perMille(f), oneOf("phase", string(f.Phase), model.Headers, model.Body))
	case model.ResponseCut:
		return either(perMille(f),
			oneOf("phase", string(f.Phase), model.StatusLine, model.Headers, model.Body))
	case model.LateArrival:
		return span(f)
	case model.Delay:
		return either(span(f), oneOf("mode", string(f.Mode), "", model.Upstream, model.Downstream))
	case model.Slow:
		return unfitSlow(f)
	case model.Partition:
		return either(notNegative(f),
			oneOf("mode", string(f.Mode), "", model.Both, model.Upstream, model.Downstream))
	case model.ConcurrentDuplicate:
		return copies(f)
	case model.StaggeredDuplicate:
		return either(copies(f), span(f))
	case model.Disconnect:
		return either(notNegative(f), oneOf("mode", string(f.Mode), "", model.Close, model.Reset))
	case model.HiddenDuplicate:
		return oneOf("mode", string(f.Mode), "", model.AtOnce, model.AfterAnswer)
	case model.Throttled:
		return unfitThrottled(f)
	case model.GatewayError:
		return either(notNegative(f), gatewayStatus(f),
			oneOf("mode", string(f.Mode), "", model.AfterAnswer))
	}
	if f.Kind == model.Crash {
		return "only a world that runs the service can crash it"
	}
	return "this kind is unknown here"
}

func unfitSlow(f model.Fault) string {
	switch {
	case f.Mode == model.SlowClose:
		return span(f)
	case f.Mode == model.Slicer && f.SliceBytes < 1:
		return "slices need at least 1 byte"
	case f.Mode == model.Bandwidth && f.BytesPerSecond < 1:
		return "a bandwidth needs at least 1 byte per second"
	}
	return oneOf("mode", string(f.Mode), model.Bandwidth, model.Slicer)
}

func unfitThrottled(f model.Fault) string {
	if f.Status != 429 && f.Status != 503 {
		return fmt.Sprintf("status %d is neither 429 nor 503", f.Status)
	}
	if _, err := strconv.ParseUint(f.RetryAfter, 10, 31); err == nil {
		return ""
	}
	return oneOf("Retry-After", f.RetryAfter, "", "date", "past")
}

func gatewayStatus(f model.Fault) string {
	if f.Status < 502 || f.Status > 504 {
		return fmt.Sprintf("status %d is none of 502, 503 and 504", f.Status)
	}
	return ""
}

func either(problems ...string) string {
	for _, p := range problems {
		if p != "" {
			return p
		}
	}
	return ""
}

func oneOf[T ~string](what, value string, known ...T) string {
	for _, k := range known {
		if value == string(k) {
			return ""
		}
	}
	return fmt.Sprintf("unknown %s %q", what, value)
}

func perMille(f model.Fault) string {
	if f.PerMille < 0 || f.PerMille > 1000 {
		return fmt.Sprintf("a cut at %d per mille", f.PerMille)
	}
	return ""
}

func span(f model.Fault) string {
	if f.Span <= 0 {
		return "it needs a span"
	}
	return ""
}

func notNegative(f model.Fault) string {
	if f.Span < 0 {
		return "its span is negative"
	}
	return ""
}

func copies(f model.Fault) string {
	if f.Copies < 2 {
		return fmt.Sprintf("%d copies: at least 2 are needed", f.Copies)
	}
	return ""
}
