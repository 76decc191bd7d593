// Package elsewhere holds what reads items where no message of the service shows them.
package elsewhere

import (
	"context"
	"fmt"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model/source"
)

// ItemReader reads the items of one place, such as the rows of a query. It is used by many
// goroutines.
type ItemReader interface {
	// Items hands on what stands there now for what the values name; an item is decoded JSON: a map
	// of texts, numbers, truth values and nil. An error of each ends the reading and is returned.
	Items(ctx context.Context, vars template.Vars, each func(item any) error) error
}

// SlowError is a reading that did not end within its time.
type SlowError struct {
	// Line is the line below the place in the contract that says how long it may take, such as
	// sql.timeout.
	Line  string
	Cause error
}

// Error says what took how long.
func (e *SlowError) Error() string { return e.Cause.Error() }

// Unwrap returns the cause.
func (e *SlowError) Unwrap() error { return e.Cause }

// Setting returns the line.
func (e *SlowError) Setting() string { return e.Line }

// Func is an [ItemReader] of a function.
type Func func(ctx context.Context, vars map[string]any) ([]any, error)

// Items implements [ItemReader].
func (f Func) Items(ctx context.Context, vars template.Vars, each func(any) error) error {
	items, err := f(ctx, vars)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := each(item); err != nil {
			return err
		}
	}
	return nil
}

// Readers know what reads the places that a contract names, by the names that [Ledger] and [State]
// say.
type Readers interface {
	// Reader returns what reads the place with a name; false when nothing does.
	Reader(name string) (ItemReader, bool)
}

// ByName is [Readers] that stay the same.
type ByName map[string]ItemReader

// Reader implements [Readers].
func (t ByName) Reader(name string) (ItemReader, bool) {
	r, known := t[name]
	return r, known
}

// Ledger is the name of the reader of a ledger: its place in the contract, or that of a function.
func Ledger(name string, from *source.Origin) string { return named("ledgers."+name+".from", from) }

// State is the same for the state of a type of resource.
func State(resource string, from *source.Origin) string {
	return named("resources."+resource+".read_from", from)
}

// Function is the name of a reader that is a function.
func Function(name string) string { return "func " + name }

func named(place string, from *source.Origin) string {
	if from.Func != "" {
		return Function(from.Func)
	}
	return place
}

// Named is one place that a contract names, and what knows who reads it; nil knows nobody.
type Named struct {
	Readers Readers
	Name    string
}

// Items hands on what stands there.
func (p Named) Items(ctx context.Context, vars template.Vars, each func(item any) error) error {
	if p.Readers != nil {
		if r, known := p.Readers.Reader(p.Name); known {
			return r.Items(ctx, vars, each)
		}
	}
	return fmt.Errorf("nothing here reads %s", p.Name)
}

// One is the only item there.
func (p Named) One(ctx context.Context, vars template.Vars) (item any, err error) {
	n := 0
	err = p.Items(ctx, vars, func(found any) error {
		item = found
		if n++; n > 1 {
			return fmt.Errorf("%s shows more than one item", p.Name)
		}
		return nil
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("%s shows no item", p.Name)
	}
	return item, err
}
