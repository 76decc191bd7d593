package pgwire_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/store"
	"github.com/idemcheck/idemcheck/chaos/store/pgwire"
)

// observed is a PostgreSQL behind a link that notes what happens on it.
type observed struct {
	*store.Relay
	// config leads through the link, and direct does not.
	config *pgx.ConnConfig
	direct *pgx.Conn
	table  string

	mu sync.Mutex
	// events are those that happened; cut is the one whose message is lost. Both are protected by mu.
	events []store.Act
	cut    store.Act
}

// observe puts a link before the PostgreSQL of the environment, with a table of its own.
func observe(t *testing.T) *observed {
	t.Helper()
	dsn := os.Getenv("IDEMCHECK_POSTGRES_DSN")
	if dsn == "" {
		t.Skip("IDEMCHECK_POSTGRES_DSN is not set: give it a PostgreSQL URL to run this test")
	}
	config, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	at := net.JoinHostPort(config.Host, fmt.Sprint(config.Port))
	o := &observed{}
	o.Relay, err = store.Listen(store.Options{
		Listen: "127.0.0.1:0", Protocol: pgwire.PostgreSQL{}, Watch: o.watch,
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", at)
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, o.Close()); require.NoError(t, o.Err()) })
	o.table = fmt.Sprintf("idemcheck_store_%d", time.Now().UnixNano())
	o.direct, err = pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	_, err = o.direct.Exec(t.Context(), "CREATE TABLE "+o.table+
		" (n int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)")
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := o.direct.Exec(ctx, "DROP TABLE "+o.table)
		require.NoError(t, err)
		require.NoError(t, o.direct.Close(ctx))
	})
	o.config = config.Copy()
	host, port, err := net.SplitHostPort(o.Address())
	require.NoError(t, err)
	o.config.Host = host
	_, err = fmt.Sscan(port, &o.config.Port)
	require.NoError(t, err)
	o.config.TLSConfig, o.config.Fallbacks = nil, nil
	return o
}

func (o *observed) watch(_ context.Context, m store.Passage) store.Ruling {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, m.Act)
	if m.Act == o.cut {
		return store.Cut
	}
	return store.Pass
}

// begin forgets what happened, and cuts at an act from now on ("" for none).
func (o *observed) begin(cut store.Act) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events, o.cut = nil, cut
}

func (o *observed) seen() []store.Act {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.events)
}

// work is one way in which a service writes a row, with what is then seen.
type work struct {
	name string
	do   func(ctx context.Context, c *pgx.Conn, insert string) error
	sees []store.Act
}

func works() []work {
	transaction := []store.Act{
		store.Begin, store.FirstWrite, store.CommitSent, store.CommitAnswered,
	}
	alone := []store.Act{store.FirstWrite, store.CommitSent, store.CommitAnswered}
	in := func(o pgx.QueryExecMode) func(context.Context, *pgx.Conn, string) error {
		return func(ctx context.Context, c *pgx.Conn, insert string) error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, insert, o)
				return err
			})
		}
	}
	exec := func(o pgx.QueryExecMode) func(context.Context, *pgx.Conn, string) error {
		return func(ctx context.Context, c *pgx.Conn, insert string) error {
			_, err := c.Exec(ctx, insert, o)
			return err
		}
	}
	return []work{
		{"a transaction, text", in(pgx.QueryExecModeSimpleProtocol), transaction},
		{"a transaction, prepared", in(pgx.QueryExecModeCacheStatement), transaction},
		{"a transaction, described", in(pgx.QueryExecModeDescribeExec), transaction},
		{"a write alone, text", exec(pgx.QueryExecModeSimpleProtocol), alone},
		{"a write alone, prepared", exec(pgx.QueryExecModeCacheStatement), alone},
		{"a write alone, described", exec(pgx.QueryExecModeDescribeExec), alone},
		{"one text", func(ctx context.Context, c *pgx.Conn, insert string) error {
			_, err := c.PgConn().Exec(ctx, "begin; "+insert+"; commit; select 1").ReadAll()
			return err
		}, transaction},
		{"a batch", func(ctx context.Context, c *pgx.Conn, insert string) error {
			b := &pgx.Batch{}
			b.Queue("select 1")
			b.Queue(insert)
			return c.SendBatch(ctx, b).Close()
		}, alone},
		{"commit as a statement", func(ctx context.Context, c *pgx.Conn, insert string) error {
			for _, text := range []string{"begin", insert, "commit"} {
				if _, err := c.Exec(ctx, text, pgx.QueryExecModeExec); err != nil {
					return err
				}
			}
			return nil
		}, transaction},
		{"copy", func(ctx context.Context, c *pgx.Conn, insert string) error {
			var table string
			if _, err := fmt.Sscanf(insert, "insert into %s", &table); err != nil {
				return err
			}
			_, err := c.CopyFrom(ctx, pgx.Identifier{table}, []string{"n"}, pgx.CopyFromRows([][]any{{7}}))
			return err
		}, alone},
	}
}

