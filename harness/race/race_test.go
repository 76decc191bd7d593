package race_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness/race"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
	"github.com/idemcheck/idemcheck/reference"
	store "github.com/idemcheck/idemcheck/reference/memory"
)

// line is a request to the reference service.
func line(method, at, key, body string) race.Line {
	u, err := url.Parse(at)
	if err != nil {
		panic(err)
	}
	out := race.Line{Method: method, URL: u, Body: body, Headers: [][2]string{
		{"Authorization", "Bearer alpha-token"}, {"Content-Type", "application/json"},
	}}
	if key != "" {
		out.Key, out.KeyAt = key, "Idempotency-Key"
		out.Headers = append(out.Headers, [2]string{"Idempotency-Key", `"` + key + `"`})
	}
	return out
}

// service is a service and the ways to it.
type service struct {
	at     string
	world  chaos.World
	client *http.Client
}

// inMemory serves a handler without a network. It must be closed in the same bubble.
func inMemory(h http.Handler) (service, func()) {
	w := memory.New(func() http.Handler { return h })
	by := w.Transport()
	return service{"http://memory", w, &http.Client{Transport: by}}, func() {
		by.CloseIdleConnections()
		_ = w.Close()
	}
}

// overTCP serves a handler over TCP.
func overTCP(t *testing.T, h http.Handler) service {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	w, err := wire.New(wire.Options{URL: server.URL})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.Close() })
	return service{server.URL, w, server.Client()}
}

// payments is the reference service with an account of 100000.
func payments(t *testing.T, bug string, work time.Duration) http.Handler {
	h, err := reference.New(reference.Options{Store: store.New(), Bug: bug, Work: work})
	require.NoError(t, err)
	l := line("POST", "http://memory/v1/accounts", "account", "")
	r := httptest.NewRequest("POST", "/v1/accounts",
		strings.NewReader(`{"id":"a1","name":"a","currency":"EUR","balance":100000}`))
	for _, header := range l.Headers {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 201, w.Code, w.Body)
	return h
}

// charged races a charge.
func charged(t *testing.T, s service, copies int) *raced.Race {
	l := line("POST", s.at+"/v1/charges", "k1", `{"account":"a1","amount":5,"reference":"r"}`)
	return ran(t, s, race.Options{Rounds: []race.Line{l}, Copies: copies},
		line("GET", s.at+"/v1/effects?account=a1", "", ""))
}

func ran(t *testing.T, s service, o race.Options, count race.Line) *raced.Race {
	o.World, o.Timeout, o.Settle = s.world, 10*time.Second, 20*time.Millisecond
	o.Counter = &race.Listing{Line: count, Client: s.client}
	r, err := race.Run(context.Background(), o)
	require.NoError(t, err)
	return r
}

// right asserts what a race of charges shows of the right service, and wrong of one that looks whether
// the key is there and then acts: at most four operations of one account are at work there at once.
func right(t *testing.T, r *raced.Race) {
	t.Helper()
	require.Equal(t, verdict.Valid, r.Verdict, "%+v", r)
	round := r.Rounds[0]
	require.EqualValues(t, 2, round.Growth.After-round.Growth.Before)
	require.Equal(t, map[string]int64{"charge": 1, "receipt": 1}, round.Growth.Kinds)
	require.GreaterOrEqual(t, round.Overlap.AtOnce, 2)
	require.Zero(t, round.Named)
	require.Equal(t, 8, total(round))
}

func wrong(t *testing.T, r *raced.Race) {
	t.Helper()
	require.Equal(t, verdict.Invalid, r.Verdict, "%+v", r)
	round := r.Rounds[0]
	require.Greater(t, round.Growth.New, int64(1))
	require.EqualValues(t, round.Growth.New, round.Named, "each charge is named by an answer")
	require.EqualValues(t, round.Growth.New, round.Growth.Keyed, "and each has the key")
	require.Equal(t, 2*round.Growth.New, round.Growth.After-round.Growth.Before)
	require.Equal(t, 8, total(round))
	require.Contains(t, r.Summary, "this was done "+raced.Times(round.Named))
}

