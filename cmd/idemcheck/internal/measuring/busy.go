package measuring

import (
	"context"

	chaos "github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/reference/store"
)

// busy is a store on a machine that may be busy: its user pauses before and after each use, where
// the case has pauses. Within a transaction nobody pauses, because the others wait for it with a
// lock, and virtual time does not go on while somebody waits for a lock.
type busy struct{ store.Store }

// Update implements store.Store.
func (b busy) Update(ctx context.Context, fn func(store.Tx) error) error {
	chaos.Pause(ctx)
	defer chaos.Pause(ctx)
	return b.Store.Update(ctx, fn)
}

// View implements store.Store.
func (b busy) View(ctx context.Context, fn func(store.Reader) error) error {
	chaos.Pause(ctx)
	defer chaos.Pause(ctx)
	return b.Store.View(ctx, fn)
}
