// Package state holds the state of resources while an order of execution is searched for.
package state

import (
	"hash/fnv"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// Working is a state that is changed in place, with a fingerprint.
type Working struct {
	vars model.State
	// names lists the variables of each resource.
	names map[string][]string
	sum   uint64
}

// Sum is the fingerprint of the state.
func (t *Working) Sum() uint64 { return t.sum }

// Undo is the value that a variable had before.
type Undo struct {
	name  string
	value any
	known bool
}

// New begins with a state.
func New(initial model.State, names map[string][]string) *Working {
	t := &Working{vars: model.State{}, names: names}
	t.Change(initial)
	return t
}

// Of returns the part of the state that an operation sees: its own resources.
func (t *Working) Of(op *model.Operation) model.State {
	out := make(model.State, 2*len(op.Resources))
	for _, r := range op.Resources {
		for _, name := range t.names[r] {
			if value, known := t.vars[name]; known {
				out[name] = value
			}
		}
	}
	return out
}

// Change sets variables and returns what they were.
func (t *Working) Change(to model.State) []Undo {
	var before []Undo
	for name, v := range to {
		old, known := t.vars[name]
		if known && value.Equal(old, v) {
			continue
		}
		before = append(before, Undo{name, old, known})
		if known {
			t.sum ^= fingerprint(name, old)
		}
		t.vars[name] = v
		t.sum ^= fingerprint(name, v)
	}
	return before
}

// Restore takes a change back.
func (t *Working) Restore(vars []Undo) {
	for _, v := range vars {
		t.sum ^= fingerprint(v.name, t.vars[v.name])
		if !v.known {
			delete(t.vars, v.name)
			continue
		}
		t.vars[v.name] = v.value
		t.sum ^= fingerprint(v.name, v.value)
	}
}

// Agrees compares the variables that were observed.
func (t *Working) Agrees(final model.State) bool {
	for name, want := range final {
		if got, known := t.vars[name]; known && !value.Equal(got, want) {
			return false
		}
	}
	return true
}

// fingerprint stands for a variable with a value.
func fingerprint(name string, v any) uint64 {
	h := fnv.New64a()
	if n, ok := value.Normal(v).(int64); ok {
		_, _ = h.Write([]byte(name)) // a hash never fails
		return Scatter(h.Sum64() ^ Scatter(uint64(n)))
	}
	_, _ = h.Write([]byte(name + "\x00" + value.Text(v)))
	return Scatter(h.Sum64())
}

// Scatter spreads a number over all bits.
func Scatter(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
