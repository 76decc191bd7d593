package harness

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
)

// mismatched is a case of two payloads under one key, the second of which awaits the first.
func mismatched() model.Case {
	c := charging([]model.PlannedAttempt{{}})
	b := c.Operations[0]
	b.ID, b.Mark, b.Await = "b", "m2", "a"
	c.Operations = append(c.Operations, b)
	return c
}

// sentOf lists the operations that attempts belong to, final ones left out.
func sentOf(sent []sending) (ops string) {
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
				one := mismatched()
				if tt.change != nil {
					tt.change(&one)
				}
				b := newBench(stubContract(t), one)
				first, second := answers(tt.statuses...), answers(422)
				b.world.carry = func(ctx context.Context, a chaos.Attempt) chaos.Outcome {
					if a.Operation == "a" {
						return first(ctx, a)
					}
					return second(ctx, a)
				}
				_, _ = b.once(t)
				require.Equal(t, tt.want, sentOf(b.world.attempts()))
			})
		})
	}
}

func TestRetriesOfWhatIsAwaitedWaitLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t), mismatched())
		b.world.carry = answers(503)
		_, _ = b.once(t)
		at, numbers := timed(b.world.attempts())
		require.Equal(t, []int{0, 5, 15, 35, 75, 75}, at[:6])
		require.Equal(t, []int{1, 2, 3, 4, 5, 1}, numbers[:6])
	})
}

// failingFirst answers the first charge under a key with a status and forgets it.
func failingFirst(s *stub, status int) {
	var mu sync.Mutex
	met := map[string]bool{}
	s.answer = func(r *http.Request) *reply {
		key := r.Header.Get("Idempotency-Key")
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path != "/charges" || met[key] {
			return nil
		}
		met[key] = true
		return &reply{status: status, body: `{}`}
	}
}

// A right service that answers 503 first can pass what is about payloads that differ.
func TestATransientAnswerLeavesMismatchesDecided(t *testing.T) {
	plan, err := Draw(DrawOptions{
		Contract: stubContract(t), Cases: 60, Seed: 2,
		Scenarios: []Scenario{{Name: "far", Shape: Mismatch}, {Name: "near", Shape: NearMismatch}},
	})
	require.NoError(t, err)
	for _, one := range plan.Cases {
		b := newBench(stubContract(t), one)
		failingFirst(b.stub, 503)
		_, v := b.once(t)
		require.Equal(t, model.Valid, v.Verdict, "%v", v)
	}
}

func TestSomeChangedCopiesDoNotAwait(t *testing.T) {
	c := stubContract(t)
	m := newMutator(&runner{Options: Options{Plan: &model.Plan{}}, contract: c})
	awaiting := map[bool]int{}
	for _, one := range m.mutants([]model.Case{mismatched()}, 200) {
		awaiting[one.Operations[1].Await == "a"]++
	}
	require.Greater(t, awaiting[true], 4*awaiting[false])
	require.Positive(t, awaiting[false], "other things go wrong while the first is at work")
}

func TestSimplerCasesAwaitWhatIsThere(t *testing.T) {
	c := mismatched()
	require.Empty(t, tidy(dropOperation(c, 0), stubContract(t)).Operations[0].Await)
	require.Equal(t, "a", tidy(clone(c), stubContract(t)).Operations[1].Await)
	apart := clone(c)
	apart.Operations[0].Client = 1
	require.Empty(t, tidy(apart, stubContract(t)).Operations[1].Await, "clients do not wait for others")
	hasty := false
	for _, less := range smaller(c, nil, stubContract(t)) {
		hasty = hasty || len(less.Operations) == 2 && less.Operations[1].Await == ""
	}
	require.True(t, hasty, "it may not matter")
}
