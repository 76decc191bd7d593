// Package sleep waits for a time, or until nobody wants to wait any more.
package sleep

import (
	"context"
	"time"
)

// For waits, or returns the context's error.
func For(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
