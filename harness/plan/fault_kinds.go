package plan

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/plan/internal/ways"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// kindPlan is how faults of one kind are planned. What others ask of a kind too is a trait of
// [fault.Info].
type kindPlan struct {
	kind fault.Kind
	// draw draws the parameters; nil for a kind without any.
	draw func(d *drawing, f *fault.Fault)
	// ways lists what differs in what it can break, the most telling first; nil for one way without
	// parameters.
	ways func(limit time.Duration, points []string) []fault.Fault
	// atOnce makes a fault independent of how long the service works; nil where it is.
	atOnce func(f *fault.Fault)
	// alone: while it lasts no other fault could be told from it. first: it is drawn only for the
	// first attempt of an operation, which surely finds the service at work.
	alone, first bool
}

// faultKinds is the table, a row for every kind. The ways hold no dice. Most cuts fall at the edges
// of a message: a share of 1000 is all but the last byte, of 0 the first place of its phase, and
// edgeShare a byte or two behind that. The first cut of a request's body falls into its last field:
// what came is nearly whole. Times are shares of the time that the service works, which the warm-up
// measures.
var faultKinds = []kindPlan{
	{kind: fault.Refused},
	{
		kind: fault.RequestLost, draw: drawLoss,
		ways: ways.Fixed(ways.Modes(fault.Close, fault.BlackHole, fault.Reset)),
	},
	{
		kind: fault.RequestCut,
		draw: drawCut(fault.Body, fault.Body, fault.Headers),
		ways: ways.Fixed(ways.Cuts(fault.Body, 800, 1000, 0, 500, edgeShare),
			ways.Cuts(fault.Headers, 1000, 0)),
	},
	{
		kind: fault.ResponseLost, draw: drawLoss,
		ways: ways.Fixed(ways.Modes(fault.Close, fault.BlackHole, fault.Reset)),
	},
	{
		kind: fault.ResponseCut,
		draw: drawCut(fault.Body, fault.Headers, fault.StatusLine),
		ways: ways.Fixed(ways.Cuts(fault.Body, 0, 1000), ways.Cuts(fault.StatusLine, 500),
			ways.Cuts(fault.Headers, 1000, 0), ways.Cuts(fault.Body, edgeShare)),
	},
	{kind: fault.LateArrival, draw: drawLateness, ways: latenesses},
	{kind: fault.Reorder},
	{
		kind: fault.Delay, draw: drawDelay,
		ways: ways.Fixed(ways.Shares(fault.Downstream, 1000), ways.Shares(fault.Upstream, 1000, 500)),
	},
	{kind: fault.Slow, draw: drawSlow, ways: ways.Fixed([]fault.Fault{
		{Mode: fault.Slicer, SliceBytes: 16},
		{Mode: fault.Bandwidth, BytesPerSecond: 16 << 10},
		{Mode: fault.SlowClose, Span: value.Duration(5 * time.Millisecond)},
	})},
	{kind: fault.Partition, draw: drawPartition, ways: partitions, alone: true},
	{
		kind: fault.ConcurrentDuplicate,
		draw: func(d *drawing, f *fault.Fault) { f.Copies = d.between(2, 6, "copies") },
		ways: ways.Fixed([]fault.Fault{{Copies: 2}, {Copies: 4}}),
	},
	{
		kind: fault.StaggeredDuplicate, draw: drawStaggered,
		ways: ways.Fixed([]fault.Fault{
			{Copies: 2, PerMille: 300}, // the work has begun, and goes on though the machine is late
			{Copies: 3, PerMille: 250}, // the third meets what the second left
			{Copies: 2, PerMille: 50},
			{Copies: 2, PerMille: 850},
		}),
		atOnce: func(f *fault.Fault) {
			f.Kind, f.PerMille, f.Span = fault.ConcurrentDuplicate, 0, 0
		},
	},
	{
		kind: fault.Disconnect, draw: drawDisconnect, first: true,
		ways:   ways.Fixed(ways.Shares(fault.Reset, 0, 650, 350, 900), ways.Shares(fault.Close, 0, 650)),
		atOnce: func(f *fault.Fault) { f.PerMille = 0 },
	},
	{
		kind: fault.HiddenDuplicate,
		draw: func(d *drawing, f *fault.Fault) {
			f.Mode = pick(d, []fault.Mode{fault.AtOnce, fault.AfterAnswer}, "mode")
		},
		ways: ways.Fixed(ways.Modes(fault.AtOnce, fault.AfterAnswer)),
	},
	{kind: fault.Crash, draw: drawCrash, ways: crashes},
	{kind: fault.Throttled, draw: drawThrottled, ways: ways.Fixed([]fault.Fault{
		{Status: 503, RetryAfter: "0"},
		{Status: 429, RetryAfter: "0"},
		{Status: 503},
		{Status: 429, RetryAfter: "past"},
		{Status: 429, RetryAfter: "1"},
		{Status: 503, RetryAfter: "date"},
	})},
	{
		kind: fault.GatewayError, draw: drawGatewayError,
		ways: ways.Fixed([]fault.Fault{
			{Status: 504, PerMille: 500}, {Status: 502, Mode: fault.AfterAnswer}, {Status: 503},
		}),
		atOnce: func(f *fault.Fault) { f.Mode, f.PerMille, f.Span = fault.AfterAnswer, 0, 0 },
	},
}

