package plan

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// variants lists the ways of a kind that differ in what they can break, the most telling first.
// They hold no dice. Most cuts fall at the edges of a message: a share of 1000 is all but the last
// byte, of 0 the first place of its phase, and edgeShare a byte or two behind that. The first cut
// of a request's body falls into its last field: what came is nearly whole. Times are shares of the
// time that the service works, which the warm-up measures.
func variants(kind model.FaultKind, limit time.Duration, points []string) []model.Fault {
	switch kind {
	case model.RequestLost, model.ResponseLost:
		return modes(model.Close, model.BlackHole, model.Reset)
	case model.RequestCut:
		return append(cuts(model.Body, 800, 1000, 0, 500, edgeShare), cuts(model.Headers, 1000, 0)...)
	case model.ResponseCut:
		return slices.Concat(cuts(model.Body, 0, 1000), cuts(model.StatusLine, 500),
			cuts(model.Headers, 1000, 0), cuts(model.Body, edgeShare))
	case model.LateArrival:
		return spans("", limit+30*time.Millisecond, limit+limit/2)
	case model.Partition:
		return slices.Concat(spans(model.Both, limit*5/4), spans(model.Upstream, limit*5/4),
			spans(model.Downstream, limit*5/4))
	case model.Delay:
		return append(shares(model.Downstream, 1000), shares(model.Upstream, 1000, 500)...)
	case model.Disconnect:
		return append(shares(model.Reset, 0, 650, 350, 900), shares(model.Close, 0, 650)...)
	case model.HiddenDuplicate:
		return modes(model.AtOnce, model.AfterAnswer)
	case model.GatewayError:
		return []model.Fault{
			{Status: 504, PerMille: 500}, {Status: 502, Mode: model.AfterAnswer}, {Status: 503},
		}
	case model.Crash:
		return crashes(points)
	}
	return bursts(kind)
}

// edgeShare is a place a byte or two behind an edge of a message of the usual size.
const edgeShare = 20

// bursts lists the ways of duplicates, of slowness and of throttling.
func bursts(kind model.FaultKind) []model.Fault {
	switch kind {
	case model.ConcurrentDuplicate:
		return []model.Fault{{Copies: 2}, {Copies: 4}}
	case model.StaggeredDuplicate:
		return []model.Fault{
			{Copies: 2, PerMille: 300}, // the work has begun, and goes on though the machine is late
			{Copies: 3, PerMille: 250}, // the third meets what the second left
			{Copies: 2, PerMille: 50},
			{Copies: 2, PerMille: 850},
		}
	case model.Slow:
		return []model.Fault{
			{Mode: model.Slicer, SliceBytes: 16},
			{Mode: model.Bandwidth, BytesPerSecond: 16 << 10},
			{Mode: model.SlowClose, Span: model.Duration(5 * time.Millisecond)},
		}
	case model.Throttled:
		return []model.Fault{
			{Status: 503, RetryAfter: "0"},
			{Status: 429, RetryAfter: "0"},
			{Status: 503},
			{Status: 429, RetryAfter: "past"},
			{Status: 429, RetryAfter: "1"},
			{Status: 503, RetryAfter: "date"},
		}
	}
	return []model.Fault{{}}
}

func modes(all ...model.Mode) []model.Fault {
	var out []model.Fault
	for _, m := range all {
		out = append(out, model.Fault{Mode: m})
	}
	return out
}

func cuts(p model.Phase, all ...int) []model.Fault {
	var out []model.Fault
	for _, share := range all {
		out = append(out, model.Fault{Phase: p, PerMille: share})
	}
	return out
}

func spans(m model.Mode, all ...time.Duration) []model.Fault {
	var out []model.Fault
	for _, d := range all {
		out = append(out, model.Fault{Mode: m, Span: model.Duration(d.Truncate(time.Microsecond))})
	}
	return out
}

// shares are of the measured service time.
func shares(m model.Mode, all ...int) []model.Fault {
	var out []model.Fault
	for _, share := range all {
		out = append(out, model.Fault{Mode: m, PerMille: share})
	}
	return out
}

// crashes are at every named point, and at shares of the service time.
func crashes(points []string) []model.Fault {
	var out []model.Fault
	for _, p := range points {
		out = append(out, model.Fault{Point: p})
	}
	return append(out, shares("", 500, 900, 100)...)
}
