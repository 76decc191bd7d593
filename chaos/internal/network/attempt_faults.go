package network

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/model/fault"
)

// slicePause is the pause after each slice: long enough to be read one by one, short enough for
// many slices.
const slicePause = time.Millisecond

// planned is one fault of the case with its report.
type planned struct {
	fault.Fault
	reported atomic.Bool
}

// attemptFaults are what the plan does to one attempt. Where several faults would end the same
// direction the first of refused, request-lost, request-cut and of response-lost, response-cut
// wins; the other then finds no evidence and is reported as not fired.
type attemptFaults struct {
	faults   []*planned
	refuse   bool
	up, down []link.Toxic
	// cut is the response cut whose place is known only with the answer.
	cut *planned
	// upLimit is how many bytes of the request pass, -1 for all.
	upLimit int
	// blackHole keeps the client's connection open whatever the service does.
	blackHole bool
	// lingers reports whether the client's leaving is not passed on until the service has answered.
	lingers                               bool
	throttle, reorder, disconnect, hidden *planned
	// gateway answers in place of the service.
	gateway          *planned
	neverArrives     string
	upEnds, downEnds []link.Toxic
}

func newAttemptFaults(faults []*planned, a chaos.Attempt) *attemptFaults {
	c := &attemptFaults{faults: faults, upLimit: -1}
	for _, row := range kindsOnWire {
		if row.toxics != nil {
			c.add(row, a)
		}
	}
	c.up = append(c.up, first(c.upEnds)...)
	c.down = append(c.down, first(c.downEnds)...)
	return c
}

// add makes the toxics of the faults of one kind.
func (c *attemptFaults) add(row kindOnWire, a chaos.Attempt) {
	for _, f := range c.faults {
		if f.Kind == row.kind {
			row.toxics(c, f, a)
		}
	}
}

func first(ends []link.Toxic) []link.Toxic { return ends[:min(len(ends), 1)] }

func refuse(c *attemptFaults, _ *planned, _ chaos.Attempt) {
	c.refuse, c.neverArrives = true, "it is refused"
}

func addDelay(c *attemptFaults, f *planned, _ chaos.Attempt) {
	if f.Mode == fault.Downstream {
		c.down = append(c.down, link.Latency(f.Span.Std()))
		return
	}
	c.up = append(c.up, link.Latency(f.Span.Std()))
}

// addSlow slows the answer; a slow close is put on the client's leaving, because the service
// keeps its side open and an end of the answer would seldom be seen.
func addSlow(c *attemptFaults, f *planned, _ chaos.Attempt) {
	switch f.Mode {
	case fault.SlowClose:
		c.up = append(c.up, link.SlowClose(f.Span.Std()))
	case fault.Slicer:
		c.addDown(link.Slicer(f.SliceBytes, slicePause))
	default:
		c.addDown(link.Bandwidth(f.BytesPerSecond))
	}
}

// addDown leaves out a toxic with degenerate values; [Expresses] says why before a run.
func (c *attemptFaults) addDown(t link.Toxic, err error) {
	if err == nil {
		c.down = append(c.down, t)
	}
}

func loseRequest(c *attemptFaults, f *planned, _ chaos.Attempt) {
	c.upEnds = append(c.upEnds, loss(f.Mode))
	c.lingers = true
	c.neverArrives = "its request is lost"
}

func cutRequest(c *attemptFaults, f *planned, a chaos.Attempt) {
	n := requestCut(f.Fault, len(a.Head), len(a.Payload))
	if len(c.upEnds) == 0 {
		c.upLimit = n
	}
	c.upEnds = append(c.upEnds, link.LimitData(n))
	c.neverArrives = "its request is cut"
}

func loseResponse(c *attemptFaults, f *planned, _ chaos.Attempt) {
	c.downEnds = append(c.downEnds, loss(f.Mode))
	if isBlackHole(f.Mode) {
		c.blackHole, c.lingers = true, true
	}
}

func isBlackHole(m fault.Mode) bool { return m != fault.Reset && m != fault.Close }

func loss(m fault.Mode) link.Toxic {
	switch m {
	case fault.Reset:
		return link.ResetPeer()
	case fault.Close:
		return link.LimitData(0)
	}
	return link.BlackHole()
}

// requestCut says how many bytes of a request pass: at least one and at most all but one in the
// headers, the whole head and at most all but one in the body.
func requestCut(f fault.Fault, head, payload int) int {
	if f.Phase == fault.Body && payload > 0 {
		return head + min(payload*f.PerMille/1000, payload-1)
	}
	return clamp(head*f.PerMille/1000, 1, head-1)
}

// responseCut says how many bytes of an answer pass, and where that is.
func responseCut(f fault.Fault, m *message) (int, string) {
	line, head, body := lineLength(m.head), len(m.head), m.size-len(m.head)
	switch {
	case f.Phase == fault.StatusLine:
		return clamp(line*f.PerMille/1000, 1, line-1), "in the status line"
	case f.Phase == fault.Body && body > 0:
		return head + min(body*f.PerMille/1000, body-1), "in the body"
	}
	return clamp(line+(head-line)*f.PerMille/1000, 1, head-1), inHeaders(f)
}

// inHeaders says where a cut is that does not reach the body.
func inHeaders(f fault.Fault) string {
	if f.Phase == fault.Body {
		return "in the headers, because the answer has no body"
	}
	return "in the headers"
}

func clamp(n, low, high int) int { return max(low, min(n, high)) }

// spot names an attempt in details: "a/2".
func spot(operation string, n int) string { return fmt.Sprintf("%s/%d", operation, n) }
