package campaign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// dying is a service that stops after a number of charges, in its own way.
type dying struct {
	name string
	// status is what it answers then; zero takes no connection. all: setup and readings meet it too.
	status int
	all    bool
	// said is what the reason says of it.
	said string
}

func dyings() []dying {
	return []dying{
		{"503 to everything", 503, true, "503"},
		{"500 to everything", 500, true, "500"},
		{"500 to operations", 500, false, "500"},
		{"503 to operations", 503, false, "503"},
		{"no connection", 0, true, "nothing"},
	}
}

// die stops the service of a bench after n charges.
func (b *bench) die(d dying, n int32) {
	var charges atomic.Int32
	dead := func(path string) bool {
		charge := path == "/charges"
		if charge {
			charges.Add(1)
		}
		return charges.Load() > n && (d.all || charge)
	}
	if d.status != 0 {
		b.gate(d.status, func(r *http.Request) bool { return dead(r.URL.Path) })
		return
	}
	b.World = closing{b.World, func() bool { return dead("/charges") }}
	b.HTTP = refusing{b.HTTP, func() bool { return dead("") }}
}

// closing is a world in which the service takes no connection while it is to refuse.
type closing struct {
	chaos.World
	now func() bool
}

func (w closing) Open(c chaos.NetOptions) chaos.Net { return closed{w.World.Open(c), w.now} }

// closed is the network of a case in it.
type closed struct {
	chaos.Net
	now func() bool
}

func (n closed) Attempt(ctx context.Context, a chaos.Attempt) chaos.Completion {
	if n.now() {
		return chaos.Completion{Err: "refused"}
	}
	return n.Net.Attempt(ctx, a)
}

// refusing takes no connection while it is to refuse.
type refusing struct {
	http.RoundTripper
	now func() bool
}

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.now() {
		return nil, errors.New("connection refused")
	}
	return r.RoundTripper.RoundTrip(req)
}

// TestAServiceThatIsDownIsOneReason, however it is down and how many cases run side by side.
func TestAServiceThatIsDownIsOneReason(t *testing.T) {
	for _, d := range dyings() {
		for _, parallel := range []int{1, 8} {
			for seed := range 10 {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(stub.Contract(t), several(60)...)
					b.Parallel, b.KeepGoing = parallel, seed%2 == 0
					b.die(d, int32(40+seed))
					res, err := Run(t.Context(), b.options())
					require.NoError(t, err, d.name)
					v := res.Verdict
					require.Equal(t, verdict.Unknown, v.Verdict, "%s: %v", d.name, v.Violations)
					require.Empty(t, v.Violations, d.name)
					require.Len(t, v.Reasons, 1, "%s: %v", d.name, v.Reasons)
					require.Contains(t, v.Reasons[0], "the service is down as a whole")
					require.Contains(t, v.Reasons[0], "it answers "+d.said)
					require.Greater(t, res.Skipped, 20, "nothing more is begun")
					require.Equal(t, d.status == 0, strings.HasPrefix(v.Reasons[0], "the service died, or is gone: "))
					require.NotEmpty(t, v.Outage.Cases, "somebody was under way")
					under := fmt.Sprintf("cases under way then: %d (", v.Outage.Cases[0])
					require.Contains(t, v.Reasons[0], under)
					require.Greater(t, v.Judged.Cases-v.Judged.Undecided, 3, "what was decided is kept")
				})
			}
		}
	}
}

// TestRepeatsThatFailAreNoOutage: new keys are answered all the while.
func TestRepeatsThatFailAreNoOutage(t *testing.T) {
	for seed := range 10 {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(stub.Contract(t), several(20)...)
			b.Parallel, b.ShrinkBudget = 1+seed%4, -1
			seen := map[string]bool{}
			b.gate(500+3*(seed%2), func(r *http.Request) bool {
				b.Mu.Lock()
				defer b.Mu.Unlock()
				key := r.Header.Get("Idempotency-Key")
				again := r.URL.Path == "/charges" && seen[key]
				seen[key] = true
				return again
			})
			res, err := Run(t.Context(), b.options())
			require.NoError(t, err)
			require.Equal(t, verdict.Invalid, res.Verdict.Verdict, res.Verdict.Reasons)
		})
	}
}

// TestAnOutageThatEndsIsNoReason: keys that failed meanwhile work again.
func TestAnOutageThatEndsIsNoReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(30)...)
		b.Parallel = 4
		charges, stops := 0, time.Now()
		b.gate(500, func(r *http.Request) bool {
			b.Mu.Lock()
			defer b.Mu.Unlock()
			if charges++; charges == 60 {
				stops = time.Now().Add(time.Second)
			}
			return r.URL.Path == "/charges" && time.Now().Before(stops)
		})
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Valid, res.Verdict.Verdict, "%v", res.Verdict)
	})
}

// failingFor has charges of an amount fail with a status, whatever their key.
func (b *bench) failingFor(amount any, status int) {
	wanted := fmt.Sprintf(`"amount":%v,`, amount)
	b.gate(status, func(r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		return err == nil && strings.Contains(string(body), wanted)
	})
}

// TestAnArgumentThatFailsIsNoViolation: its operation fails under a new key too.
func TestAnArgumentThatFailsIsNoViolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cases := several(12)
		for i := range cases {
			cases[i].Operations[0].Args = map[string]any{"account": "account-1", "amount": int64(1 + i%9)}
		}
		b := newBench(stub.Contract(t), cases...)
		b.failingFor(7, 500)
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		v := res.Verdict
		require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
		require.Contains(t, strings.Join(v.Undecided, "\n"), "operations.charge.fails_when")
	})
}