// total is how many copies the groups of a round have.
func total(round raced.Round) int {
	n := 0
	for _, g := range round.Answers {
		n += g.Count
	}
	return n
}

// TestTheReferenceServiceInVirtualTime: the right service does once what copies ask for, and the one
// that checks and then acts is seen, each time.
func TestTheReferenceServiceInVirtualTime(t *testing.T) {
	for _, work := range []time.Duration{2 * time.Millisecond, 20 * time.Millisecond} {
		for bug, check := range map[string]func(*testing.T, *raced.Race){
			"": right, "check-then-act": wrong,
		} {
			for range sweep.Of(3, 20) {
				synctest.Test(t, func(t *testing.T) {
					s, end := inMemory(payments(t, bug, work))
					defer end()
					check(t, charged(t, s, 8))
				})
			}
		}
	}
}

// TestTheReferenceServiceOverTCP is the same over TCP, with a handler that takes no time too.
func TestTheReferenceServiceOverTCP(t *testing.T) {
	for _, work := range []time.Duration{0, 2 * time.Millisecond, 20 * time.Millisecond} {
		tally := map[verdict.Result]int{}
		for range sweep.Of(1, 20) {
			r := charged(t, overTCP(t, payments(t, "", work)), 8)
			tally[r.Verdict]++
			if r.Verdict == verdict.Unknown { // a machine that is busy lets copies go one by one
				require.Contains(t, strings.Join(r.Reasons, " "), "at once")
				continue
			}
			right(t, r)
		}
		t.Logf("right, %v: %v", work, tally)
	}
	for _, work := range []time.Duration{0, 2 * time.Millisecond, 20 * time.Millisecond} {
		tally := map[verdict.Result]int{}
		for range sweep.Of(1, 20) {
			r := charged(t, overTCP(t, payments(t, "check-then-act", work)), 8)
			tally[r.Verdict]++
			if r.Verdict == verdict.Invalid { // on a busy machine the first may be done before the next
				wrong(t, r)
			}
		}
		t.Logf("check-then-act, %v: %v", work, tally)
	}
}

// shop is a service with a list, whose way to work a test chooses.
type shop struct {
	mu    sync.Mutex
	items []map[string]any
	// work is called for each order, without the lock, and says what to answer.
	work func(s *shop, n int) (status int, body map[string]any)
	n    int
	// more is added to the list.
	more map[string]any
}

func (s *shop) add(item map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item)
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		s.mu.Lock()
		defer s.mu.Unlock()
		answer := map[string]any{"orders": append([]map[string]any{}, s.items...)}
		maps.Copy(answer, s.more)
		_ = json.NewEncoder(w).Encode(answer)
		return
	}
	s.mu.Lock()
	s.n++
	n := s.n
	s.mu.Unlock()
	status, body := s.work(s, n)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// order is an item with a name.
func order(id string, amount int) map[string]any {
	return map[string]any{"id": id, "amount": amount, "created": time.Now()}
}

// slowly waits, so that copies meet.
func slowly() { <-time.After(5 * time.Millisecond) }

