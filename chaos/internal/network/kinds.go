package network

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/link"
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

// unfit says what is wrong with a fault that this network cannot make, "" for nothing.
func unfit(f fault.Fault) string {
	row, known := wired(f.Kind)
	switch {
	case !known:
		return "this kind is unknown here"
	case row.unfit == nil:
		return ""
	}
	return row.unfit(f)
}

// kindOnWire is how the network makes faults of one kind.
type kindOnWire struct {
	kind fault.Kind
	// unfit says what is wrong with the parameters, "" for nothing; nil when there are none.
	unfit func(f fault.Fault) string
	// toxics adds to the faults of an attempt, and evidence says from what was seen of the
	// attempt whether the fault fired.
	toxics func(c *attemptFaults, f *planned, a chaos.Attempt)
	proof  func(v *evidence, f fault.Fault) (bool, string)
	// share begins, instead of these two, what several attempts have in common; that reports itself
	// whether it fired.
	share func(n *Net, f *planned)
}

// kindsOnWire is the table, a row for every kind, in the order in which faults claim their place:
// of two that end a direction the first wins.
var kindsOnWire = []kindOnWire{
	{kind: fault.Refused, toxics: refuse, proof: (*evidence).wasRefused},
	{
		kind: fault.Throttled, unfit: unfitThrottled, proof: (*evidence).throttle,
		toxics: func(c *attemptFaults, f *planned, _ chaos.Attempt) {
			c.throttle, c.neverArrives = f, "it is throttled"
		},
	},
	{
		kind: fault.Delay, toxics: addDelay, proof: (*evidence).delay,
		unfit: all(span, modeOf("", fault.Upstream, fault.Downstream)),
	},
	{
		kind: fault.LateArrival, unfit: span, proof: (*evidence).lateArrival,
		toxics: func(c *attemptFaults, f *planned, _ chaos.Attempt) {
			c.up, c.lingers = append(c.up, link.Latency(f.Span.Std())), true
		},
	},
	{kind: fault.Slow, unfit: unfitSlow, toxics: addSlow, proof: (*evidence).slow},
	{
		kind: fault.RequestLost, toxics: loseRequest, proof: (*evidence).requestLost,
		unfit: modeOf("", fault.BlackHole, fault.Reset, fault.Close),
	},
	{
		kind: fault.RequestCut, toxics: cutRequest, proof: (*evidence).requestCut,
		unfit: all(perMille, phaseOf(fault.Headers, fault.Body)),
	},
	{
		kind: fault.ResponseLost, toxics: loseResponse, proof: (*evidence).responseLost,
		unfit: modeOf("", fault.BlackHole, fault.Reset, fault.Close),
	},
	{
		kind: fault.ResponseCut, proof: (*evidence).responseCut,
		unfit:  all(perMille, phaseOf(fault.StatusLine, fault.Headers, fault.Body)),
		toxics: func(c *attemptFaults, f *planned, _ chaos.Attempt) { c.cut = f },
	},
	{
		kind: fault.Reorder, proof: (*evidence).reorder,
		toxics: func(c *attemptFaults, f *planned, _ chaos.Attempt) { c.reorder, c.lingers = f, true },
	},
	{
		kind: fault.Disconnect, proof: (*evidence).disconnect,
		unfit:  all(notNegative, modeOf("", fault.Close, fault.Reset)),
		toxics: func(c *attemptFaults, f *planned, _ chaos.Attempt) { c.disconnect = f },
	},
	{
		kind: fault.HiddenDuplicate, proof: (*evidence).hiddenDuplicate,
		unfit:  modeOf("", fault.AtOnce, fault.AfterAnswer),
		toxics: func(c *attemptFaults, f *planned, _ chaos.Attempt) { c.hidden = f },
	},
	{
		kind: fault.GatewayError, proof: (*evidence).gatewayError,
		unfit:  all(notNegative, gatewayStatus, modeOf("", fault.AfterAnswer)),
		toxics: func(c *attemptFaults, f *planned, _ chaos.Attempt) { c.gateway = f },
	},
	{
		kind:  fault.Partition,
		unfit: all(notNegative, modeOf("", fault.Both, fault.Upstream, fault.Downstream)),
		share: func(n *Net, f *planned) { n.partitions = append(n.partitions, n.partition(f)) },
	},
	{kind: fault.ConcurrentDuplicate, unfit: copies, share: (*Net).race},
	{kind: fault.StaggeredDuplicate, unfit: all(copies, span), share: (*Net).race},
	{kind: fault.Crash, unfit: needsProcess},
	{kind: fault.Terminate, unfit: needsProcess},
	{kind: fault.Pause, unfit: needsProcess},
}

// wired returns the row of a kind, and reports whether there is one.
func wired(kind fault.Kind) (kindOnWire, bool) {
	for _, row := range kindsOnWire {
		if row.kind == kind {
			return row, true
		}
	}
	return kindOnWire{}, false
}

func needsProcess(f fault.Fault) string {
	return "only a world that runs the service can make a " + string(f.Kind)
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
	return oneOf("mode", f.Mode, fault.Bandwidth, fault.Slicer)
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

// all says the first of several problems.
func all(checks ...func(fault.Fault) string) func(fault.Fault) string {
	return func(f fault.Fault) string {
		for _, check := range checks {
			if problem := check(f); problem != "" {
				return problem
			}
		}
		return ""
	}
}

func modeOf(known ...fault.Mode) func(fault.Fault) string {
	return func(f fault.Fault) string { return oneOf("mode", f.Mode, known...) }
}

func phaseOf(known ...fault.Phase) func(fault.Fault) string {
	return func(f fault.Fault) string { return oneOf("phase", f.Phase, known...) }
}

func oneOf[T ~string](what string, value T, known ...T) string {
	if slices.Contains(known, value) {
		return ""
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
