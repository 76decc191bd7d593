package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Options say where a [Relay] stands.
type Options struct {
	// Listen is the address at which services connect, such as 127.0.0.1:0.
	Listen string
	// Dial connects to the store.
	Dial func(context.Context) (net.Conn, error)
	// Protocol is what is spoken.
	Protocol Protocol
	// Watch rules on all acts; nil lets everything pass.
	Watch Watch
}

// Relay listens where a service connects that means to connect to its store.
type Relay struct {
	options  Options
	listener net.Listener
	ctx      context.Context
	stop     context.CancelFunc
	all      sync.WaitGroup
	opened   atomic.Int64

	mu sync.Mutex
	// failed is the first error of a connection; protected by mu.
	failed error
}

// Listen starts a relay. It takes connections until [Relay.Close].
func Listen(o Options) (*Relay, error) {
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening for connections to the store: %w", err)
	}
	p := &Relay{options: o, listener: listener}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.all.Go(p.accept)
	return p, nil
}

// Address is where services connect.
func (p *Relay) Address() string { return p.listener.Addr().String() }

// Connections is how many connections there were.
func (p *Relay) Connections() int { return int(p.opened.Load()) }

// Err is the first error of a connection: a store that could not be dialled, or something that was
// said on it and not understood. Nil when there was none.
func (p *Relay) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// Close takes no more connections, closes those that are open and waits for them to end.
func (p *Relay) Close() error {
	p.stop()
	err := p.listener.Close()
	p.all.Wait()
	return err
}

func (p *Relay) accept() {
	for {
		service, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			p.fail(fmt.Errorf("taking a connection to the store: %w", err))
			return
		}
		n := int(p.opened.Add(1))
		p.all.Go(func() { p.fail(p.carry(n, service)) })
	}
}

// carry joins one service to the store.
func (p *Relay) carry(number int, service net.Conn) error {
	at, err := p.options.Dial(p.ctx)
	if err != nil {
		_ = service.Close() // as a store does that is not there
		return fmt.Errorf("dialling the store: %w", err)
	}
	undo := context.AfterFunc(p.ctx, func() { _, _ = service.Close(), at.Close() })
	defer undo()
	return p.options.Protocol.Carry(p.ctx, service, at, func(e Act) Ruling {
		if p.options.Watch == nil {
			return Pass
		}
		return p.options.Watch(p.ctx, Passage{Connection: number, Act: e})
	})
}

// fail notes the first error that is not the end of the relay.
func (p *Relay) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil && p.ctx.Err() == nil {
		p.failed = err
	}
}
