package judge

import (
	"hash/fnv"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// table is a state that is changed in place, with a fingerprint.
type table struct {
	vars model.State
	// names lists the variables of each resource.
	names map[string][]string
	sum   uint64
}

// variable is the value that a variable had before.
type variable struct {
	name  string
	value any
	known bool
}

// newTable begins with a state.
func newTable(initial model.State, names map[string][]string) *table {
	t := &table{vars: model.State{}, names: names}
	t.change(initial)
	return t
}

// of returns the part of the state that an operation sees: its own resources.
func (t *table) of(op *model.Operation) model.State {
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

// change sets variables and returns what they were.
func (t *table) change(to model.State) []variable {
	var before []variable
	for name, v := range to {
		old, known := t.vars[name]
		if known && value.Equal(old, v) {
			continue
		}
		before = append(before, variable{name, old, known})
		if known {
			t.sum ^= fingerprint(name, old)
		}
		t.vars[name] = v
		t.sum ^= fingerprint(name, v)
	}
	return before
}

func (t *table) restore(vars []variable) {
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

// agrees compares the variables that were observed.
func (t *table) agrees(final model.State) bool {
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
		return scatter(h.Sum64() ^ scatter(uint64(n)))
	}
	_, _ = h.Write([]byte(name + "\x00" + value.Text(v)))
	return scatter(h.Sum64())
}