// TestWhatIsSeenAndCut: each way of writing is seen; a cut before the commit is sent leaves nothing,
// one at its answer leaves the row, and the service is told neither.
func TestWhatIsSeenAndCut(t *testing.T) {
	for _, w := range works() {
		t.Run(w.name, func(t *testing.T) {
			o := observe(t)
			insert := "insert into " + o.table + " values (7)"
			for _, cut := range slices.Concat([]store.Act{""}, w.sees) {
				if cut == store.Begin {
					continue
				}
				c := o.connect(t)
				o.begin(cut)
				err := w.do(t.Context(), c, insert)
				rows := o.rows(t)
				switch cut {
				case "":
					require.NoError(t, err)
					require.Equal(t, w.sees, o.seen())
					require.Equal(t, 1, rows)
				case store.CommitAnswered:
					require.Error(t, err, cut)
					require.Equal(t, 1, rows, cut)
				default:
					require.Error(t, err, cut)
					require.Zero(t, rows, cut)
				}
			}
		})
	}
}

// rows counts the rows of the table, and deletes them.
func (o *observed) rows(t *testing.T) int {
	t.Helper()
	tag, err := o.direct.Exec(t.Context(), "DELETE FROM "+o.table)
	require.NoError(t, err)
	return int(tag.RowsAffected())
}

// connect connects through the link.
func (o *observed) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	c, err := pgx.ConnectConfig(t.Context(), o.config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) }) // it may be cut
	return c
}

// TestWhatDoesNotLastIsNotAnswered: reading is nothing, and a commit that fails is not answered.
func TestWhatDoesNotLastIsNotAnswered(t *testing.T) {
	o := observe(t)
	c := o.connect(t)
	insert := "insert into " + o.table + " values (7)"
	for name, tt := range map[string]struct {
		texts []string
		fails bool
		sees  []store.Act
	}{
		"reading":     {[]string{"select 1", "begin", "select 1", "commit"}, false, []store.Act{store.Begin}},
		"rolled back": {[]string{"begin", insert, "rollback"}, false, []store.Act{store.Begin, store.FirstWrite}},
		"two in one":  {[]string{insert + ";" + insert}, true, []store.Act{store.FirstWrite, store.CommitSent}},
		"alone":       {[]string{insert + ", (7)"}, true, []store.Act{store.FirstWrite, store.CommitSent}},
		"a failing commit": {
			[]string{"begin", insert + ", (7)", "commit"},
			true,
			[]store.Act{store.Begin, store.FirstWrite, store.CommitSent},
		},
		"a failed transaction": {
			[]string{"begin", insert, "select 1/0", "commit"},
			true,
			[]store.Act{store.Begin, store.FirstWrite, store.CommitSent},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o.begin("")
			var failed error
			for _, text := range tt.texts {
				if _, err := c.Exec(t.Context(), text, pgx.QueryExecModeSimpleProtocol); err != nil {
					failed = err
				}
			}
			require.Equal(t, tt.fails, failed != nil, failed)
			require.Equal(t, tt.sees, o.seen())
			require.Zero(t, o.rows(t))
		})
	}
	require.NoError(t, c.Ping(t.Context()), "the connection is whole")
}

// TestAQueryIsCancelledThroughTheLink: that takes a connection of its own.
func TestAQueryIsCancelledThroughTheLink(t *testing.T) {
	o := observe(t)
	c := o.connect(t)
	asked := make(chan error, 1)
	go func() {
		_, err := c.Exec(t.Context(), "select pg_sleep(60)")
		asked <- err
	}()
	for {
		require.NoError(t, c.PgConn().CancelRequest(t.Context()))
		select {
		case err := <-asked:
			require.ErrorContains(t, err, "canceling statement")
			return
		case <-time.After(10 * time.Millisecond): // the query may not have begun
		}
	}
}

func TestWhoInsistsOnTLSIsTold(t *testing.T) {
	o := observe(t)
	config, err := pgx.ParseConfig("postgres://a@" + o.Address() + "/a?sslmode=require")
	require.NoError(t, err)
	_, err = pgx.ConnectConfig(t.Context(), config)
	require.ErrorContains(t, err, "server refused TLS connection")
	require.Eventually(t, func() bool {
		return slices.Equal(o.seen(), []store.Act{store.EncryptionRefused})
	}, time.Minute, time.Millisecond)
}
