// Package overdue follows which places that are read answer nobody in time any more, so that a run
// need not wait for each of them again and again.
package overdue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// enough is after how many readings in a row that missed their time a place is given up: two are no
// accident, and one more confirms it.
const enough = 3

// Late is the error of a reading that did not end within its time.
type Late interface {
	error
	// Setting is the line of the contract that says how long it may take; "" when none does.
	Setting() string
}

// Places follows all places of a run. Nil follows none.
type Places struct {
	// busy reports whether this machine explains that something was late; nil never does.
	busy func(from, to time.Time) bool
	mu   sync.Mutex
	// of are those of which readings missed their time, by name, and gone is why nothing more can be
	// learned; "" while something can. Both are protected by mu.
	of   map[string]*place
	gone string
}

// place is one of which readings missed their time since the last that was answered.
type place struct {
	misses int
	// ended is when the last of them was over, and about are the things that they were about.
	ended time.Time
	about map[string]bool
	gone  string
}

// New follows nothing yet.
func New(busy func(from, to time.Time) bool) *Places {
	return &Places{busy: busy, of: map[string]*place{}}
}

// Read reads a place about one thing, "" when every reading is about all that is there. A place
// that was given up is not read: the error says why.
func (p *Places) Read(name, about string, read func() error) error {
	if p == nil {
		return read()
	}
	if why := p.whyNot(name); why != "" {
		return errors.New(why)
	}
	begun := time.Now()
	err := read()
	p.ended(reading{name, about, begun, time.Now()}, err)
	return err
}

// Gone says which place was given up first, and what to change; "" while none was.
func (p *Places) Gone() string {
	if p == nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// whyNot says why a place is not read any more; "" when it is.
func (p *Places) whyNot(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.of[name]; at != nil {
		return at.gone
	}
	return ""
}

// reading is when something was read, and about what.
type reading struct {
	name, about string
	begun, over time.Time
}

// ended files how a reading ended. Readings at the same time miss their time for one reason, so
// that they count as one; and those about one thing may meet a lock that is on this thing alone.
func (p *Places) ended(r reading, err error) {
	var late Late
	missed := errors.As(err, &late)
	switch {
	case !missed && errors.Is(err, context.Canceled): // nobody waited for its end
		return
	case missed && p.busy != nil && p.busy(r.begun, r.over):
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.of[r.name]
	switch {
	case at != nil && at.gone != "":
		return
	case !missed:
		delete(p.of, r.name)
		return
	case at == nil:
		at = &place{about: map[string]bool{}}
		p.of[r.name] = at
	case r.begun.Before(at.ended):
		return
	}
	at.misses++
	at.ended, at.about[r.about] = r.over, true
	if at.misses >= enough && (r.about == "" || len(at.about) > 1) {
		at.gone = why(r.name, at.misses, late)
		if p.gone == "" {
			p.gone = at.gone
		}
	}
}

// why says why a place was given up, and what to change.
func why(name string, misses int, late Late) string {
	next := "find out what keeps the service from answering"
	if late.Setting() != "" {
		next = fmt.Sprintf("find out what holds it up, or give it longer with %s.%s",
			name, late.Setting())
	}
	return fmt.Sprintf("the run was ended because %s cannot be read any more (%d readings in a row, "+
		"none of which ended in time; at last: %s): %s", name, misses, late.Error(), next)
}
