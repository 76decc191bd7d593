package middleware

import (
	"context"
	"errors"
)

// LookFirst is deliberately wrong: a [Memory] that looks a key up before the work and stores it
// after, and claims nothing in between, as one does with a cache. All goes well until two copies
// come together.
type LookFirst struct{ *Memory }

// Claim implements [Store], without the claim.
func (l LookFirst) Claim(ctx context.Context, key, fingerprint string) (*Answer, error) {
	a, err := l.Memory.Claim(ctx, key, fingerprint)
	if errors.Is(err, ErrInFlight) {
		return nil, nil // it has not been stored yet, so it must be new
	}
	return a, err
}
