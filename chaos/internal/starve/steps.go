package starve

import (
	"context"
	"sync/atomic"
	"time"
)

// Step names a place where a case may pause.
type Step int

// The steps of the process that runs clients, links and observer.
const (
	// ClientBegins is before an attempt is sent, ClientWrites before each part of its bytes.
	ClientBegins Step = iota
	ClientWrites
	// ClientReads is when bytes have arrived and the client has not seen them yet.
	ClientReads
	// ClientTimer is when the client's timeout has passed and the client has not noticed yet.
	ClientTimer
	// ClientEnds is when the client knows its outcome and has not said so yet.
	ClientEnds
	// LinkUp and LinkDown are before a link forwards what it has read, TapReads before what came
	// through it is looked at beside the service.
	LinkUp
	LinkDown
	TapReads
	// NetworkTimer is when the planned time of a fault is over and the fault has not gone on yet.
	NetworkTimer
	// RecordSent is before a whole request is recorded as sent, HandOver after that and before the
	// service gets its last byte.
	RecordSent
	HandOver
	// RecordAnswer is before an answer is recorded, BringAnswer after that and before it goes back.
	RecordAnswer
	BringAnswer
	// Driver is between the phases of a case: before it heals, and after everything has landed.
	Driver
	// ObserverAsks is before a message without faults is sent, ObserverReads before its answer is
	// read.
	ObserverAsks
	ObserverReads

	// ServiceReads is when bytes have arrived and the service has not seen them yet. It is the
	// first step of the service's process.
	ServiceReads
	// HandlerBegins is before a handler is called.
	HandlerBegins
	// ServiceWorks is wherever the service itself allows a pause.
	ServiceWorks
	// ServiceWrites is before bytes of an answer are written.
	ServiceWrites

	// steps is how many there are.
	steps
)

// process is what stops as a whole.
type process int

const (
	tool process = iota
	service
	// processes is how many there are.
	processes
)

func (s Step) process() process {
	if s >= ServiceReads {
		return service
	}
	return tool
}

// maxWork bounds a pause of one handler among others that go on. A handler holds its key while
// it works, and takes about six such steps. Every contract of ours promises that no key is refused
// for longer than a second after everything healed (promises.recovery). A service in which one
// handler sleeps longer and all others refuse its key breaks that promise, so it is not right. The
// longer pauses of other steps, and the stops of a whole process, break no promise: nobody is
// answered meanwhile.
const maxWork = 100 * time.Millisecond

// maxPause bounds a pause at the step that is not due to a stop of its process.
func (s Step) maxPause() time.Duration {
	if s == ServiceWorks {
		return maxWork
	}
	return time.Minute
}

// Pauser pauses at the steps of one address. Different steps may be taken in different goroutines.
// A nil Pauser never pauses.
type Pauser struct {
	source  *Source
	address uint64
	// taken counts, by step, how often it was taken.
	taken [steps]atomic.Uint64
}

// Pause takes a step once more: it waits as long as was drawn, or until ctx or the source ends.
func (s *Pauser) Pause(ctx context.Context, step Step) {
	if s != nil {
		s.pause(ctx.Done(), step, s.taken[step].Add(1))
	}
}

// pause takes a step for the nth time, until its pause is over or a channel is closed.
func (s *Pauser) pause(until <-chan struct{}, step Step, n uint64) {
	dice := s.source.draw(s.address, uint64(step), n)
	wait := s.source.pause(time.Since(s.source.begun), step, dice)
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-until:
	case <-s.source.over:
	}
}

// key is the key of a Pauser in a context.
type key struct{}

// With returns a context that carries the steps of an address.
func With(ctx context.Context, s *Pauser) context.Context {
	if s == nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, s)
}

// From returns the steps that a context carries, or nil.
func From(ctx context.Context) *Pauser {
	s, _ := ctx.Value(key{}).(*Pauser)
	return s
}
