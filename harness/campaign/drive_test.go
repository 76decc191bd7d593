package campaign

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// answers plays one status after another to the attempts of operation a, the last one for ever; 0
// is no answer.
func answers(statuses ...int) func(context.Context, chaos.Attempt) chaos.Completion {
	var mu sync.Mutex
	return func(context.Context, chaos.Attempt) chaos.Completion {
		mu.Lock()
		defer mu.Unlock()
		status := statuses[0]
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
		if status == 0 {
			return chaos.Completion{Err: "timeout"}
		}
		return chaos.Completion{Answer: &model.Answer{Status: status, Body: `{"id":"c-1"}`}}
	}
}

// timed lists when attempts were sent, in milliseconds, and their numbers.
func timed(sent []stub.Sending) (at []int, numbers []int) {
	for _, s := range sent {
		at = append(at, int(s.At.Round(time.Millisecond).Milliseconds()))
		numbers = append(numbers, s.Number)
	}
	return at, numbers
}

func TestRetriesWaitAsPlanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{
			{}, {After: stub.Milliseconds(7)}, {After: stub.Milliseconds(20)},
		}))
		b.Plan.Cases[0].Operations[0].After = stub.Milliseconds(3)
		b.world.Carry = answers(503, 0, 201)
		_, _ = b.once(t)
		at, numbers := timed(b.world.Attempts())
		require.Equal(t, []int{3, 10, 30, 30}, at)
		require.Equal(t, []int{1, 2, 3, 4}, numbers)
	})
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	for asked, waited := range map[time.Duration]int{
		0: 7, time.Millisecond: 7, time.Second: 1000, time.Hour: 2000,
	} {
		t.Run(asked.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}, {After: stub.Milliseconds(7)}}))
				later := answers(503, 201)
				b.world.Carry = func(ctx context.Context, a chaos.Attempt) chaos.Completion {
					out := later(ctx, a)
					if a.Number == 1 {
						out.RetryAfter = asked
					}
					return out
				}
				_, _ = b.once(t)
				at, _ := timed(b.world.Attempts())
				require.Equal(t, []int{0, waited, waited}, at)
			})
		})
	}
}

func TestRetryAfterIsWaitedForAfterHealing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}}))
		later := answers(503, 503, 201)
		b.world.Carry = func(ctx context.Context, a chaos.Attempt) chaos.Completion {
			out := later(ctx, a)
			if a.Number == 2 {
				out.RetryAfter = time.Second
			}
			return out
		}
		_, _ = b.once(t)
		at, _ := timed(b.world.Attempts())
		require.Equal(t, []int{0, 0, 1000, 1000}, at)
	})
}

func TestRetriesAreLeftOutOnceDefinite(t *testing.T) {
	for _, tt := range []struct {
		name     string
		statuses []int
		sent     []int
	}{
		{"acknowledged", []int{201}, []int{1, 4, 5}},
		{"refused", []int{402}, []int{1, 4, 5}},
		{"acknowledged late", []int{503, 201}, []int{1, 2, 4, 5}},
		{"transient", []int{503, 503, 503, 503, 201}, []int{1, 2, 3, 4, 5, 6}},
		{"silent", []int{0, 0, 0, 0, 201}, []int{1, 2, 3, 4, 5, 6}},
		{"undeclared", []int{500, 500, 500, 201}, []int{1, 2, 3, 4, 5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}, {}, {}, {Repeat: true}}))
				b.world.Carry = answers(tt.statuses...)
				_, _ = b.once(t)
				_, numbers := timed(b.world.Attempts())
				require.Equal(t, tt.sent, numbers)
			})
		})
	}
}

func TestADefiniteAnswerStands(t *testing.T) {
	for _, first := range []int{201, 402} {
		for _, later := range []int{0, 500} {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}, {Repeat: true}, {}}))
				b.world.Carry = answers(first, later)
				_, _ = b.once(t)
				_, numbers := timed(b.world.Attempts())
				require.Equal(t, []int{1, 2, 3}, numbers, "no retry after %d and %d, and one repeat", first, later)
				require.True(t, b.world.Attempts()[2].Final)
			})
		}
	}
}

