package observe

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

func TestWhatIsMissing(t *testing.T) {
	effect := func(ledger, key, id string) model.Effect {
		return model.Effect{Ledger: ledger, Resource: "/account-1", Kind: "charge", Key: key, CorrelationID: id}
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
			o := observing(t, stub.Contract(t), nil)
			o.Operations = []*model.Operation{{
				ID: "a", Type: "charge", Key: "k", CorrelationID: "m",
				Effects: []model.Effect{effect("book", "", ""), effect("mail", "", "")},
			}}
			require.Equal(t, tt.want, o.missing(tt.events, tt.seen))
		})
	}
}

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
		require.Equal(t, tt.want, Unanswered(tt.events), name)
	}
}
