package memory_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/model"
)

// clientLimit is when the clients of a starved case give up.
const clientLimit = 100 * time.Millisecond

// starved is what came of one case with pauses: two attempts, one after the other, at a service that
// works for two milliseconds, and then a look at it without faults.
type starved struct {
	outcomes [2]chaos.Completion
	// took is how long the client waited, and looked how long the look took.
	took   [2]time.Duration
	looked time.Duration
	events []model.Event
}

// starve runs such a case in a bubble.
func starve(t *testing.T, seed uint64) (out starved) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		begun := time.Now()
		world := memory.New(func() http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				memory.Pause(r.Context())
				<-time.After(2 * time.Millisecond)
				_, _ = fmt.Fprint(w, "done")
			})
		})
		transport := world.Transport()
		client := http.Client{Transport: world.Observing(transport)}
		net := world.Open(chaos.NetOptions{
			Starve: seed, Interpret: interpret,
			Record: func(e model.Event) {
				mu.Lock()
				defer mu.Unlock()
				e.At = time.Since(begun)
				out.events = append(out.events, e)
			},
		})
		for i := range out.outcomes {
			sent := time.Now()
			out.outcomes[i] = net.Attempt(t.Context(), chaos.Attempt{
				Operation: "a", Number: i + 1, Timeout: clientLimit,
				Head: []byte("POST / HTTP/1.1\r\nHost: in.memory\r\nContent-Length: 0\r\n\r\n"),
			})
			out.took[i] = time.Since(sent)
		}
		net.Heal()
		require.NoError(t, net.Drain(t.Context()))
		asked := time.Now()
		answer, err := client.Get("http://in.memory/")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		out.looked = time.Since(asked)
		net.Close()
		transport.CloseIdleConnections()
		require.NoError(t, world.Close())
	})
	return out
}

// at is when an event of an attempt happened; false when it did not.
func (s *starved) at(kind model.EventKind, attempt int) (time.Duration, bool) {
	for _, e := range s.events {
		if e.Kind == kind && e.Attempt == attempt {
			return e.At, true
		}
	}
	return 0, false
}

// showing counts what a starved case shows that a calm one never does.
func (s *starved) showing(counts map[string]int) {
	first, sent := s.at(model.Sent, 1)
	second, again := s.at(model.Sent, 2)
	answered, heard := s.at(model.Answered, 1)
	for what, shown := range map[string]bool{
		"an answer is read after the timeout": s.outcomes[0].Err == "" && s.took[0] > clientLimit+time.Millisecond,
		"a timeout is noticed late":           s.outcomes[0].Err == "timeout" && s.took[0] > 2*clientLimit,
		"the retry overtakes the request":     sent && again && second < first,
		"the answer comes after the retry":    heard && again && answered > second,
		"an answer comes to nobody":           s.outcomes[0].Err == "timeout" && heard,
		"a look takes long":                   s.looked > clientLimit,
		"nothing is late":                     s.took[0] < 3*time.Millisecond,
	} {
		if shown {
			counts[what]++
		}
	}
}

// TestStarvedCasesShowWhatLoadCauses, each of it in some of the cases, and none of it without a seed.
func TestStarvedCasesShowWhatLoadCauses(t *testing.T) {
	counts := map[string]int{}
	for seed := range uint64(300) {
		s := starve(t, seed+1)
		s.showing(counts)
	}
	require.Len(t, counts, 7, "%v", counts)
	unstarved := map[string]int{}
	s := starve(t, 0)
	s.showing(unstarved)
	require.Equal(t, map[string]int{"nothing is late": 1}, unstarved)
}

// TestTheSameSeedStarvesTheSameWay, to the nanosecond.
func TestTheSameSeedStarvesTheSameWay(t *testing.T) {
	for seed := range uint64(30) {
		once := starve(t, seed+1)
		require.Equal(t, once, starve(t, seed+1))
	}
}
