package store

import "context"

// Fence returns the store as an instance sees it that may be killed: from when alive returns an
// error, nothing is read or written any more, and a transaction under way is undone. The error is
// alive's. Closing it closes the store.
func Fence(s Store, alive func() error) Store { return fenced{s, alive} }

type fenced struct {
	Store
	alive func() error
}

// Update implements Store.
func (f fenced) Update(ctx context.Context, fn func(Tx) error) error {
	if err := f.alive(); err != nil {
		return err
	}
	return f.Store.Update(ctx, func(tx Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return f.alive()
	})
}

// View implements Store.
func (f fenced) View(ctx context.Context, fn func(Reader) error) error {
	if err := f.alive(); err != nil {
		return err
	}
	return f.Store.View(ctx, fn)
}
