package network

import (
	"context"
	"net"
	"sync"
	"syscall"

	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
)

// Carrier makes the part of the route between client and tap.
type Carrier interface {
	// Open prepares the route of one attempt.
	Open(ctx context.Context, w Route) (Path, error)
}

// Route is what the connections of one attempt pass through.
type Route struct {
	// Refuse makes every dial fail as a closed port does.
	Refuse bool
	// Up and Down are the toxics known from the plan.
	Up, Down []link.Toxic
	// Cut reports whether the direction to the client may get more toxics when the answer is known.
	Cut bool
	// Steps are the attempt's, nil for none that pause.
	Steps *starve.Pauser
}

// Path is the open route of one attempt. Its methods may be used from many goroutines.
type Path interface {
	// Dial opens one more connection. A refused one is an error that wraps syscall.ECONNREFUSED.
	Dial(ctx context.Context) (PathConn, error)
	// Close releases the path after its last connection has ended.
	Close()
}

// PathConn is one connection through a path: what the client writes to Client is read from Tap.
type PathConn struct {
	Client, Tap net.Conn
	// Arm lets the direction to the client begin, through the toxics given here besides those of
	// the plan. Nothing may be written to Tap before. Only the first call counts.
	Arm func(down []link.Toxic) error
	// Kill cuts the connection at once and returns when nothing of it is left.
	Kill func()
}

// Embedded carries attempts through links inside this process.
type Embedded struct{}

// Open implements [Carrier].
func (Embedded) Open(_ context.Context, w Route) (Path, error) { return &embedded{route: w}, nil }

type embedded struct{ route Route }

func (e *embedded) Dial(ctx context.Context) (PathConn, error) {
	if e.route.Refuse {
		return PathConn{}, &net.OpError{Op: "dial", Net: "link", Err: syscall.ECONNREFUSED}
	}
	if err := ctx.Err(); err != nil {
		return PathConn{}, err
	}
	if len(e.route.Up)+len(e.route.Down) == 0 && !e.route.Cut {
		return direct(), nil
	}
	client, near := link.Pipe()
	far, tap := link.Pipe()
	up := starve.Reading(near, e.route.Steps, starve.LinkUp)
	down := starve.Reading(far, e.route.Steps, starve.LinkDown)
	return e.conn(client, tap, link.Join(up, down, e.route.Up)), nil
}

// direct is a connection without toxics: a link would only copy.
func direct() PathConn {
	client, tap := link.Pipe()
	return PathConn{
		Client: client, Tap: tap,
		Arm: func([]link.Toxic) error { return nil },
		Kill: func() {
			_ = client.Close()
			_ = tap.Close()
		},
	}
}

func (e *embedded) conn(client, tap net.Conn, l *link.Link) PathConn {
	return PathConn{
		Client: client, Tap: tap,
		Arm: func(down []link.Toxic) error {
			l.Arm(append(append([]link.Toxic{}, e.route.Down...), down...))
			return nil
		},
		Kill: sync.OnceFunc(func() {
			l.Kill()
			<-l.Done()
		}),
	}
}

func (e *embedded) Close() {}
