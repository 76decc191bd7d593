package process

import (
	"fmt"
	"time"

	"github.com/idemcheck/idemcheck/model/fault"
)

// strikeKind is how the process of a service is struck by one kind of fault.
type strikeKind struct {
	kind fault.Kind
	// begin strikes at once, and within says how long the process then has to end.
	begin  func(Restartable) error
	within func(Restartable) time.Duration
	// holds: the process stands still for as long as the fault says, and does not end.
	holds bool
}

// strikes is the table, a row for every kind that strikes a process.
var strikes = []strikeKind{
	{
		kind: fault.Crash, begin: Restartable.Kill,
		within: func(Restartable) time.Duration { return dying },
	},
	{kind: fault.Terminate, begin: Restartable.Terminate, within: Restartable.Grace},
	{kind: fault.Pause, begin: Restartable.Pause, holds: true},
}

// dying is how long a killed process may take to be gone.
const dying = 10 * time.Second

// strikeOf returns the row of a kind; nil for one that strikes no process.
func strikeOf(kind fault.Kind) *strikeKind {
	for _, row := range strikes {
		if row.kind == kind {
			return &row
		}
	}
	return nil
}

// later strikes after the planned time, unless everything heals first.
func (n *struckNet) later(s *strike) {
	t := time.NewTimer(s.Span.Std())
	defer t.Stop()
	select {
	case <-t.C:
	case <-n.ctx.Done():
		return
	}
	n.mu.Lock()
	s.begun = true
	n.mu.Unlock()
	n.strike(s)
}

// strike strikes once.
func (n *struckNet) strike(s *strike) {
	row, service := strikeOf(s.Kind), n.world.service
	if row.holds {
		n.hold(s)
		return
	}
	n.world.gate.shut()
	defer n.world.gate.open()
	if err := row.begin(service); err != nil {
		n.report(s, false, fmt.Sprintf("the service had ended before: %v", err))
		return
	}
	how, err := service.Ended(row.within(service))
	if err == nil {
		n.report(s, true, fmt.Sprintf("%s %s, and started again", how, moment(s)))
		err = service.Start(n.world.ctx)
	}
	if err != nil {
		n.world.lose(fmt.Errorf("after a planned %s of the service: %w", s.Kind, err))
	}
}

// hold lets the service stand still for as long as a fault says.
func (n *struckNet) hold(s *strike) {
	service := n.world.service
	if err := service.Pause(); err != nil {
		n.report(s, false, fmt.Sprintf("the service had ended before: %v", err))
		return
	}
	t := time.NewTimer(s.Hold.Std())
	defer t.Stop()
	whole := false
	select {
	case <-t.C:
		whole = true
	case <-n.world.hurry:
	case <-n.world.ctx.Done():
	}
	err := service.Resume()
	if err != nil {
		n.world.lose(fmt.Errorf("after a planned %s of the service: %w", s.Kind, err))
	}
	if !whole || err != nil {
		n.report(s, false, "it was cut short")
		return
	}
	n.report(s, true, fmt.Sprintf("stood still for %s %s", s.Hold, moment(s)))
}

// moment says when a fault struck.
func moment(s *strike) string {
	if s.Point == fault.Answered {
		return "as soon as it had answered"
	}
	return s.Span.String() + " after it was sent the request"
}
