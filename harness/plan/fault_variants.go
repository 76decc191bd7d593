package plan

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// variants lists the ways of a kind that differ in what they can break, the most telling first.
// They hold no dice. Most cuts fall at the edges of a message: a share of 1000 is all but the last
// byte, of 0 the first place of its phase, and edgeShare a byte or two behind that. The first cut
// of a request's body falls into its last field: what came is nearly whole. Times are shares of the
// time that the service works, which the warm-up measures.
func variants(kind fault.Kind, limit time.Duration, points []string) []fault.Fault {
	switch kind {
	case fault.RequestLost, fault.ResponseLost:
		return modes(fault.Close, fault.BlackHole, fault.Reset)
	case fault.RequestCut:
		return append(cuts(fault.Body, 800, 1000, 0, 500, edgeShare), cuts(fault.Headers, 1000, 0)...)
	case fault.ResponseCut:
		return slices.Concat(cuts(fault.Body, 0, 1000), cuts(fault.StatusLine, 500),
			cuts(fault.Headers, 1000, 0), cuts(fault.Body, edgeShare))
	case fault.LateArrival:
		return spans("", limit+30*time.Millisecond, limit+limit/2)
	case fault.Partition:
		return slices.Concat(spans(fault.Both, limit*5/4), spans(fault.Upstream, limit*5/4),
			spans(fault.Downstream, limit*5/4))
	case fault.Delay:
		return append(shares(fault.Downstream, 1000), shares(fault.Upstream, 1000, 500)...)
	case fault.Disconnect:
		return append(shares(fault.Reset, 0, 650, 350, 900), shares(fault.Close, 0, 650)...)
	case fault.HiddenDuplicate:
		return modes(fault.AtOnce, fault.AfterAnswer)
	case fault.GatewayError:
		return []fault.Fault{
			{Status: 504, PerMille: 500}, {Status: 502, Mode: fault.AfterAnswer}, {Status: 503},
		}
	case fault.Crash:
		return crashes(points)
	}
	return bursts(kind)
}

// edgeShare is a place a byte or two behind an edge of a message of the usual size.
const edgeShare = 20

// bursts lists the ways of duplicates, of slowness and of throttling.
func bursts(kind fault.Kind) []fault.Fault {
	switch kind {
	case fault.ConcurrentDuplicate:
		return []fault.Fault{{Copies: 2}, {Copies: 4}}
	case fault.StaggeredDuplicate:
		return []fault.Fault{
			{Copies: 2, PerMille: 300}, // the work has begun, and goes on though the machine is late
			{Copies: 3, PerMille: 250}, // the third meets what the second left
			{Copies: 2, PerMille: 50},
			{Copies: 2, PerMille: 850},
		}
	case fault.Slow:
		return []fault.Fault{
			{Mode: fault.Slicer, SliceBytes: 16},
			{Mode: fault.Bandwidth, BytesPerSecond: 16 << 10},
			{Mode: fault.SlowClose, Span: value.Duration(5 * time.Millisecond)},
		}
	case fault.Throttled:
		return []fault.Fault{
			{Status: 503, RetryAfter: "0"},
			{Status: 429, RetryAfter: "0"},
			{Status: 503},
			{Status: 429, RetryAfter: "past"},
			{Status: 429, RetryAfter: "1"},
			{Status: 503, RetryAfter: "date"},
		}
	}
	return []fault.Fault{{}}
}

func modes(all ...fault.Mode) []fault.Fault {
	var out []fault.Fault
	for _, m := range all {
		out = append(out, fault.Fault{Mode: m})
	}
	return out
}

func cuts(p fault.Phase, all ...int) []fault.Fault {
	var out []fault.Fault
	for _, share := range all {
		out = append(out, fault.Fault{Phase: p, PerMille: share})
	}
	return out
}

func spans(m fault.Mode, all ...time.Duration) []fault.Fault {
	var out []fault.Fault
	for _, d := range all {
		out = append(out, fault.Fault{Mode: m, Span: value.Duration(d.Truncate(time.Microsecond))})
	}
	return out
}

// shares are of the measured service time.
func shares(m fault.Mode, all ...int) []fault.Fault {
	var out []fault.Fault
	for _, share := range all {
		out = append(out, fault.Fault{Mode: m, PerMille: share})
	}
	return out
}

// crashes are at every named point, and at shares of the service time.
func crashes(points []string) []fault.Fault {
	var out []fault.Fault
	for _, p := range points {
		out = append(out, fault.Fault{Point: p})
	}
	return append(out, shares("", 500, 900, 100)...)
}
