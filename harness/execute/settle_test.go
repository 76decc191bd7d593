package execute

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/execute/internal/alike"
	"github.com/idemcheck/idemcheck/harness/execute/internal/record"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// executing is an executor for a contract.
func executing(t *testing.T, c *model.Contract) *Executor {
	t.Helper()
	e, err := New(c, nil, false)
	require.NoError(t, err)
	return e
}

// boundTo binds a case to a service.
func boundTo(t *testing.T, s *stub.Payments, c *model.Contract, one model.Case) *binding {
	t.Helper()
	b, err := bind(t.Context(), executing(t, c),
		Site{World: &stub.World{Service: s, Begun: time.Now()}, HTTP: stub.Direct{Handler: s}}, &one)
	require.NoError(t, err)
	return b
}

func TestOperationsThatLookAlike(t *testing.T) {
	required := true
	for _, tt := range []struct {
		name     string
		header   string
		a, b     [2]string
		amount   int64
		together bool
	}{
		{"one key", "Idempotency-Key", [2]string{"k", "m"}, [2]string{"k", "n"}, 5, true},
		{"two keys", "Idempotency-Key", [2]string{"k", "m"}, [2]string{"l", "n"}, 5, false},
		{"two keys and one correlation ID", "Idempotency-Key", [2]string{"k", "m"}, [2]string{"l", "m"}, 5, false},
		{"no key and one correlation ID", "Idempotency-Key", [2]string{"", "m"}, [2]string{"", "m"}, 6, true},
		{"no key and two correlation IDs", "Idempotency-Key", [2]string{"", "m"}, [2]string{"", "n"}, 5, false},
		{"a key and none, one correlation ID", "Idempotency-Key", [2]string{"k", "m"}, [2]string{"", "m"}, 5, true},
		{"a contract without keys, one correlation ID", "", [2]string{"k", "m"}, [2]string{"l", "m"}, 6, true},
		{"a contract without keys", "", [2]string{"k", "m"}, [2]string{"l", "n"}, 5, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := stub.Contract(t, func(c *model.Contract) {
				c.Key.Header, c.Key.Required = tt.header, &required
			})
			one := stub.Beside(tt.a, tt.b)
			one.Operations[1].Args = map[string]any{"account": "account-1", "amount": tt.amount}
			bound := boundTo(t, stub.New(), c, one)
			want := [][]int{{0}, {1}}
			if tt.together {
				want = [][]int{{0, 1}}
			}
			require.Equal(t, want, groupsOf(bound))
		})
	}
}

func TestASlowMachineGetsMoreTimeAfterHealing(t *testing.T) {
	for late, want := range map[int]time.Duration{
		0: 2 * time.Second, 100: 3 * time.Second, 9000: 2*time.Second + maxPatience,
	} {
		synctest.Test(t, func(t *testing.T) {
			e := executing(t, stub.Contract(t))
			s := settler{newSender(&binding{executor: e}, nil, record.New())}
			require.NoError(t, sleep.For(t.Context(), 10*time.Second))
			e.Conditions.Woke(time.Now().Add(-stub.Milliseconds(late).Std()))
			require.Equal(t, want, s.recovery())
		})
	}
}

func TestAReadingInTheMiddleOfACommitIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := stub.New()
		var reads atomic.Int32
		service.Answer = func(r *http.Request) *stub.Reply {
			// The first reading is the one before the first operation.
			if r.URL.Path == "/book" && reads.Add(1) <= 2 {
				return &stub.Reply{Status: 200, Body: `{"items":[]}`}
			}
			return nil
		}
		bound := boundTo(t, service, stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}}))
		_, _ = stub.Direct{Handler: service}.RoundTrip(charge(t, bound))
		sent := model.Event{Kind: model.Sent, Operation: "a", Attempt: 1, Hit: 1, Complete: true}
		begun := time.Now()
		seen := bound.observer.Observe(t.Context(), []model.Event{sent})
		require.Equal(t, 60*time.Millisecond, time.Since(begun), "three readings: the first differs")
		require.Equal(t, model.Listed, seen[0].Kind)
		require.Len(t, seen, 2)
	})
}

// charge is the request of the first operation of a bound case.
func charge(t *testing.T, b *binding) *http.Request {
	t.Helper()
	op := b.ops[0]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://stub.test/charges",
		bytes.NewReader(op.payload))
	require.NoError(t, err)
	req.Header.Set("Idempotency-Key", op.record.Key)
	return req
}

// groupsOf lists the places of operations that a service may take for one another.
func groupsOf(b *binding) [][]int {
	var sent []*model.Operation
	for _, op := range b.ops {
		sent = append(sent, op.record)
	}
	return alike.Groups(b.executor.Contract, sent)
}
