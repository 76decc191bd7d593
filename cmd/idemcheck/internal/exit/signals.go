package exit

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Interruption is the cause of a context that a signal ended.
type Interruption struct{ By syscall.Signal }

// Error says which signal it was.
func (i Interruption) Error() string {
	if i.By == syscall.SIGTERM {
		return "interrupted by SIGTERM"
	}
	return "interrupted by SIGINT"
}

// Code is the exit code that shells expect: 130 for SIGINT, 143 for SIGTERM.
func (i Interruption) Code() int { return Signal + int(i.By) }

// sameSignal is for how long a second SIGTERM is taken for the first: timeout(1) sends it to the
// process and to the process's group.
const sameSignal = time.Second

// Interruptible returns a context that ends with the first SIGINT or SIGTERM, so that what is under
// way is finished, healed and saved. A second signal ends the process at once, unless it is the
// first one's echo. The caller calls stop when nothing is to be interrupted any more.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer signal.Stop(signals)
		select {
		case s := <-signals:
			by, _ := s.(syscall.Signal) // both are
			cancel(Interruption{by})
			if by == syscall.SIGTERM {
				time.Sleep(sameSignal)
			}
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// Interrupted returns the interruption that ended a context; false when none did.
func Interrupted(ctx context.Context) (Interruption, bool) {
	return errors.AsType[Interruption](context.Cause(ctx))
}
