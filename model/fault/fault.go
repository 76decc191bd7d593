// Package fault holds the words for what goes wrong on the way of an attempt: the kinds of faults,
// what each does, and one planned fault. It is pure data; package chaos makes faults happen.
package fault

import "github.com/idemcheck/idemcheck/model/value"

// Mode says how a fault acts where a kind has several ways.
type Mode string

// The modes of the kinds that have several.
const (
	// BlackHole swallows bytes and keeps the connection open (request-lost, response-lost).
	BlackHole Mode = "black-hole"
	// Reset ends the connection with RST (request-lost, response-lost, disconnect).
	Reset Mode = "reset"
	// Close ends the connection with FIN (request-lost, response-lost, disconnect).
	Close Mode = "close"
	// Upstream, Downstream and Both are the directions of delay, slow and partition.
	Upstream   Mode = "upstream"
	Downstream Mode = "downstream"
	Both       Mode = "both"
	// Bandwidth, Slicer and SlowClose are Toxiproxy's ways of being slow.
	Bandwidth Mode = "bandwidth"
	Slicer    Mode = "slicer"
	SlowClose Mode = "slow-close"
	// AtOnce and AfterAnswer say when a hidden duplicate is sent. A gateway-error AfterAnswer comes
	// in the place of the service's answer, and otherwise Span after the request.
	AtOnce      Mode = "at-once"
	AfterAnswer Mode = "after-answer"
)

// Phase is the part of an HTTP message in which a cut falls.
type Phase string

// The phases of a cut. A request has no status line: its first line counts as headers.
const (
	StatusLine Phase = "status-line"
	Headers    Phase = "headers"
	Body       Phase = "body"
)

// ClientService is the link between the client and the service under test.
const ClientService = "client-service"

// Fault is one planned fault: a kind, an address and parameters. Parameters that its kind does not
// use are zero.
type Fault struct {
	Kind Kind `json:"kind"`
	// Link is where it happens; empty means [ClientService].
	Link string `json:"link,omitempty"`
	// Operation and Attempt (from 1) are the address. A partition has the attempt at whose
	// beginning it starts, and holds every attempt of the case until Span is over.
	Operation string `json:"operation"`
	Attempt   int    `json:"attempt"`
	Phase     Phase  `json:"phase,omitempty"`
	Mode      Mode   `json:"mode,omitempty"`
	// PerMille is where inside its phase a cut falls, 0 to 1000 (0: before its first byte). Of a
	// disconnect, delay, gateway-error, staggered-duplicate, crash, terminate and pause without Span
	// and Point it is the Span, as a share of the time that the service works, measured before the
	// run.
	PerMille int `json:"per_mille,omitempty"`
	// Span is how long: the added latency (delay, late-arrival), the length of a partition, the
	// wait after the last byte before a disconnect or a gateway-error, the stagger between
	// duplicates, the time from the beginning of the attempt to a crash, terminate or pause.
	Span value.Duration `json:"span,omitempty"`
	// Hold is how long a pause lasts.
	Hold value.Duration `json:"hold,omitempty"`
	// Point is the named place at which the service is struck, such as [Answered]; empty means Span
	// after the attempt was sent.
	Point string `json:"point,omitempty"`
	// Copies is how many attempts, this one included, are sent together (concurrent-duplicate,
	// staggered-duplicate): attempts Attempt to Attempt+Copies-1.
	Copies int `json:"copies,omitempty"`
	// BytesPerSecond is the rate of slow/bandwidth; SliceBytes the mean slice of slow/slicer.
	BytesPerSecond int `json:"bytes_per_second,omitempty"`
	SliceBytes     int `json:"slice_bytes,omitempty"`
	// Status is the answer of throttled, 429 or 503, and of a gateway-error, 502, 503 or 504.
	// RetryAfter is sent with throttled: "1", "0", "date" (an HTTP date one second ahead) or "past"
	// (an HTTP date that has passed); empty sends none.
	Status     int    `json:"status,omitempty"`
	RetryAfter string `json:"retry_after,omitempty"`
}

// Addresses reports whether the fault is addressed to attempt n of an operation; for duplicates,
// whether n is one of the copies.
func (f Fault) Addresses(operation string, n int) bool {
	last := f.Attempt + max(f.Copies, 1) - 1
	return f.Operation == operation && f.Attempt <= n && n <= last
}

// IsShare reports whether the time of a fault is planned as a share of the service time.
func (f Fault) IsShare() bool {
	switch f.Kind.Traits().Timed {
	case ShareOrZero:
		return f.Span == 0
	case Share:
		return f.Span == 0 && f.Point == "" && f.PerMille > 0
	}
	return false
}
