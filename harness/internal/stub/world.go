package stub

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Sending is one attempt as the fake world saw it.
type Sending struct {
	chaos.Attempt
	At  time.Duration
	key string
}

// World carries attempts to a handler without a network. Response-lost and request-lost lose
// what they say, every other fault only fires.
type World struct {
	Service http.Handler
	// Carry, when set, carries attempts instead; Lost is told of every attempt whose answer is lost;
	// Hears is recorded with every attempt.
	Carry func(ctx context.Context, a chaos.Attempt) chaos.Completion
	Lost  func(a chaos.Attempt, key string)
	Hears []model.Event
	// Fires reports whether a fault fires (nil: all do); Mute reports no faults at all.
	Fires func(f fault.Fault) bool
	Mute  bool
	// Refuses is an error of Expresses; Stuck is one of Drain.
	Refuses, Stuck error
	Begun          time.Time

	mu sync.Mutex
	// All below are protected by mu.
	sent           []Sending
	open, maxOpen  int
	opened, healed int
}

var _ chaos.World = (*World)(nil)

// Expresses implements [chaos.World].
func (w *World) Expresses(fault.Fault) error { return w.Refuses }

// Close implements [chaos.World].
func (w *World) Close() error { return nil }

// Open implements [chaos.World].
func (w *World) Open(c chaos.NetOptions) chaos.Net {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	w.opened++
	w.maxOpen = max(w.maxOpen, w.open)
	return &net{world: w, options: c}
}

// Count returns how many nets were opened, healed, are open, and were at most open at once.
func (w *World) Count() (opened, healed, open, maxOpen int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.opened, w.healed, w.open, w.maxOpen
}

// Attempts lists what was sent.
func (w *World) Attempts() []Sending {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Sending{}, w.sent...)
}

// net is the network of one case.
type net struct {
	options chaos.NetOptions
	world   *World
}

func (n *net) Heal() {
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	n.world.healed++
}

func (n *net) Drain(context.Context) error { return n.world.Stuck }

func (n *net) Close() {
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	n.world.open--
}

func (n *net) Attempt(ctx context.Context, a chaos.Attempt) chaos.Completion {
	w := n.world
	sent := append(bytes.Clone(a.Head), a.Payload...)
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(sent)))
	if err != nil {
		return chaos.Completion{Err: err.Error()}
	}
	key := req.Header.Get("Idempotency-Key")
	w.mu.Lock()
	w.sent = append(w.sent, Sending{a, time.Since(w.Begun), key})
	w.mu.Unlock()
	loses := n.beginFaults(a)
	for _, e := range w.Hears {
		n.options.Record(e)
	}
	if w.Carry != nil {
		return w.Carry(ctx, a)
	}
	if loses == fault.RequestLost {
		return chaos.Completion{Err: "eof"}
	}
	out := n.deliver(a, req)
	if loses != fault.ResponseLost {
		return out
	}
	if w.Lost != nil {
		w.Lost(a, key)
	}
	return chaos.Completion{Err: "eof"}
}

// beginFaults reports the faults that begin at an attempt and returns the last one that loses
// something.
func (n *net) beginFaults(a chaos.Attempt) (loses fault.Kind) {
	for _, f := range n.options.Faults {
		if a.Final || f.Operation != a.Operation || f.Attempt != a.Number || n.world.Mute {
			continue
		}
		fired := n.world.Fires == nil || n.world.Fires(f)
		n.options.Record(model.Event{
			Kind: model.FaultReported, Operation: a.Operation, Attempt: a.Number, Fault: &f, Fired: fired,
		})
		if fired && (f.Kind == fault.ResponseLost || f.Kind == fault.RequestLost) {
			loses = f.Kind
		}
	}
	return loses
}

// deliver hands an attempt to the service.
func (n *net) deliver(a chaos.Attempt, req *http.Request) chaos.Completion {
	e := model.Event{Operation: a.Operation, Attempt: a.Number, Hit: 1, Final: a.Final, Complete: true}
	e.Kind = model.Sent
	n.options.Record(e)
	w := httptest.NewRecorder()
	n.world.Service.ServeHTTP(w, req)
	e.Kind, e.Answer = model.Answered, n.options.Interpret(w.Code, w.Header(), w.Body.Bytes())
	n.options.Record(e)
	return chaos.Completion{Answer: e.Answer}
}
