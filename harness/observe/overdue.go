package observe

import (
	"context"
	"errors"
	"net"

	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
)

// spot is what is read: by its line in the contract, and about one thing ("" about all that is
// there).
type spot struct{ line, about string }

// once reads a place once. One that was given up is not read.
func once(ctx context.Context, p *Client, at spot, read func() error) error {
	return p.Conditions.Places().Read(at.line, at.about, func() error {
		err := read()
		late, is := errors.AsType[net.Error](err)
		if is && late.Timeout() && ctx.Err() == nil {
			return &elsewhere.SlowError{Cause: err} // the service itself, for which nothing sets a time
		}
		return err
	})
}
