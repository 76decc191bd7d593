package racing

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/databases"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/postgres"
	"github.com/idemcheck/idemcheck/reference/sqlite"
	"github.com/idemcheck/idemcheck/reference/store"
)

// desk keeps in a table what it did, and lists it nowhere.
type desk struct {
	t  *testing.T
	db databases.Database
	// twice: it does again what every copy asks for.
	twice bool
	// work is called while a copy is worked on; nil is a short wait.
	work func()
	mu   sync.Mutex
	n    int
	done map[string]string
}

// serveDesk serves a desk over an empty table and returns its line, without a key.
func serveDesk(t *testing.T, d *desk) string {
	t.Helper()
	d.t, d.done = t, map[string]string{}
	_, err := d.db.DB.ExecContext(t.Context(),
		"CREATE TABLE orders (id VARCHAR(20), idem VARCHAR(99), amount INTEGER)")
	require.NoError(t, err)
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return "curl " + server.URL + ` -H 'Content-Type: application/json' -d '{"amount":5}' ` +
		`-H 'Idempotency-Key: k-4711-k'`
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	key := r.Header.Get("Idempotency-Key")
	id, known := d.done[key]
	if !known || d.twice {
		d.n++
		id = fmt.Sprint("o-", d.n)
		d.done[key] = id
		d.insert(id, key)
	}
	d.mu.Unlock()
	if d.work == nil {
		<-time.After(20 * time.Millisecond)
	} else {
		d.work()
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"id":%q}`, id)
}

func (d *desk) insert(id, key string) {
	_, err := d.db.DB.ExecContext(context.Background(),
		fmt.Sprintf("INSERT INTO orders VALUES ('%s', '%s', 5)", id, key))
	if err != nil {
		d.t.Errorf("keeping an order: %v", err)
	}
}

// TestADatabaseCounts: by rows, by count(*), and by a number that the user names.
func TestADatabaseCounts(t *testing.T) {
	for _, kind := range databases.Kinds() {
		for _, twice := range []bool{false, true} {
			t.Run(fmt.Sprint(kind, " ", twice), func(t *testing.T) {
				d := &desk{db: databases.Empty(t, kind), twice: twice}
				line, env := serveDesk(t, d), map[string]string{"DESK": d.db.DSN}
				d.insert("o-0", "another")
				for i, count := range [][]string{
					{"--sql", "SELECT id, idem, amount FROM orders"},
					{"--sql", "SELECT count(*) FROM orders"},
					{"--sql", "SELECT sum(amount) / 5 AS N FROM orders", "--items", "n"},
				} {
					args := append([]string{line, "-n", "3", "--repeat", "1", "--dsn", "${DESK}"}, count...)
					code, out := invokeIn(t, env, args...)
					require.NotContains(t, out, d.db.DSN)
					require.Contains(t, out, count[1])
					if twice {
						require.Equal(t, exit.Invalid, code, out)
						require.Contains(t, out, fmt.Sprintf("%d → %d (+3)", 1+3*i, 4+3*i))
						continue
					}
					require.Equal(t, exit.Valid, code, out)
					require.Contains(t, out, fmt.Sprintf("%d → %d (+1)", 1+i, 2+i))
				}
			})
		}
	}
}

// TestWhatCannotCountIsSaid before anything is sent, and without a secret.
func TestWhatCannotCountIsSaid(t *testing.T) {
	d := &desk{db: databases.Empty(t, "sqlite"), work: func() { t.Error("a copy was sent") }}
	line, secret := serveDesk(t, d), "s3cret-pw-77"
	for _, tt := range []struct {
		sql, dsn, says string
		more           []string
		code           int
	}{
		{sql: "SELECT nothing FROM orders", says: "next: correct --sql"},
		{sql: "SELECT FROM WHERE token = '" + secret + "' ''", says: "next: correct --sql"},
		{sql: "DELETE FROM orders", says: "next: correct --sql"},
		{sql: "SELECT DISTINCT idem FROM orders", says: "have the statement show a row for each effect"},
		{sql: "SELECT max(amount) FROM orders", says: "a value that is no count"},
		{sql: "SELECT count(*), 1 FROM orders", says: "say with --items which column it is"},
		{sql: "SELECT amount FROM orders", more: []string{"--items", "amount"}, says: "shows 0 rows"},
		{sql: "SELECT 'x' AS a", more: []string{"--items", "a"}, says: "neither a list nor a number"},
		{sql: "SELECT 1 AS a", more: []string{"--items", "b"}, says: `no column "b"`},
		{sql: "SELECT 1", dsn: "postgres://u:" + secret + "@8.8.8.8/db", says: "--allow-host 8.8.8.8"},
		{sql: "SELECT 1", dsn: "oracle://u:" + secret + "@h/db", says: "--dsn names no database"},
		{sql: "SELECT 1", dsn: "sqlite:/none/" + secret, says: "or correct --dsn"},
		{sql: "SELECT 1", dsn: "${NOBODY}", says: "--dsn: it uses $NOBODY, which is not set"},
		{
			sql: "SELECT 1", dsn: "postgres://u:" + secret + "@127.0.0.1:1/db", code: exit.Failed,
			says: "next: start the database, or correct --dsn",
		},
		{sql: "SELECT 1", more: []string{"--count", "curl a"}, says: "next: leave one out"},
		{dsn: "sqlite:a", says: "one of them is missing"},
	} {
		if tt.dsn == "" && tt.sql != "" {
			tt.dsn = d.db.DSN
		}
		args := append([]string{line, "--sql", tt.sql, "--dsn", tt.dsn}, tt.more...)
		code, out := invokeIn(t, nil, args...)
		require.Equal(t, max(tt.code, exit.BadUsage), code, out)
		require.Contains(t, out, tt.says)
		require.Contains(t, out, "next: ")
		require.NotContains(t, out, secret)
	}
}

// TestADatabaseThatGoesAwayDuringARace makes it unknown, with the reason.
func TestADatabaseThatGoesAwayDuringARace(t *testing.T) {
	for _, kind := range databases.Kinds()[1:] {
		for _, hangs := range []bool{false, true} {
			t.Run(fmt.Sprint(kind, " hangs: ", hangs), func(t *testing.T) {
				d := &desk{db: databases.Empty(t, kind)}
				proxy := d.db.Proxied(t)
				d.work = func() { proxy.Break(hangs); <-time.After(10 * time.Millisecond) }
				code, out := invokeIn(t, nil, serveDesk(t, d), "-n", "3", "--timeout", "1s",
					"--sql", "SELECT id, idem FROM orders", "--dsn", proxy.DSN)
				require.Equal(t, exit.Unknown, code, out)
				require.Contains(t, out, "the count could not be read afterwards")
				if hangs {
					require.Contains(t, strings.Join(strings.Fields(out), " "), "took longer than 1s (--timeout)")
				}
				at, err := url.Parse(d.db.DSN)
				require.NoError(t, err)
				password, _ := at.User.Password()
				require.NotContains(t, out, password)
			})
		}
	}
}

// TestATableThatOthersWriteAccusesNobody: rows of others are none of the copies'.
func TestATableThatOthersWriteAccusesNobody(t *testing.T) {
	d := &desk{db: databases.Empty(t, "sqlite")}
	line := serveDesk(t, d)
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	others.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			d.insert(fmt.Sprint("x-", n), fmt.Sprint("x-", n))
			<-time.After(3 * time.Millisecond)
		}
	})
	for _, statement := range []string{"SELECT id FROM orders", "SELECT count(*) FROM orders"} {
		code, out := invokeIn(t, nil, line, "-n", "3", "--repeat", "1", "--sql", statement, "--dsn", d.db.DSN)
		require.Equal(t, exit.Unknown, code, out)
		require.Contains(t, strings.Join(strings.Fields(out), " "), "let --count or --sql show what these")
	}
	code, out := invokeIn(t, nil, line, "-n", "3", "--repeat", "1", "--dsn", d.db.DSN,
		"--sql", "SELECT id, idem FROM orders WHERE id LIKE 'o-%'")
	require.Equal(t, exit.Valid, code, out)
}

// TestTheReferenceCountedByItsDatabase: groups, overlap and effects are right in every run that met.
func TestTheReferenceCountedByItsDatabase(t *testing.T) {
	for _, kind := range databases.Kinds()[:2] {
		for _, bug := range []string{"", "check-then-act"} {
			for _, work := range []time.Duration{0, 2 * time.Millisecond, 20 * time.Millisecond} {
				t.Run(fmt.Sprintf("%s %q %v", kind, bug, work), func(t *testing.T) {
					tally := map[string]int{}
					for range sweep.Of(1, 20) {
						tally[raceReference(t, kind, bug, work)]++
					}
					t.Log(tally)
				})
			}
		}
	}
}

// raceReference races a charge once and says how it ended.
func raceReference(t *testing.T, kind, bug string, work time.Duration) string {
	t.Helper()
	d := databases.Empty(t, kind)
	h, err := reference.New(reference.Options{Store: opened(t, d), Bug: bug, Work: work})
	require.NoError(t, err)
	var charges atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		charges.Add(1)
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	auth := ` -H 'Authorization: Bearer alpha-token' -H 'Idempotency-Key: "k-4711"' ` +
		`-H 'Content-Type: application/json' -d `
	code, out := invokeIn(t, nil, "curl "+server.URL+"/v1/accounts"+auth+
		`'{"id":"a1","name":"a","currency":"EUR","balance":100000}'`, "-n", "2")
	require.Equal(t, exit.Unknown, code, out)
	charges.Store(0)
	code, out = invokeIn(t, nil, "curl "+server.URL+"/v1/charges"+auth+
		`'{"account":"a1","amount":5,"reference":"r"}'`, "-n", "8", "--repeat", "1", "--format", "json",
		"--sql", "SELECT seq, kind, key, reference, amount FROM effects WHERE account = 'a1'", "--dsn", d.DSN)
	var r raced.Race
	require.NoError(t, json.Unmarshal([]byte(out), &r), out)
	round := r.Rounds[0]
	total := 0
	for _, g := range round.Answers {
		total += g.Count
	}
	require.Equal(t, 8, total)
	require.EqualValues(t, 8, charges.Load())
	require.Equal(t, 8, round.Overlap.Arrived)
	kinds := map[string]int64{"charge": round.Growth.New, "receipt": round.Growth.New}
	require.Equal(t, kinds, round.Growth.Kinds)
	require.Equal(t, 2*round.Growth.New, round.Growth.After-round.Growth.Before)
	switch {
	case bug == "":
		require.EqualValues(t, 1, round.Growth.New)
		require.NotEqual(t, exit.Invalid, code, out)
	case code == exit.Invalid:
		require.EqualValues(t, round.Growth.New, round.Named, "each charge is named by an answer")
	}
	if r.Verdict == verdict.Unknown { // on a busy machine copies come one by one
		require.Contains(t, strings.Join(r.Reasons, " "), "at once")
		return "unknown: no two at once"
	}
	return string(r.Verdict)
}

// opened is the store of the reference service in a database.
func opened(t *testing.T, d databases.Database) store.Store {
	t.Helper()
	file, isFile := strings.CutPrefix(d.DSN, "sqlite:")
	var s store.Store
	var err error
	if isFile {
		s, err = sqlite.Open(t.Context(), file)
	} else {
		s, err = postgres.Open(t.Context(), d.DSN)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
