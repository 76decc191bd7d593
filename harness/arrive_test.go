package harness

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

func TestARequestWithoutAnAnswerMayStillBeAtWork(t *testing.T) {
	sent := func(n, hit int) model.Event {
		return model.Event{Kind: model.Sent, Operation: "a", Attempt: n, Hit: hit}
	}
	answered := func(n, hit int) model.Event {
		return model.Event{Kind: model.Answered, Operation: "a", Attempt: n, Hit: hit}
	}
	for name, tt := range map[string]struct {
		events []model.Event
		want   bool
	}{
		"nothing":              {nil, false},
		"answered":             {[]model.Event{sent(1, 1), answered(1, 1)}, false},
		"not answered":         {[]model.Event{sent(1, 1)}, true},
		"another was answered": {[]model.Event{sent(1, 1), sent(2, 1), answered(2, 1)}, true},
		"a hidden duplicate":   {[]model.Event{sent(1, 1), sent(1, 2), answered(1, 1)}, true},
	} {
		require.Equal(t, tt.want, unanswered(tt.events), name)
	}
}

// halfSeen answers the ledger as it was before the charge until some readings were made.
func (b *bench) halfSeen(readings int32) {
	var reads atomic.Int32
	b.answer = func(r *http.Request) *reply {
		// The first reading is the one before the first operation.
		if r.URL.Path == "/book" && reads.Add(1) <= readings+1 {
			return &reply{status: 200, body: `{"items":[]}`}
		}
		return nil
	}
}

func TestAReadingInTheMiddleOfACommitIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t), several(1)...)
		b.halfSeen(1)
		r, err := newRunner(b.Options)
		require.NoError(t, err)
		c := b.Plan.Cases[0]
		bound, err := r.bind(t.Context(), Site{World: b.world, HTTP: b.HTTP}, &c)
		require.NoError(t, err)
		_, _ = b.HTTP.RoundTrip(charge(t, bound))
		sent := model.Event{Kind: model.Sent, Operation: "a", Attempt: 1, Hit: 1, Complete: true}
		begun := time.Now()
		seen := bound.observe(t.Context(), []model.Event{sent})
		require.Equal(t, 2*leastPatience/10, time.Since(begun), "three readings: the first differs")
		require.Equal(t, model.Listed, seen[0].Kind)
		require.Len(t, seen, 2)
	})
}

// charge is the request of the first operation of a bound case.
func charge(t *testing.T, b *binding) *http.Request {
	t.Helper()
	req, err := b.plain.request(t.Context(), message{
		Message: model.Message{Method: http.MethodPost, Path: "/charges", Body: map[string]any{
			"account": b.resources[0].id, "amount": 5, "reference": b.ops[0].record.Mark,
		}},
		key: b.ops[0].Key, nonce: b.nonce,
	})
	require.NoError(t, err)
	return req
}

func TestLedgersThatNeverComeToRestAreUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t, func(c *model.Contract) {
			c.Promises.Settle = milliseconds(50)
		}), several(1)...)
		var n atomic.Int32
		b.answer = func(r *http.Request) *reply {
			if r.Method == http.MethodGet && r.URL.Path != "/book" && n.Add(1) > 0 {
				return &reply{status: 200, body: fmt.Sprintf(`{"balance":%d}`, n.Load())}
			}
			return nil
		}
		h, _ := b.once(t)
		last := h.Events[len(h.Events)-1]
		require.Equal(t, model.Unreadable, last.Kind)
		require.Contains(t, last.Err, "set promises.settle")
	})
}

func TestWhatIsMissing(t *testing.T) {
	effect := func(ledger, key, mark string) model.Effect {
		return model.Effect{Ledger: ledger, Resource: "/account-1", Kind: "charge", Key: key, Mark: mark}
	}
	listed := func(e model.Effect) model.Event { return model.Event{Kind: model.Listed, Effect: &e} }
	ok := model.Event{Kind: model.Answered, Operation: "a", Answer: &model.Answer{Status: 201}}
	refused := model.Event{Kind: model.Return, Operation: "a", Answer: &model.Answer{Status: 402}}
	other := effect("book", "k", "m")
	other.Resource = "/account-2"
	for _, tt := range []struct {
		name   string
		events []model.Event
		seen   []model.Event
		want   []string
	}{
		{"nothing was acknowledged", nil, nil, nil},
		{"refused", []model.Event{refused}, nil, nil},
		{"acknowledged and not there", []model.Event{ok}, nil, []string{"a"}},
		{"half is there", []model.Event{ok}, []model.Event{listed(effect("book", "k", "m"))}, []string{"a"}},
		{
			"half is there, and nobody knows", nil,
			[]model.Event{listed(effect("mail", "", "m"))},
			[]string{"a"},
		},
		{
			"all is there",
			[]model.Event{ok},
			[]model.Event{listed(effect("book", "k", "")), listed(effect("mail", "", "m"))},
			nil,
		},
		{
			"one of them twice",
			[]model.Event{ok},
			[]model.Event{listed(effect("book", "k", "m")), listed(effect("book", "k", "m"))},
			[]string{"a"},
		},
		{
			"of another operation",
			[]model.Event{ok},
			[]model.Event{listed(effect("book", "x", "y")), listed(effect("mail", "", "m"))},
			[]string{"a"},
		},
		{
			"at another resource",
			[]model.Event{ok},
			[]model.Event{listed(other), listed(effect("mail", "", "m"))},
			[]string{"a"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &binding{runner: &runner{contract: stubContract(t)}, ops: []*bound{{
				PlannedOperation: model.PlannedOperation{ID: "a", Type: "charge"},
				record: &model.Operation{
					ID: "a", Key: "k", Mark: "m",
					Effects: []model.Effect{effect("book", "", ""), effect("mail", "", "")},
				},
			}}}
			require.Equal(t, tt.want, b.missing(tt.events, tt.seen))
		})
	}
}
