// Package chaos makes a described fault happen. It knows nothing of right and wrong and rolls no
// dice: each subpackage is a world (wire, memory, external Toxiproxy, container) that carries
// attempts to a service through the faults of a plan and reports what really happened.
package chaos

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// World carries attempts to one service. Its methods may be used from many goroutines.
type World interface {
	// Expresses returns nil when the world can make a fault happen, or an error that says why
	// not.
	Expresses(f fault.Fault) error
	// Open makes the network of one case.
	Open(o NetOptions) Net
	// Close releases what the world holds. No Net may be used afterwards.
	Close() error
}

// Starving is implemented by worlds that make the pauses of [NetOptions].Starve.
type Starving interface {
	World
	// Starves does nothing: to have it says that the pauses are made.
	Starves()
}

// Mortal is implemented by worlds that depend on something which may die during a run.
type Mortal interface {
	World
	// Alive returns nil while the world can carry attempts, or what it lost: then what was seen says
	// nothing about the service.
	Alive() error
}

// Alive returns what a world lost that it needs; nil for one that cannot die.
func Alive(w World) error {
	if mortal, ok := w.(Mortal); ok {
		return mortal.Alive()
	}
	return nil
}

// NetOptions describe the network of one case.
type NetOptions struct {
	// Faults are all faults of the case; each fires at its address.
	Faults []fault.Fault
	// Record receives what the wire sees (model.Sent, Answered, FaultReported, Raced), from many
	// goroutines, at the moment it happens; it stamps the time. It must not be nil.
	Record func(model.Event)
	// Interpret turns a complete HTTP answer into what histories hold.
	Interpret func(status int, header map[string][]string, body []byte) *model.Answer
	// Copies is shown, when it is not nil, how long each copy of a duplicate was with the service, in
	// the order of their attempts, before the duplicate is reported.
	Copies func(f fault.Fault, stays []Stay)
	// Starve is the seed of pauses at every step of clients, links and service (see
	// model.Case.Starve); zero means none. Only a world that is [Starving] makes them.
	Starve uint64
}

// Stay is how long a copy was with the service, as the wire saw it.
type Stay struct {
	// Sent is when its last byte had been handed to the service; zero when that never was.
	Sent time.Time
	// Ended is when the first byte of its answer came, or its connection ended.
	Ended time.Time
}

// Net is the network between the clients of one case and the service. Attempts run side by side,
// each on a connection of its own with its own toxics.
type Net interface {
	// Attempt sends one attempt and returns what the client saw of it. It returns when the
	// client has an answer, an error, or gave up at the attempt's timeout; what is still
	// under way lands later. Copies joined by a duplicate fault must be started side by side.
	Attempt(ctx context.Context, a Attempt) Completion
	// Heal ends every partition and releases everything that is held; attempts sent
	// afterwards meet no partition.
	Heal()
	// Drain waits until everything under way has landed and been answered, and until every
	// planned fault has been reported as fired or not. The error says what had not landed
	// when ctx ended.
	Drain(ctx context.Context) error
	// Close cuts what is left.
	Close()
}

// Attempt is one attempt as it goes out.
type Attempt struct {
	Operation string
	Number    int
	// Final marks an attempt made after everything healed.
	Final bool
	// Replica is where it goes: 0 is the first, and the others are those that the world was made with.
	Replica int
	// Head is the request line and the headers with the empty line at their end, Payload the
	// body. Head says "Content-Length" where there is a body and never "Connection: close".
	Head    []byte
	Payload []byte
	Timeout time.Duration
	// Instant reports whether the service answers without taking any time, as a handler in virtual
	// time may: copies must then go in the same instant to meet at all, and who is first is
	// left to the scheduler.
	Instant bool
}

// Completion is what the client saw: an answer, or why there is none.
type Completion struct {
	// Answer is nil unless a complete answer was read before the timeout.
	Answer *model.Answer
	// Err is "" or one of "timeout", "refused", "reset", "eof" (closed before an answer),
	// "broken answer" (closed inside it), "disconnected" (the client itself left, as
	// planned), "canceled" or the text of another error.
	Err string
	// Unread says which of our bounds an answer passed, so that it was not read to its end: Answer is
	// nil, and it is nobody's fault. Empty for all others.
	Unread string
	// RetryAfter is how long the answer asks to wait; zero when it does not.
	RetryAfter time.Duration
	// Cookies are the lines by which the answer sets cookies.
	Cookies []string
}
