package network

import (
	"fmt"
	"strconv"

	"github.com/idemcheck/idemcheck/model/fault"
)

// Expresses returns nil when the fault can be made to happen between client and service, or an
// error that says why not.
func Expresses(f fault.Fault) error {
	if f.Link != "" && f.Link != fault.ClientService {
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
func unfit(f fault.Fault) string {
	switch f.Kind {
	case fault.Refused, fault.Reorder:
		return ""
	case fault.RequestLost, fault.ResponseLost:
		return oneOf("mode", string(f.Mode), "", fault.BlackHole, fault.Reset, fault.Close)
	case fault.RequestCut:
		return either(perMille(f), oneOf("phase", string(f.Phase), fault.Headers, fault.Body))
	case fault.ResponseCut:
		return either(perMille(f),
			oneOf("phase", string(f.Phase), fault.StatusLine, fault.Headers, fault.Body))
	case fault.LateArrival:
		return span(f)
	case fault.Delay:
		return either(span(f), oneOf("mode", string(f.Mode), "", fault.Upstream, fault.Downstream))
	case fault.Slow:
		return unfitSlow(f)
	case fault.Partition:
		return either(notNegative(f),
			oneOf("mode", string(f.Mode), "", fault.Both, fault.Upstream, fault.Downstream))
	case fault.ConcurrentDuplicate:
		return copies(f)
	case fault.StaggeredDuplicate:
		return either(copies(f), span(f))
	case fault.Disconnect:
		return either(notNegative(f), oneOf("mode", string(f.Mode), "", fault.Close, fault.Reset))
	case fault.HiddenDuplicate:
		return oneOf("mode", string(f.Mode), "", fault.AtOnce, fault.AfterAnswer)
	case fault.Throttled:
		return unfitThrottled(f)
	case fault.GatewayError:
		return either(notNegative(f), gatewayStatus(f),
			oneOf("mode", string(f.Mode), "", fault.AfterAnswer))
	}
	if f.Kind == fault.Crash {
		return "only a world that runs the service can crash it"
	}
	return "this kind is unknown here"
}

func unfitSlow(f fault.Fault) string {
	switch {
	case f.Mode == fault.SlowClose:
		return span(f)
	case f.Mode == fault.Slicer && f.SliceBytes < 1:
		return "slices need at least 1 byte"
	case f.Mode == fault.Bandwidth && f.BytesPerSecond < 1:
		return "a bandwidth needs at least 1 byte per second"
	}
	return oneOf("mode", string(f.Mode), fault.Bandwidth, fault.Slicer)
}

func unfitThrottled(f fault.Fault) string {
	if f.Status != 429 && f.Status != 503 {
		return fmt.Sprintf("status %d is neither 429 nor 503", f.Status)
	}
	if _, err := strconv.ParseUint(f.RetryAfter, 10, 31); err == nil {
		return ""
	}
	return oneOf("Retry-After", f.RetryAfter, "", "date", "past")
}

func gatewayStatus(f fault.Fault) string {
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

func perMille(f fault.Fault) string {
	if f.PerMille < 0 || f.PerMille > 1000 {
		return fmt.Sprintf("a cut at %d per mille", f.PerMille)
	}
	return ""
}

func span(f fault.Fault) string {
	if f.Span <= 0 {
		return "it needs a span"
	}
	return ""
}

func notNegative(f fault.Fault) string {
	if f.Span < 0 {
		return "its span is negative"
	}
	return ""
}

func copies(f fault.Fault) string {
	if f.Copies < 2 {
		return fmt.Sprintf("%d copies: at least 2 are needed", f.Copies)
	}
	return ""
}
