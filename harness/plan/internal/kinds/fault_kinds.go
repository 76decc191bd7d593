// Package kinds holds the row of every kind of fault: how its parameters are drawn, in which ways
// it is enumerated, and how it is made simpler.
package kinds

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/ways"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// kindPlan is how faults of one kind are planned. What others ask of a kind too is a trait of
// [fault.Info].
type kindPlan struct {
	kind fault.Kind
	// draw draws the parameters; nil for a kind without any.
	draw func(d dice.Dice, f *fault.Fault, s Inputs)
	// ways lists what differs in what it can break, the one that shows most first; nil for one way
	// without parameters.
	ways func(limit time.Duration, points []string) []fault.Fault
	// atOnce makes a fault independent of how long the service works; nil where it is.
	atOnce func(f *fault.Fault)
	// alone: while it lasts no other fault could be told from it. first: it is drawn only for the
	// first attempt of an operation, which surely finds the service at work.
	alone, first bool
}

// Inputs are what the parameters of faults depend on: how long a client waits for the service, the
// named points at which it may be struck, and how long it stands still when it is paused.
type Inputs struct {
	Timeout time.Duration
	Points  []string
	Hold    time.Duration
}

// Of are the inputs of a contract.
func Of(c *model.Contract, points []string) Inputs {
	return Inputs{Timeout: c.Timeout(), Points: points, Hold: c.Start.PauseFor(c.Timeout())}
}

// held says how long a fault lasts whose kind says so.
func held(f fault.Fault, kind fault.Kind, s Inputs) fault.Fault {
	if kind.Traits().Holds {
		f.Hold = value.Duration(s.Hold)
	}
	return f
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
		draw: func(d dice.Dice, f *fault.Fault, _ Inputs) { f.Copies = d.Between(2, 6, "copies") },
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
		draw: func(d dice.Dice, f *fault.Fault, _ Inputs) {
			f.Mode = dice.Pick(d, []fault.Mode{fault.AtOnce, fault.AfterAnswer}, "mode")
		},
		ways: ways.Fixed(ways.Modes(fault.AtOnce, fault.AfterAnswer)),
	},
	{kind: fault.Crash, draw: drawCrash, ways: crashes},
	{kind: fault.Terminate, draw: drawCrash, ways: crashes},
	{kind: fault.Pause, draw: drawCrash, ways: ways.Fixed(ways.Shares("", 500, 250, 900))},
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

// Draw draws the parameters of one fault.
func Draw(d dice.Dice, kind fault.Kind, s Inputs) fault.Fault {
	f := fault.Fault{Kind: kind}
	if draw := planned(kind).draw; draw != nil {
		draw(d, &f, s)
	}
	return held(f, kind, s)
}

// Ways lists the ways of a kind, the one that shows most first. They have neither kind nor address.
func Ways(kind fault.Kind, s Inputs) []fault.Fault {
	out := []fault.Fault{{}}
	if list := planned(kind).ways; list != nil {
		out = list(s.Timeout, s.Points)
	}
	for i := range out {
		out[i] = held(out[i], kind, s)
	}
	return out
}

// Beside reports whether a fault of a kind could fire beside others. first says that it is the
// first of its operation.
func Beside(kind fault.Kind, others []fault.Fault, first bool) bool {
	keepsAlone := func(f fault.Fault) bool { return planned(f.Kind).alone }
	row := planned(kind)
	return !slices.ContainsFunc(others, keepsAlone) &&
		(!row.alone || len(others) == 0) && (!row.first || first)
}

// AtOnce makes a fault independent of how long the service works, where its kind can be.
func AtOnce(f *fault.Fault) {
	if simplify := planned(f.Kind).atOnce; simplify != nil {
		simplify(f)
	}
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

func drawLoss(d dice.Dice, f *fault.Fault, _ Inputs) {
	f.Mode = dice.Pick(d, []fault.Mode{fault.BlackHole, fault.Reset, fault.Close}, "mode")
}

func drawCut(phases ...fault.Phase) func(dice.Dice, *fault.Fault, Inputs) {
	return func(d dice.Dice, f *fault.Fault, _ Inputs) {
		f.Phase = dice.Pick(d, phases, "phase")
		f.PerMille = d.Between(0, 999, "per mille")
	}
}

func drawLateness(d dice.Dice, f *fault.Fault, s Inputs) {
	limit := s.Timeout
	f.Span = d.Micros(limit+20*time.Millisecond, limit+limit/2+20*time.Millisecond, "lateness")
}

func drawDelay(d dice.Dice, f *fault.Fault, s Inputs) {
	f.Mode = dice.Pick(d, []fault.Mode{fault.Upstream, fault.Downstream}, "direction")
	f.Span = d.Micros(time.Millisecond, s.Timeout/3, "delay")
}

func drawPartition(d dice.Dice, f *fault.Fault, s Inputs) {
	limit := s.Timeout
	f.Mode = dice.Pick(d, []fault.Mode{fault.Both, fault.Upstream, fault.Downstream}, "direction")
	f.Span = d.Micros(limit*3/4, limit*2, "partition")
}

func drawStaggered(d dice.Dice, f *fault.Fault, _ Inputs) {
	f.Copies = d.Between(2, 4, "copies")
	f.Span = d.Micros(200*time.Microsecond, 4*time.Millisecond, "stagger")
}

func drawSlow(d dice.Dice, f *fault.Fault, _ Inputs) {
	f.Mode = dice.Pick(d, []fault.Mode{fault.Bandwidth, fault.Slicer, fault.SlowClose}, "mode")
	switch f.Mode {
	case fault.Bandwidth:
		f.BytesPerSecond = 1024 * d.Between(8, 64, "kilobytes per second")
	case fault.Slicer:
		f.SliceBytes = d.Between(8, 64, "slice")
	default:
		f.Span = d.Micros(time.Millisecond, 20*time.Millisecond, "slow close")
	}
}

func drawDisconnect(d dice.Dice, f *fault.Fault, _ Inputs) {
	f.Mode = dice.Pick(d, []fault.Mode{fault.Reset, fault.Close}, "mode")
	f.PerMille = d.Between(0, 600, "per mille of the service time")
}

func drawCrash(d dice.Dice, f *fault.Fault, s Inputs) {
	if f.Point = dice.Pick(d, append([]string{""}, s.Points...), "point"); f.Point == "" {
		f.Span = d.Micros(0, s.Timeout/20, "crash")
	}
}

func drawThrottled(d dice.Dice, f *fault.Fault, _ Inputs) {
	f.Status = dice.Pick(d, []int{429, 503}, "status")
	after := []string{"0", "past", "", "0", "past", "", "0", "past", "1", "date"}
	f.RetryAfter = dice.Pick(d, after, "retry-after")
}

func drawGatewayError(d dice.Dice, f *fault.Fault, _ Inputs) {
	f.Status = d.Between(502, 504, "status")
	if f.Mode = dice.Pick(d, []fault.Mode{fault.AfterAnswer, ""}, "mode"); f.Mode == "" {
		f.PerMille = d.Between(0, 900, "per mille of the service time")
	}
}
