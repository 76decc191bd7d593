package process

import (
	"context"
	"time"
)

// Restartable is what faults are made of that strike the process of a service: a [Process], and
// whatever else can be ended, paused and started again, such as a container or one of several
// replicas. Kill, Terminate, Pause and Resume return at once.
type Restartable interface {
	// Start starts it and returns when it can be sent to.
	Start(ctx context.Context) error
	// Kill ends it at once.
	Kill() error
	// Terminate tells it to end.
	Terminate() error
	// Pause lets it stand still until Resume.
	Pause() error
	// Resume lets it go on.
	Resume() error
	// Ended returns how it ended, when it has, and ends what does not end within a time.
	Ended(within time.Duration) (how string, err error)
	// Grace is how long it may take to end after Terminate.
	Grace() time.Duration
}
