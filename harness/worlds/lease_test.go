package worlds_test

import (
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/scenarios"
)

// leases lets one request with a key in at a time, as a lock in a cache does that ends by itself: it
// is given back only when the client is still there. What is behind it is right.
type leases struct {
	http.Handler
	lease time.Duration
	mu    sync.Mutex // guards until
	until map[string]time.Time
}

func (l *leases) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	if r.Method != http.MethodPost || key == "" {
		l.Handler.ServeHTTP(w, r)
		return
	}
	name := r.Header.Get("Authorization") + key
	if !l.take(name) {
		w.Header().Set("Retry-After", strconv.Itoa(int(l.lease/time.Second)))
		w.WriteHeader(http.StatusConflict)
		return
	}
	l.Handler.ServeHTTP(w, r)
	if r.Context().Err() == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.until, name)
	}
}

func (l *leases) take(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().Before(l.until[name]) {
		return false
	}
	l.until[name] = time.Now().Add(l.lease)
	return true
}

// TestALeaseIsWaitedForAsTheServiceAsks: thirty seconds are the default out there, and longer than
// a contract that says nothing lets a key recover.
func TestALeaseIsWaitedForAsTheServiceAsks(t *testing.T) {
	t.Parallel()
	c := resolved(t, "http://in.memory")
	result, err := campaign.Run(t.Context(), campaign.Options{
		Contract: c, Plan: draw(t, c, 1, 8*len(scenarios.HTTP())),
		Limits: campaign.Limits{Parallel: runtime.GOMAXPROCS(0)},
		Place: harness.Virtual(t, harness.Handler(func(*harness.Env) http.Handler {
			service, err := reference.New(reference.Options{Store: memory.New(), Work: work})
			require.NoError(t, err)
			return &leases{Handler: service, lease: 30 * time.Second, until: map[string]time.Time{}}
		})),
	})
	require.NoError(t, err)
	v := result.Verdict
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
}
