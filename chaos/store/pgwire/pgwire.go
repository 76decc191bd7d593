// Package pgwire knows what services and PostgreSQL say to each other: protocol 3, without TLS.
package pgwire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"

	"github.com/idemcheck/idemcheck/chaos/store"
)

// PostgreSQL implements [store.Protocol].
type PostgreSQL struct{}

// The codes of first messages that ask for something before a service is let in, and of a
// connection that has an other one's query cancelled.
const (
	asksTLS    = 80877103
	asksGSS    = 80877104
	asksCancel = 80877102
	// maxFirst bounds the first message, as PostgreSQL does.
	maxFirst = 10000
	// maxHeld bounds what waits for the end of its group; what is more goes on.
	maxHeld = 1 << 20
)

// errCut is a connection that was cut on purpose.
var errCut = errors.New("cut")

// wire is one connection.
type wire struct {
	service, store net.Conn
	talk           *talk
	rule           func(store.Act) store.Ruling
}

// Carry implements [store.Protocol].
func (PostgreSQL) Carry(
	ctx context.Context, service, at net.Conn, rule func(store.Act) store.Ruling,
) error {
	w := &wire{service: service, store: at, talk: newTalk(), rule: rule}
	defer w.close()
	cancels, err := w.greet()
	if err != nil {
		return w.reason(ctx, err)
	}
	var up, down error
	var both sync.WaitGroup
	both.Go(func() { defer w.close(); up = w.ask(cancels) })
	both.Go(func() { defer w.close(); down = w.answer(cancels) })
	both.Wait()
	return errors.Join(w.reason(ctx, up), w.reason(ctx, down))
}

func (w *wire) close() { _, _ = w.service.Close(), w.store.Close() }

// reason is the error of a connection that did not just end.
func (w *wire) reason(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && !justEnded(err) {
		return fmt.Errorf("carrying a connection to PostgreSQL: %w", err)
	}
	return nil
}

// justEnded reports whether an error says no more than that a connection is over.
func justEnded(err error) bool {
	_, network := errors.AsType[*net.OpError](err)
	return network || slices.ContainsFunc([]error{
		errCut, net.ErrClosed, io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe,
	}, func(end error) bool { return errors.Is(err, end) })
}

// greet carries the first message. TLS is refused, since nothing could be seen in it.
func (w *wire) greet() (cancels bool, err error) {
	refused := false
	for {
		first, code, err := firstMessage(w.service)
		if err != nil {
			if refused && errors.Is(err, io.EOF) {
				w.rule(store.EncryptionRefused)
			}
			return false, err
		}
		if code == asksTLS || code == asksGSS {
			if _, err := w.service.Write([]byte("N")); err != nil {
				return false, err
			}
			refused = true
			continue
		}
		_, err = w.store.Write(first)
		return code == asksCancel, err
	}
}

// firstMessage reads a message that has no type, and its code.
func firstMessage(from io.Reader) (whole []byte, code uint32, err error) {
	var length [lengthBytes]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, 0, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < 2*lengthBytes || n > maxFirst {
		return nil, 0, fmt.Errorf("the first message has the length %d", n)
	}
	whole = append(length[:], make([]byte, n-lengthBytes)...)
	if _, err := io.ReadFull(from, whole[lengthBytes:]); err != nil {
		return nil, 0, err
	}
	return whole, binary.BigEndian.Uint32(whole[lengthBytes:]), nil
}

// ask carries what the service asks for.
func (w *wire) ask(raw bool) error {
	if raw {
		_, err := io.Copy(w.store, w.service)
		return err
	}
	for {
		m, err := next(w.service)
		if err != nil {
			return err
		}
		events, err := w.talk.asked(m)
		if err != nil {
			return err
		}
		if err := w.ruled(events); err != nil {
			return err
		}
		if err := m.writeTo(w.store, w.service); err != nil {
			return err
		}
	}
}

// answer carries what the store answers. That a statement was done waits where only the end of its
// group says that what it wrote lasts.
func (w *wire) answer(raw bool) error {
	if raw {
		_, err := io.Copy(w.service, w.store)
		return err
	}
	var held []byte
	for {
		m, err := next(w.store)
		if err != nil {
			return err
		}
		events, waits, err := w.talk.answered(m)
		if err != nil {
			return err
		}
		if err := w.ruled(events); err != nil {
			return err
		}
		waits = waits && (m.kind == 'C' || len(held) > 0)
		if waits && m.rest == 0 && len(held)+len(m.body) < maxHeld {
			held = append(append(held, m.head[:]...), m.body...)
			continue
		}
		if _, err := w.service.Write(held); err != nil {
			return err
		}
		held = held[:0]
		if err := m.writeTo(w.service, w.store); err != nil {
			return err
		}
	}
}

// ruled asks what becomes of a message with acts.
func (w *wire) ruled(events []store.Act) error {
	for _, e := range events {
		if w.rule(e) == store.Cut {
			return errCut
		}
	}
	return nil
}
