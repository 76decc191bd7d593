package harness_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestABusyServiceIsAskedAlone: several keys that hang side by side may be the reason for one another.
// So each is asked for alone in the end, and then a service that is only busy answers.
func TestABusyServiceIsAskedAlone(t *testing.T) {
	for name, tt := range map[string]struct {
		guarded func(http.Handler) http.Handler
		broken  bool
	}{
		"right, one at a time":                             {oneAtATime, false},
		"long keys hang for as long as their client waits": {longKeysHang, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := shopContract(t, func(c *model.Contract) { c.Promises.Transient = []int{503} })
			for seed := range uint64(sweep.Of(someSeeds, seeds)) {
				right := shop{identity: ofKey, content: ofBody}
				v := asked(t, c, seed+1, harness.Handler(func(*harness.Env) http.Handler {
					return tt.guarded(right.serve())
				}))
				if !tt.broken {
					require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
					continue
				}
				require.Equal(t, verdict.Invalid, v.Verdict, "%v %v", v.Reasons, v.Undecided)
				require.Equal(t, map[string]bool{"stuck-key": true}, rulesOf(v))
			}
		})
	}
}

// asked is the verdict on a service that was asked for keys of every length.
func asked(t *testing.T, c *model.Contract, seed uint64, target harness.Target) verdict.Verdict {
	t.Helper()
	res, err := harness.Try(t, harness.Suite{
		Contract: c, Scenarios: named(t, "colliding-keys"), Cases: 8, KeepGoing: true, Seed: seed,
	}, target)
	require.NoError(t, err)
	return res.Verdict
}

// oneAtATime asks to try again while another request is at work.
func oneAtATime(next http.Handler) http.Handler {
	free := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case free <- struct{}{}:
			<-time.After(10 * time.Millisecond) // in virtual time
			next.ServeHTTP(w, r)
			<-free
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}

// longKeysHang gives up a long key when its client does.
func longKeysHang(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header.Get("Idempotency-Key")) <= 64 {
			next.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // whether a client leaves is seen after its whole request
		<-r.Context().Done()
		w.WriteHeader(http.StatusServiceUnavailable)
	})
}