func TestCopiesGoOutTogether(t *testing.T) {
	for _, kind := range []fault.Kind{fault.ConcurrentDuplicate, fault.StaggeredDuplicate} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts := []model.PlannedAttempt{
					{},
					{Repeat: true, After: stub.Milliseconds(5)},
					{Repeat: true, After: stub.Milliseconds(50)},
					{Repeat: true},
					{Repeat: true, After: stub.Milliseconds(3)},
				}
				b := newBench(stub.Contract(t), stub.Charging(attempts, fault.Fault{
					Kind: kind, Operation: "a", Attempt: 2, Copies: 3,
				}))
				b.world.Carry = func(ctx context.Context, _ chaos.Attempt) chaos.Completion {
					_ = sleep.For(ctx, 10*time.Millisecond)
					return chaos.Completion{Answer: &model.Answer{Status: 201}}
				}
				_, _ = b.once(t)
				at, numbers := timed(b.world.Attempts())
				require.Equal(t, []int{0, 15, 15, 15, 28, 38}, at)
				require.Equal(t, []int{1, 2, 3, 4, 5, 6}, numbers)
			})
		})
	}
}

func TestClientsRunSideBySideAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := stub.Charging([]model.PlannedAttempt{{}})
		for i, client := range []int{0, 1, 0} {
			op := c.Operations[0]
			op.ID, op.Client = plan.OperationID(i), client
			op.CorrelationID, op.Key.Name = op.ID, op.ID
			c.Operations = append(c.Operations, op)
		}
		c.Operations = c.Operations[1:]
		b := newBench(stub.Contract(t), c)
		b.world.Carry = func(ctx context.Context, _ chaos.Attempt) chaos.Completion {
			_ = sleep.For(ctx, 10*time.Millisecond)
			return chaos.Completion{Answer: &model.Answer{Status: 201}}
		}
		_, _ = b.once(t)
		begun := map[string]int64{}
		for _, s := range b.world.Attempts() {
			if !s.Final {
				begun[s.Operation] = s.At.Milliseconds()
			}
		}
		require.Equal(t, map[string]int64{"a": 0, "b": 0, "c": 10}, begun)
	})
}

func TestPlannedTimeoutHoldsForItsAttemptOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{
			{}, {Repeat: true, Timeout: stub.Milliseconds(30)},
		}))
		b.world.Carry = answers(201)
		_, _ = b.once(t)
		var limits []time.Duration
		for _, s := range b.world.Attempts() {
			limits = append(limits, s.Timeout)
		}
		// The last one comes after everything healed: it waits for as long as a key may need.
		const common, patient = 100 * time.Millisecond, 2 * time.Second
		require.Equal(t, []time.Duration{common, 30 * time.Millisecond, patient}, limits)
	})
}

func TestAfterHealingAttemptsGoOnUntilDefinite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}}))
		b.world.Carry = answers(0, 503, 0, 500, 201)
		_, _ = b.once(t)
		sent := b.world.Attempts()
		at, numbers := timed(sent)
		require.Equal(t, []int{0, 0, 5, 20, 65, 65}, at)
		require.Equal(t, []int{1, 2, 3, 4, 5, 6}, numbers)
		for _, s := range sent {
			require.Equal(t, s.Number > 1, s.Final)
		}
	})
}

func TestAfterHealingAttemptsEndAtTheBound(t *testing.T) {
	for _, tt := range []struct {
		name    string
		carry   func(context.Context, chaos.Attempt) chaos.Completion
		verdict string
	}{
		{"transient for ever", answers(503), "error-caching"},
		{"silent for ever", answers(0), "stuck-key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t, func(c *model.Contract) {
					c.Promises.Recovery = stub.Milliseconds(700)
				}), stub.Charging([]model.PlannedAttempt{{}}))
				b.world.Carry = tt.carry
				_, v := b.once(t)
				sent := b.world.Attempts()
				last := sent[len(sent)-1].At
				require.GreaterOrEqual(t, last, 700*time.Millisecond)
				require.LessOrEqual(t, last, 910*time.Millisecond, "one wait of 210ms beyond the bound at most")
				require.Equal(t, verdict.Invalid, v.Verdict)
				require.Equal(t, tt.verdict, v.Violations[0].Rule)
			})
		})
	}
}

func TestOperationsWithoutAKeyAreRepeatedOnlyWhenRefused(t *testing.T) {
	for name, required := range map[string]bool{"optional": false, "required": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := stub.Charging([]model.PlannedAttempt{{}})
				c.Operations[0].Key.Style = model.KeyMissing
				b := newBench(stub.Contract(t, func(c *model.Contract) { c.Key.Required = &required }), c)
				b.world.Carry = answers(400)
				_, _ = b.once(t)
				_, numbers := timed(b.world.Attempts())
				require.Len(t, numbers, map[bool]int{false: 1, true: 2}[required])
			})
		})
	}
}

func TestTheRateIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		again := model.PlannedAttempt{Repeat: true}
		b := newBench(stub.Contract(t, func(c *model.Contract) { c.Target.MaxRate = 10 }),
			stub.Charging([]model.PlannedAttempt{again, again, again}))
		b.world.Carry = answers(201)
		_, _ = b.once(t)
		at, _ := timed(b.world.Attempts())
		require.Equal(t, []int{0, 100, 200, 300}, at)
	})
}

func TestEveryAttemptIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}, {Repeat: true}},
			fault.Fault{Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close}))
		h, v := b.once(t)
		require.Equal(t, verdict.Valid, v.Verdict, v)
		count := map[model.EventKind]int{}
		for i, e := range h.Events {
			count[e.Kind]++
			require.True(t, i == 0 || h.Events[i-1].At <= e.At, "events are in the order of time")
		}
		require.Equal(t, map[model.EventKind]int{
			model.Invoke: 3, model.Return: 3, model.Sent: 3, model.Answered: 3, model.FaultReported: 1,
			model.Healed: 1, model.Listed: 1, model.Observed: 1, model.LookedUp: 1,
		}, count)
	})
}

func TestUnreportedFaultsAreMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := []model.PlannedAttempt{{Repeat: true}, {Repeat: true}}
		b := newBench(stub.Contract(t), stub.Charging(attempts,
			fault.Fault{Kind: fault.Delay, Operation: "a", Attempt: 1},
			fault.Fault{Kind: fault.Slow, Operation: "a", Attempt: 2}))
		b.world.Mute = true
		h, v := b.once(t)
		require.Equal(t, verdict.Unknown, v.Verdict)
		require.Len(t, v.Reasons, 2)
		require.Contains(t, v.Reasons[0], "delay at a.1 did not happen (its attempt was not made)")
		var missed []model.Event
		for _, e := range h.Events {
			if e.Kind == model.FaultReported {
				missed = append(missed, e)
			}
		}
		require.Len(t, missed, 2)
		require.False(t, missed[0].Fired)
	})
}

func TestHeadersOfAnAttempt(t *testing.T) {
	b := newBench(stub.Contract(t, func(c *model.Contract) {
		c.Target.URL = "http://stub.test:99/base/"
		c.Target.Headers = map[string]string{"X-One": "1", "User-Agent": "mine"}
		c.Tenants = map[string]model.Tenant{"t": {Headers: map[string]string{"X-Two": "2"}}}
	}), stub.Charging([]model.PlannedAttempt{{}}))
	b.Plan.Cases[0].Operations[0].Tenant = "t"
	var got *http.Request
	b.Answer = func(r *http.Request) *stub.Reply {
		if r.URL.Path == "/base/accounts" {
			return &stub.Reply{Status: 201, Body: `{"id":"x"}`}
		}
		if r.URL.Path == "/base/charges" {
			got = r
			return &stub.Reply{Status: 402}
		}
		return &stub.Reply{Status: 200, Body: `{"items":[],"balance":1000}`}
	}
	h, _ := b.once(t)
	require.NotNil(t, got)
	require.Equal(t, "stub.test:99", got.Host)
	require.Equal(t, "1", got.Header.Get("X-One"))
	require.Equal(t, "2", got.Header.Get("X-Two"))
	require.Equal(t, "mine", got.Header.Get("User-Agent"))
	require.Equal(t, "application/json", got.Header.Get("Content-Type"))
	require.Equal(t, h.Operations[0].Key, got.Header.Get("Idempotency-Key"))
	require.Equal(t, int64(len(h.Operations[0].Body)), got.ContentLength)
	require.Regexp(t, "^00-"+h.Operations[0].Trace+"-[0-9a-f]{16}-01$", got.Header.Get("Traceparent"))
}

// TestWhatARunSendsHasItsName: setup, readings and attempts, unless the contract says no.
func TestWhatARunSendsHasItsName(t *testing.T) {
	for _, on := range []bool{true, false} {
		b := newBench(stub.Contract(t, func(c *model.Contract) {
			if !on {
				c.Target.RunHeaders = &on
			}
		}), stub.Charging([]model.PlannedAttempt{{}}))
		var mu sync.Mutex
		var names []string
		sent := map[string]bool{}
		b.Answer = func(r *http.Request) *stub.Reply {
			mu.Lock()
			defer mu.Unlock()
			sent[r.Method+" "+r.URL.Path] = true
			name := strings.Join(r.Header["X-Idemcheck-Run"], "+")
			if names = append(names, name); name != "" {
				require.Equal(t, "0", r.Header.Get("X-Idemcheck-Case"))
			}
			return nil
		}
		h, _ := b.once(t)
		require.Equal(t, on, h.Operations[0].Trace != "", "no trace where the service is told none")
		require.Greater(t, len(sent), 2, "setup, an operation, and what was read: %v", sent)
		slices.Sort(names)
		names = slices.Compact(names)
		require.Len(t, names, 1)
		require.Equal(t, on, names[0] != "", names)
	}
}