// planned returns the row of a kind, an empty one for a kind that is unknown.
func planned(kind fault.Kind) kindPlan {
	for _, row := range faultKinds {
		if row.kind == kind {
			return row
		}
	}
	return kindPlan{kind: kind}
}

// variants lists the ways of a kind, the most telling first.
func variants(kind fault.Kind, limit time.Duration, points []string) []fault.Fault {
	if list := planned(kind).ways; list != nil {
		return list(limit, points)
	}
	return []fault.Fault{{}}
}

// edgeShare is a place a byte or two behind an edge of a message of the usual size.
const edgeShare = 20

func latenesses(limit time.Duration, _ []string) []fault.Fault {
	return ways.Spans("", limit+30*time.Millisecond, limit+limit/2)
}

func partitions(limit time.Duration, _ []string) []fault.Fault {
	return slices.Concat(ways.Spans(fault.Both, limit*5/4), ways.Spans(fault.Upstream, limit*5/4),
		ways.Spans(fault.Downstream, limit*5/4))
}

// crashes are at every named point, and at shares of the service time.
func crashes(_ time.Duration, points []string) []fault.Fault {
	return append(ways.Points(points), ways.Shares("", 500, 900, 100)...)
}

func drawLoss(d *drawing, f *fault.Fault) {
	f.Mode = pick(d, []fault.Mode{fault.BlackHole, fault.Reset, fault.Close}, "mode")
}

func drawCut(phases ...fault.Phase) func(*drawing, *fault.Fault) {
	return func(d *drawing, f *fault.Fault) {
		f.Phase = pick(d, phases, "phase")
		f.PerMille = d.between(0, 999, "per mille")
	}
}

func drawLateness(d *drawing, f *fault.Fault) {
	limit := d.contract.Timeout()
	f.Span = d.micros(limit+20*time.Millisecond, limit+limit/2+20*time.Millisecond, "lateness")
}

func drawDelay(d *drawing, f *fault.Fault) {
	f.Mode = pick(d, []fault.Mode{fault.Upstream, fault.Downstream}, "direction")
	f.Span = d.micros(time.Millisecond, d.contract.Timeout()/3, "delay")
}

func drawPartition(d *drawing, f *fault.Fault) {
	limit := d.contract.Timeout()
	f.Mode = pick(d, []fault.Mode{fault.Both, fault.Upstream, fault.Downstream}, "direction")
	f.Span = d.micros(limit*3/4, limit*2, "partition")
}

func drawStaggered(d *drawing, f *fault.Fault) {
	f.Copies = d.between(2, 4, "copies")
	f.Span = d.micros(200*time.Microsecond, 4*time.Millisecond, "stagger")
}

func drawSlow(d *drawing, f *fault.Fault) {
	f.Mode = pick(d, []fault.Mode{fault.Bandwidth, fault.Slicer, fault.SlowClose}, "mode")
	switch f.Mode {
	case fault.Bandwidth:
		f.BytesPerSecond = 1024 * d.between(8, 64, "kilobytes per second")
	case fault.Slicer:
		f.SliceBytes = d.between(8, 64, "slice")
	default:
		f.Span = d.micros(time.Millisecond, 20*time.Millisecond, "slow close")
	}
}

func drawDisconnect(d *drawing, f *fault.Fault) {
	f.Mode = pick(d, []fault.Mode{fault.Reset, fault.Close}, "mode")
	f.PerMille = d.between(0, 600, "per mille of the service time")
}

func drawCrash(d *drawing, f *fault.Fault) {
	if f.Point = pick(d, append([]string{""}, d.points...), "point"); f.Point == "" {
		f.Span = d.micros(0, d.contract.Timeout()/20, "crash")
	}
}

func drawThrottled(d *drawing, f *fault.Fault) {
	f.Status = pick(d, []int{429, 503}, "status")
	after := []string{"0", "past", "", "0", "past", "", "0", "past", "1", "date"}
	f.RetryAfter = pick(d, after, "retry-after")
}

func drawGatewayError(d *drawing, f *fault.Fault) {
	f.Status = d.between(502, 504, "status")
	if f.Mode = pick(d, []fault.Mode{fault.AfterAnswer, ""}, "mode"); f.Mode == "" {
		f.PerMille = d.between(0, 900, "per mille of the service time")
	}
}
