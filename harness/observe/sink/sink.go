// Package sink hosts services for the service under test to call, over HTTP and SMTP, and reads
// what they received as items.
package sink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/emersion/go-smtp"

	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model/source"
)

// Host is a sink that listens.
type Host struct {
	name     string
	inbox    *inbox
	listener net.Listener
	server   server
	// done is closed when nobody listens any more.
	done chan struct{}
}

// server takes what comes at an address.
type server interface {
	Serve(net.Listener) error
	Close() error
}

// Open begins to listen. The error says that the address cannot be had, such as one that another
// process has.
func Open(ctx context.Context, name string, s source.Sink) (*Host, error) {
	at := s.Listen
	h := &Host{
		name: name, done: make(chan struct{}),
		inbox: &inbox{oncePer: s.OncePer, script: s.Answers, known: map[string]*filed{}},
	}
	h.server = httpServer(h.inbox)
	if s.SMTP != "" {
		at, h.server = s.SMTP, smtpServer(h.inbox)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil {
		return nil, fmt.Errorf("opening the sink %s at %s: %w", name, at, err)
	}
	h.listener = l
	go func() {
		defer close(h.done)
		err := h.server.Serve(l)
		if !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, smtp.ErrServerClosed) && err != nil {
			h.inbox.fail(fmt.Errorf("listening at %s: %w", at, err))
		}
	}()
	return h, nil
}

// Addr is where it listens, as host:port.
func (h *Host) Addr() string { return h.listener.Addr().String() }

// Close stops listening and cuts what is connected; what is read afterwards is an error.
func (h *Host) Close() error {
	h.inbox.fail(errors.New("it is closed"))
	err := h.server.Close()
	_ = h.listener.Close() // the server may not have begun to know it
	<-h.done
	if err != nil {
		return fmt.Errorf("closing the sink %s: %w", h.name, err)
	}
	return nil
}

// Items returns what reads a part of what was received. The error is that of an expression.
func (h *Host) Items(r source.Received) (elsewhere.ItemReader, error) { return newPart(h, r) }
