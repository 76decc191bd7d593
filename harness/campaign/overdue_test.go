package campaign

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// timeToRead is how long one reading of the place below may take.
const timeToRead = 2 * time.Second

// elsewhereSeen is the stub's book, read from a place that hangs when it is told to.
type elsewhereSeen struct {
	*stub.Payments
	// hangs reports whether a reading, counted from 1, is never answered.
	hangs func(n int64) bool
	read  atomic.Int64
}

// errHangs is a reading of a database that hangs.
var errHangs = errors.New("the query took longer than 2s")

// items are those of one account.
func (s *elsewhereSeen) items(ctx context.Context, vars map[string]any) (out []any, err error) {
	if s.hangs(s.read.Add(1)) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(timeToRead):
			return nil, &elsewhere.SlowError{Line: "sql.timeout", Cause: errHangs}
		}
	}
	s.Mu.Lock()
	defer s.Mu.Unlock()
	for _, e := range s.Book {
		if e.Account == vars["id"] {
			out = append(out, map[string]any{
				"key": e.Key, "reference": e.Reference, "kind": e.Kind, "id": e.ID, "amount": e.Amount,
			})
		}
	}
	return out, nil
}

// readElsewhere runs n cases whose effects stand in such a place.
func readElsewhere(t *testing.T, n int, hangs func(int64) bool, change func(*bench)) *RunResult {
	t.Helper()
	c := stub.Contract(t, func(c *model.Contract) {
		l := c.Ledgers["book"]
		l.From, l.Path, l.Items = &source.Origin{SQL: &source.Query{}}, "", ""
		c.Ledgers["book"] = l
	})
	b := newBench(c, several(n)...)
	b.KeepGoing = true
	change(b)
	o := b.options()
	seen := &elsewhereSeen{Payments: b.Payments, hangs: hangs}
	o.Place = execute.Site{World: b.World, HTTP: b.HTTP, Readers: elsewhere.ByName{
		"ledgers.book.from": elsewhere.Func(seen.items),
	}}
	res, err := Run(t.Context(), o)
	require.NoError(t, err)
	return res
}

// later reports whether a reading comes after the warm-up and some cases.
func later(n int64) bool { return n > 150 }

// TestAPlaceThatHangsEndsTheRun: at once, and not after every case has waited for it.
func TestAPlaceThatHangsEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res := readElsewhere(t, 300, later, func(*bench) {})
		v := res.Verdict
		require.Equal(t, verdict.Unknown, v.Verdict)
		require.Len(t, v.Reasons, 1, "what else is open is because of that: %v", v.Reasons)
		require.Contains(t, v.Reasons[0], "ledgers.book.from cannot be read any more")
		require.Contains(t, v.Reasons[0], "at last: the query took longer than 2s")
		require.Contains(t, v.Reasons[0], "give it longer with ledgers.book.from.sql.timeout")
		require.Greater(t, v.Judged.Cases-v.Judged.Undecided, 5, "what was decided is kept")
		require.Greater(t, res.Skipped, 50)
		require.Less(t, res.Elapsed, 5*timeToRead)
	})
}

// TestWhatWasSeenBeforeAPlaceHungCounts: the run is invalid, and says that it was ended.
func TestWhatWasSeenBeforeAPlaceHungCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res := readElsewhere(t, 100, later, func(b *bench) {
			b.Answer = func(r *http.Request) *stub.Reply {
				b.Forget(r.Header.Get("Idempotency-Key"))
				return nil
			}
			for i := range b.Plan.Cases {
				b.Plan.Cases[i] = stub.Charging([]model.PlannedAttempt{{}, {}})
				b.Plan.Cases[i].Index = i
			}
		})
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
		require.Contains(t, strings.Join(res.Verdict.Undecided, "\n"),
			"ledgers.book.from cannot be read any more")
		require.NotNil(t, res.Found)
	})
}

// TestSlowReadingsBetweenOthersEndNothing: a busy machine, or a place that is slow now and then.
func TestSlowReadingsBetweenOthersEndNothing(t *testing.T) {
	for _, every := range []int64{7, 40} {
		t.Run(fmt.Sprint(every), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				res := readElsewhere(t, 40, func(n int64) bool { return later(n) && n%every == 0 },
					func(*bench) {})
				require.Equal(t, verdict.Valid, res.Verdict.Verdict, "%v", res.Verdict.Reasons)
				require.Zero(t, res.Skipped)
			})
		})
	}
}

// TestTheServicesOwnListHangs: nothing says for how long it is waited.
func TestTheServicesOwnListHangs(t *testing.T) {
	for _, path := range []string{"/book", "/accounts/"} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), several(300)...)
				b.KeepGoing = true
				var read atomic.Int64
				b.HTTP = stalling{b.HTTP, func(r *http.Request) bool {
					return strings.HasPrefix(r.URL.Path, path) && later(read.Add(1))
				}}
				res, err := Run(t.Context(), b.options())
				require.NoError(t, err)
				require.Equal(t, verdict.Unknown, res.Verdict.Verdict)
				require.Contains(t, res.Verdict.Reasons[0], "cannot be read any more", res.Verdict)
				require.Positive(t, res.Skipped)
			})
		})
	}
}

// stalling is a transport that lets some requests hang.
type stalling struct {
	http.RoundTripper
	hangs func(*http.Request) bool
}

// RoundTrip implements [http.RoundTripper].
func (h stalling) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.hangs(r) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return h.RoundTripper.RoundTrip(r)
}
