package pgwire_test

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/store"
	"github.com/idemcheck/idemcheck/chaos/store/pgwire"
)

// carried joins a service that says something and leaves to a store that answers something and leaves,
// or stays when that is nil, and returns why that ended.
func carried(says, answers []byte) error {
	service, here := net.Pipe()
	at, there := net.Pipe()
	for end, words := range map[net.Conn][]byte{service: says, there: answers} {
		go func() { _, _ = io.Copy(io.Discard, end) }() // until it is closed
		if words == nil {
			continue
		}
		go func() {
			_, _ = end.Write(words)
			_ = end.Close()
		}()
	}
	return pgwire.PostgreSQL{}.Carry(context.Background(), here, at,
		func(store.Act) store.Ruling { return store.Pass })
}

// hello is the first message of a service.
func hello(t testing.TB) []byte {
	out, err := (&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30}).Encode(nil)
	require.NoError(t, err)
	return out
}

func TestWhatIsNotPostgreSQLIsTold(t *testing.T) {
	require.ErrorContains(t, carried([]byte("GET / HTTP/1.1\r\n\r\n"), nil), "the first message has the length")
	require.ErrorContains(t, carried([]byte{0, 0, 0, 3, 0, 0, 0, 0}, nil), "the first message has the length 3")
	require.ErrorContains(t, carried(append(hello(t), 'Q', 0, 0, 0, 1), nil), `type 'Q' has the length 1`)
	require.NoError(t, carried(hello(t), nil))
	require.NoError(t, carried(append(hello(t), 'Q', 0), nil), "it left in the middle")
}

// FuzzCarry: whatever both sides say, nothing panics or hangs.
func FuzzCarry(f *testing.F) {
	query, err := (&pgproto3.Query{String: "begin; insert into t values (1); commit"}).Encode(hello(f))
	require.NoError(f, err)
	done, err := (&pgproto3.CommandComplete{CommandTag: []byte("COMMIT")}).Encode(nil)
	require.NoError(f, err)
	ready, err := (&pgproto3.ReadyForQuery{TxStatus: 'I'}).Encode(done)
	require.NoError(f, err)
	f.Add(query, ready)
	bind, err := (&pgproto3.Bind{PreparedStatement: "a"}).Encode(hello(f))
	require.NoError(f, err)
	f.Add(bind, []byte{'C', 0, 0, 0, 4, 'Z', 0, 0, 0, 4})
	f.Fuzz(func(_ *testing.T, says, answers []byte) { _ = carried(says, answers) })
}
