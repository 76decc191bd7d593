package network

import (
	"context"
	"net"
	"sync"
	"syscall"

	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
)

// Carrier makes the part of the way between client and tap.
type Carrier interface {
	// Open prepares the way of one attempt.
	Open(ctx context.Context, w Way) (Path, error)
}

// Way is what the connections of one attempt pass through.
type Way struct {
	// Refuse makes every dial fail as a closed port does.
	Refuse bool
	// Up and Down are the toxics known from the plan.
	Up, Down []link.Toxic
	// Cut reports whether the way back may get more toxics when the answer is known.
	Cut bool
	// Steps are the attempt's, nil for none that pause.
	Steps *starve.Pauser
}

// Path is the open way of one attempt. Its methods may be used from many goroutines.
type Path interface {
	// Dial opens one more connection. A refused one is an error that wraps syscall.ECONNREFUSED.
	Dial(ctx context.Context) (Hop, error)
	// Close releases the path after its last connection has ended.
	Close()
}

// Hop is one connection through a path: what the client writes to Client is read from Tap.
type Hop struct {
	Client, Tap net.Conn
	// Arm lets the way back begin, through the toxics given here besides those of the plan. Nothing
	// may be written to Tap before. Only the first call counts.
	Arm func(down []link.Toxic) error
	// Kill cuts the connection at once and returns when nothing of it is left.
	Kill func()
}

// Embedded carries attempts through links inside this process.
type Embedded struct{}

// Open implements [Carrier].
func (Embedded) Open(_ context.Context, w Way) (Path, error) { return &embedded{way: w}, nil }

type embedded struct{ way Way }

func (e *embedded) Dial(ctx context.Context) (Hop, error) {
	if e.way.Refuse {
		return Hop{}, &net.OpError{Op: "dial", Net: "link", Err: syscall.ECONNREFUSED}
	}
	if err := ctx.Err(); err != nil {
		return Hop{}, err
	}
	if len(e.way.Up)+len(e.way.Down) == 0 && !e.way.Cut {
		return direct(), nil
	}
	client, near := link.Pipe()
	far, tap := link.Pipe()
	up := starve.Reading(near, e.way.Steps, starve.LinkUp)
	down := starve.Reading(far, e.way.Steps, starve.LinkDown)
	return e.hop(client, tap, link.Join(up, down, e.way.Up)), nil
}

// direct is a connection without toxics: a link would only copy.
func direct() Hop {
	client, tap := link.Pipe()
	return Hop{
		Client: client, Tap: tap,
		Arm: func([]link.Toxic) error { return nil },
		Kill: func() {
			_ = client.Close()
			_ = tap.Close()
		},
	}
}

func (e *embedded) hop(client, tap net.Conn, l *link.Link) Hop {
	return Hop{
		Client: client, Tap: tap,
		Arm: func(down []link.Toxic) error {
			l.Arm(append(append([]link.Toxic{}, e.way.Down...), down...))
			return nil
		},
		Kill: sync.OnceFunc(func() {
			l.Kill()
			<-l.Done()
		}),
	}
}

func (e *embedded) Close() {}