// TestWhatIsBeyondDoubt: what has an innocent reading is unknown, with its reason.
func TestWhatIsBeyondDoubt(t *testing.T) {
	same := map[string]any{"id": "o1"}
	for name, tt := range map[string]struct {
		shop   *shop
		change func(*race.Options)
		beside func(ctx context.Context, s *shop)
		want   verdict.Result
		says   string
	}{
		"done once": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				if n == 1 {
					s.add(order("o1", 5))
				}
				slowly()
				return 201, same
			}}, want: verdict.Valid, says: "1 new item: this was done once",
		},
		"done twice, and all are told the same": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				if n <= 2 {
					s.add(order(fmt.Sprint("o", n), 5))
				}
				slowly()
				return 201, same
			}}, want: verdict.Invalid, says: "the same answer, 2 new items: this was done twice",
		},
		"two items of one operation": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				if n == 1 {
					s.add(order("o1", 5))
					s.add(order("o2", -5))
				}
				slowly()
				return 201, same
			}}, want: verdict.Unknown, says: "--each",
		},
		"two items of one operation, as declared": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				if n == 1 {
					s.add(order("o1", 5))
					s.add(order("o2", -5))
				}
				slowly()
				return 201, same
			}}, change: func(o *race.Options) { o.Each = 2 }, want: verdict.Valid,
		},
		"somebody else's orders, all the time": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				if n == 1 {
					s.add(order("o1", 5))
				}
				slowly()
				return 201, same
			}},
			beside: func(ctx context.Context, s *shop) {
				for n := 0; ctx.Err() == nil; n++ {
					s.add(order(fmt.Sprint("x", n), 5))
					<-time.After(7 * time.Millisecond)
				}
			},
			want: verdict.Unknown, says: "the count changed before anything was sent",
		},
		"somebody else's orders, rarely": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				if n == 1 {
					s.add(order("o1", 5))
					s.add(order("x0", 5)) // in the very moment
				}
				slowly()
				return 201, same
			}},
			beside: func(ctx context.Context, s *shop) {
				for n := 1; ctx.Err() == nil; n++ {
					<-time.After(90 * time.Millisecond)
					s.add(order(fmt.Sprint("x", n), 5))
				}
			},
			want: verdict.Unknown, says: "the count changed again",
		},
		"somebody else's orders, which are not as the line says": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				if n == 1 {
					s.add(order("o1", 5))
					s.add(order("x1", 9))
					s.add(order("x2", 9))
				}
				slowly()
				return 201, same
			}}, want: verdict.Unknown, says: "no two of 3 new items are alike",
		},
		"an old key": {
			shop: &shop{work: func(*shop, int) (int, map[string]any) { slowly(); return 201, same }},
			want: verdict.Unknown, says: "--repeat 1 makes a fresh one",
		},
		"nobody was let in": {
			shop: &shop{work: func(*shop, int) (int, map[string]any) { slowly(); return 401, same }},
			want: verdict.Unknown, says: "turned away",
		},
		"work that comes later": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				if n <= 2 {
					time.AfterFunc(15*time.Millisecond, func() { s.add(order(fmt.Sprint("o", n), 5)) })
				}
				return 202, map[string]any{"request_id": n, "status": "accepted"}
			}}, want: verdict.Invalid, says: "2 new items",
		},
		"a list of pages": {
			shop: &shop{
				work: func(s *shop, n int) (int, map[string]any) {
					if n == 1 {
						s.add(order("o1", 5))
					}
					slowly()
					return 201, same
				}, more: map[string]any{"has_more": true},
			}, want: verdict.Unknown, says: "more pages",
		},
		"without a key": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				s.add(order(fmt.Sprint("o", n), 5))
				slowly()
				return 201, map[string]any{"id": fmt.Sprint("o", n)}
			}},
			change: func(o *race.Options) { o.Rounds[0].KeyAt = "" },
			want:   verdict.Unknown, says: "--key Idempotency-Key",
		},
		"others at work, and answers that name what they did": {
			shop: &shop{work: func(s *shop, n int) (int, map[string]any) {
				s.add(order(fmt.Sprint("o", n), 5))
				slowly()
				return 201, map[string]any{"id": fmt.Sprint("o", n)}
			}},
			beside: func(ctx context.Context, s *shop) {
				for n := 0; ctx.Err() == nil; n++ {
					s.add(order(fmt.Sprint("x", n), 5))
					<-time.After(7 * time.Millisecond)
				}
			},
			want: verdict.Invalid, says: "done 4 times",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, end := inMemory(tt.shop)
				defer end()
				ctx, stop := context.WithCancel(t.Context())
				var beside sync.WaitGroup
				if tt.beside != nil {
					beside.Go(func() { tt.beside(ctx, tt.shop) })
				}
				o := race.Options{
					Rounds: []race.Line{line("POST", s.at+"/orders", "k", `{"amount":5}`)}, Copies: 4,
				}
				if tt.change != nil {
					tt.change(&o)
				}
				r := ran(t, s, o, line("GET", s.at+"/orders", "", ""))
				stop()
				beside.Wait()
				said := r.Summary + " " + strings.Join(slices.Concat(r.Reasons, r.Next), " ")
				require.Equal(t, tt.want, r.Verdict, said)
				require.Contains(t, said, tt.says)
			})
		})
	}
}
