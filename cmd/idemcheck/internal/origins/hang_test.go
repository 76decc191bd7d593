package origins_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/databases"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/origins"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// limit bounds the readings below.
const limit = value.Duration(200 * time.Millisecond)

// breakable is a place that can be made to hang, or to end, in the middle of a reading.
type breakable struct {
	origin source.Origin
	sinks  map[string]source.Sink
	// breaks is called when it was read once. says is what the next reading must say, and line the
	// setting that it names; "" where it ends at once.
	breaks     func(o *origins.Opened)
	says, line string
}

// breakables are the kinds of places, by name.
func breakables() map[string]func(t *testing.T) breakable {
	slow := "took longer than 200ms (sql.timeout)"
	return map[string]func(t *testing.T) breakable{
		"http": func(t *testing.T) breakable {
			at, hang := stalls(t, `[{"key":`, `"a"}]`)
			return breakable{
				source.Origin{HTTP: &source.Remote{URL: at, Timeout: limit}},
				nil, hang,
				"no whole answer within 200ms", "http.timeout",
			}
		},
		"metrics": func(t *testing.T) breakable {
			at, hang := stalls(t, "n_total{a=", "\"1\"} 1\n")
			return breakable{source.Origin{Metrics: &source.Metrics{
				URL: at, Name: "n_total", Timeout: limit,
			}}, nil, hang, "no whole answer within 200ms", "metrics.timeout"}
		},
		"command": func(t *testing.T) breakable {
			flag := filepath.Join(t.TempDir(), "hang")
			run := fmt.Sprintf(`echo '[1,'; test -e %q && sleep 600; echo '2]'`, flag)
			return breakable{
				source.Origin{Command: &source.Command{
					Run: []string{"sh", "-c", run}, Timeout: limit,
				}},
				nil,
				func(*origins.Opened) { require.NoError(t, os.WriteFile(flag, nil, 0o600)) },
				"did not end within 200ms", "command.timeout",
			}
		},
		"sqlite, locked": func(t *testing.T) breakable {
			d := databases.Empty(t, "sqlite")
			run(t, d, "CREATE TABLE x (a INTEGER)", "INSERT INTO x VALUES (1)")
			return breakable{
				asked(d.DSN, "SELECT a FROM x"), nil,
				func(*origins.Opened) { run(t, d, "BEGIN EXCLUSIVE") }, slow, "sql.timeout",
			}
		},
		"postgresql": func(t *testing.T) breakable { return proxied(t, "postgresql", slow) },
		"mariadb":    func(t *testing.T) breakable { return proxied(t, "mariadb", slow) },
		"sink": func(t *testing.T) breakable {
			return sunk(t, source.Sink{Listen: "127.0.0.1:0"})
		},
		"smtp": func(t *testing.T) breakable { return sunk(t, source.Sink{SMTP: "127.0.0.1:0"}) },
	}
}

// asked is a place in a database.
func asked(dsn, statement string) source.Origin {
	return source.Origin{SQL: &source.Query{DSN: dsn, Select: statement, Timeout: limit}}
}

// proxied is a real server that hangs in the middle of its answer.
func proxied(t *testing.T, kind, says string) breakable {
	proxy := databases.Empty(t, kind).Proxied(t)
	return breakable{
		asked(proxy.DSN, "SELECT 'a text that comes in pieces' AS a"), nil,
		func(*origins.Opened) { proxy.Break(true) }, says, "sql.timeout",
	}
}

// sunk is a sink at which nobody listens any more.
func sunk(t *testing.T, s source.Sink) breakable {
	return breakable{
		source.Origin{Sink: &source.Received{Name: "s"}},
		map[string]source.Sink{"s": s},
		func(o *origins.Opened) { require.NoError(t, o.Close()) }, "it is closed", "",
	}
}

// stalls serves both halves of an answer, until it is told to stop after the first.
func stalls(t *testing.T, half, rest string) (at string, hang func(*origins.Opened)) {
	var hangs atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, half)            // it is read
		_ = http.NewResponseController(w).Flush() // as above
		if hangs.Load() {
			<-r.Context().Done()
		}
		_, _ = io.WriteString(w, rest) // as above
	}))
	t.Cleanup(s.Close)
	return s.URL, func(*origins.Opened) { hangs.Store(true) }
}

// TestEveryKindThatBreaksInMidReadIsAnError: within its time, with the setting that bounds it.
func TestEveryKindThatBreaksInMidReadIsAnError(t *testing.T) {
	for name, of := range breakables() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := of(t)
			c := &model.Contract{
				Ledgers: map[string]model.Ledger{"x": {From: &b.origin}}, Sinks: b.sinks,
			}
			o, err := origins.Open(t.Context(), c, way())
			require.NoError(t, err)
			t.Cleanup(func() { _ = o.Close() }) // a sink is closed twice
			r, _ := o.Reader("ledgers.x.from")
			nothing := func(any) error { return nil }
			require.NoError(t, r.Items(t.Context(), nil, nothing))
			b.breaks(o)
			err = r.Items(t.Context(), nil, nothing)
			require.ErrorContains(t, err, b.says)
			late, is := errors.AsType[*elsewhere.SlowError](err)
			require.Equal(t, b.line != "", is, "%T %v", err, err)
			if is {
				require.Equal(t, b.line, late.Setting())
			}
		})
	}
}
