package bookings_test

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/idemcheck/idemcheck/examples/bookings"
	"github.com/idemcheck/idemcheck/examples/internal/rerun"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/scenarios"
)

// crashes kill the service at a point of its code, or at a moment before the client comes back;
// the file stays.
var crashes = harness.Scenario{
	Name:       "crashes",
	Reason:     "The process dies, a new one opens the same file, and the client retries.",
	Faults:     []fault.Kind{fault.Crash},
	FaultCount: harness.Range{Min: 1, Max: 1},
	Repeats:    harness.Range{Min: 1, Max: 1},
	Pause:      40 * time.Millisecond,
}

func TestBookingsAreRetrySafe(t *testing.T) {
	harness.Check(t, harness.Suite{
		Scenarios: append(scenarios.HTTP(), crashes),
		Points:    []string{"seats-taken", "committed"},
	}, harness.Handler(func(env *harness.Env) http.Handler {
		return bookings.New(open(t, env), bookings.Options{
			Point: env.Point, KeyLast: os.Getenv("BOOKINGS_KEY_LAST") != "",
			Hold: 3 * time.Millisecond,
		})
	}))
}

func TestAKeyThatIsKeptLastIsFound(t *testing.T) {
	out := rerun.Failing(t, "TestBookingsAreRetrySafe", "BOOKINGS_KEY_LAST=1")
	require.Contains(t, out, "duplicate-effect")
	require.Contains(t, out, "counterexample")
}

// open opens the file that outlives crashes of the case. Only a crash of the whole machine could
// lose what was written, so that nothing here has to wait for the disk.
func open(t *testing.T, env *harness.Env) *sql.DB {
	dir, err := env.Dir()
	if err != nil {
		t.Error(err)
	}
	file := "file:" + filepath.ToSlash(filepath.Join(dir, "bookings.db"))
	db, err := sql.Open("sqlite", file+"?_busy_timeout=5000&_txlock=immediate&_synchronous=OFF")
	if err != nil {
		t.Error(err)
		return nil
	}
	db.SetMaxOpenConns(1)
	// A killed process has no connections: what it had not committed is rolled back.
	context.AfterFunc(env.Context(), func() { _ = db.Close() })
	if err := bookings.Prepare(env.Context(), db); err != nil {
		t.Error(err)
	}
	return db
}
