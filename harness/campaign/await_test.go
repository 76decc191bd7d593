package campaign

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// sentOf lists the operations that attempts belong to, final ones left out.
func sentOf(sent []stub.Sending) (ops string) {
	for _, s := range sent {
		if !s.Final {
			ops += s.Operation
		}
	}
	return ops
}

func TestThePayloadThatFollowsAwaitsADefiniteAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		statuses []int // of a's attempts, the last one for ever; 0 is no answer
		want     string
		change   func(*model.Case)
	}{
		"done at once":           {[]int{201}, "ab", nil},
		"refused at once":        {[]int{402}, "ab", nil},
		"transient first":        {[]int{503, 503, 201}, "aaab", nil},
		"undeclared first":       {[]int{502, 201}, "aab", nil},
		"no answer first":        {[]int{0, 201}, "aab", nil},
		"never":                  {[]int{503}, "aaaaab", nil},
		"nothing awaited":        {[]int{503}, "ab", func(c *model.Case) { c.Operations[1].Await = "" }},
		"another client awaited": {[]int{503}, "ab", func(c *model.Case) { c.Operations[1].Client = 1 }},
		"nobody awaited":         {[]int{503}, "ab", func(c *model.Case) { c.Operations[1].Await = "z" }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				one := stub.Mismatched()
				if tt.change != nil {
					tt.change(&one)
				}
				b := newBench(stub.Contract(t), one)
				first, second := answers(tt.statuses...), answers(422)
				b.world.Carry = func(ctx context.Context, a chaos.Attempt) chaos.Completion {
					if a.Operation == "a" {
						return first(ctx, a)
					}
					return second(ctx, a)
				}
				_, _ = b.once(t)
				require.Equal(t, tt.want, sentOf(b.world.Attempts()))
			})
		})
	}
}

func TestRetriesOfWhatIsAwaitedWaitLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Mismatched())
		b.world.Carry = answers(503)
		_, _ = b.once(t)
		at, numbers := timed(b.world.Attempts())
		require.Equal(t, []int{0, 5, 15, 35, 75, 75}, at[:6])
		require.Equal(t, []int{1, 2, 3, 4, 5, 1}, numbers[:6])
	})
}

// failingFirst answers the first charge under a key with a status and forgets it.
func failingFirst(s *stub.Payments, status int) {
	var mu sync.Mutex
	met := map[string]bool{}
	s.Answer = func(r *http.Request) *stub.Reply {
		key := r.Header.Get("Idempotency-Key")
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path != "/charges" || met[key] {
			return nil
		}
		met[key] = true
		return &stub.Reply{Status: status, Body: `{}`}
	}
}

// A right service that answers 503 first can pass what is about payloads that differ.
func TestATransientAnswerLeavesMismatchesDecided(t *testing.T) {
	plan, err := plan.Draw(plan.Options{
		Contract: stub.Contract(t), Cases: 60, Seed: 2,
		Scenarios: []plan.Scenario{{Name: "far", Shape: plan.Mismatch}, {Name: "near", Shape: plan.NearMismatch}},
	})
	require.NoError(t, err)
	for _, one := range plan.Cases {
		b := newBench(stub.Contract(t), one)
		failingFirst(b.Payments, 503)
		_, v := b.once(t)
		require.Equal(t, verdict.Valid, v.Verdict, "%v", v)
	}
}
