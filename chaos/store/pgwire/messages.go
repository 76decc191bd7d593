package pgwire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/idemcheck/idemcheck/chaos/store"
)

const (
	// maxRead is how much of a message is read to know what it says; the rest is carried.
	maxRead = 1 << 20
	// headBytes are the type and the length of a message.
	headBytes = 5
	// lengthBytes is how much of its length a length counts itself.
	lengthBytes = 4
)

// message is one message: its type, its head, and its body as far as it was read.
type message struct {
	kind byte
	head [headBytes]byte
	body []byte
	// rest is how much of the body is still to come.
	rest int64
}

// next reads a message. The caller reads on where the rest begins.
func next(from io.Reader) (message, error) {
	var m message
	if _, err := io.ReadFull(from, m.head[:]); err != nil {
		return m, err
	}
	m.kind = m.head[0]
	length := int64(int32(binary.BigEndian.Uint32(m.head[1:]))) - lengthBytes
	if length < 0 {
		return m, fmt.Errorf("a message of type %q has the length %d", m.kind, length+lengthBytes)
	}
	m.body = make([]byte, min(length, maxRead))
	m.rest = length - int64(len(m.body))
	_, err := io.ReadFull(from, m.body)
	return m, err
}

// writeTo writes a message, and carries the rest of it.
func (m message) writeTo(to io.Writer, from io.Reader) error {
	if _, err := to.Write(append(m.head[:], m.body...)); err != nil {
		return err
	}
	_, err := io.CopyN(to, from, m.rest)
	return err
}

// names is the beginning of a message that holds so many texts: enough for what is decoded of it,
// where the rest is long.
func (m message) names(n int, filled ...byte) []byte {
	end := 0
	for range n {
		i := bytes.IndexByte(m.body[end:], 0)
		if i < 0 {
			return append(append(bytes.Clone(m.body), 0), filled...)
		}
		end += i + 1
	}
	return append(bytes.Clone(m.body[:end]), filled...)
}

// asked notes what a service asks for. It returns what that is.
func (t *talk) asked(m message) ([]store.Act, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch m.kind {
	case 'Q':
		var q pgproto3.Query
		if err := q.Decode(m.names(1)); err != nil {
			return nil, err
		}
		return append(t.asks(verbs(q.String)), t.ends()...), nil
	case 'P':
		var p pgproto3.Parse
		if err := p.Decode(m.names(2, 0, 0)); err != nil {
			return nil, err
		}
		t.statements[p.Name] = verbs(p.Query)
	case 'B':
		var b pgproto3.Bind
		if err := b.Decode(m.names(2, 0, 0, 0, 0, 0, 0)); err != nil {
			return nil, err
		}
		t.portals[b.DestinationPortal] = t.statements[b.PreparedStatement]
	case 'E':
		var e pgproto3.Execute
		if err := e.Decode(m.names(1, 0, 0, 0, 0)); err != nil {
			return nil, err
		}
		return t.asks(t.portals[e.Portal]), nil
	case 'S':
		return t.ends(), nil
	case 'F': // a function called by its number, which is a group
		return t.ends(), nil
	}
	return nil, nil
}

// answered notes what a PostgreSQL answers. It returns what that is, and whether the message waits
// for what follows it.
func (t *talk) answered(m message) (events []store.Act, waits bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch m.kind {
	case 'C':
		var c pgproto3.CommandComplete
		if err := c.Decode(m.names(1)); err != nil {
			return nil, false, err
		}
		return t.answers(string(c.CommandTag)), t.holds(), nil
	case 'E':
		t.fails()
	case 'Z':
		var z pgproto3.ReadyForQuery
		if err := z.Decode(m.body); err != nil {
			return nil, false, err
		}
		return t.ready(z.TxStatus != 'I'), false, nil
	case 'G', 'H', 'W': // the service has to answer
		return nil, false, nil
	}
	return nil, t.holds(), nil
}
