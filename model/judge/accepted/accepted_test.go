package accepted_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/judge/accepted"
)

// paying is a contract of payments that are accepted first.
func paying() *model.Contract {
	return &model.Contract{Operations: map[string]model.OperationType{"pay": {
		OK: []int{200},
		Async: &follow.Async{
			Accepted: []int{202},
			Done:     follow.StateValues{Field: "status", Values: []any{"succeeded"}},
			Refused:  follow.StateValues{Field: "status", Values: []any{"failed"}},
		},
	}}}
}

func ends(values ...string) accepted.Ends {
	var out accepted.Ends
	for _, v := range values {
		out = append(out, &model.Event{Kind: model.Polled, Operation: "a", Value: v})
	}
	return out
}

func TestAnAcceptingAnswerSaysWhatCameOfIt(t *testing.T) {
	pending := &model.Answer{Status: 202, Body: `{"status":"pending"}`}
	for _, tc := range []struct {
		ends   accepted.Ends
		answer *model.Answer
		want   model.Outcome
	}{
		{ends(model.PollDone), pending, model.OK},
		{ends(model.PollRefused), pending, model.Fail},
		{ends(model.PollRefused, model.PollDone), pending, model.OK},
		{nil, &model.Answer{Status: 202, Body: `{"status":"failed"}`}, model.Fail},
		{ends(model.PollRefused), &model.Answer{Status: 200, Body: `{"status":"failed"}`}, model.Fail},
		{ends(model.PollRefused), &model.Answer{Status: 200, Body: `{"status":"succeeded"}`}, model.OK},
		{ends(model.PollDone), &model.Answer{Status: 500}, model.Info},
		{ends(model.PollDone), nil, model.Info},
	} {
		said := tc.ends.Classify(paying(), &model.Operation{Type: "pay"}, tc.answer)
		require.Equal(t, tc.want, said, "%v", tc.answer)
	}
}

func TestWhatHasNoEndIsUnknown(t *testing.T) {
	history := func(more ...model.Event) *model.History {
		events := []model.Event{{
			Kind: model.Answered, Operation: "a", Attempt: 1, Answer: &model.Answer{Status: 202},
		}}
		return &model.History{
			Operations: []model.Operation{{ID: "a", Type: "pay"}}, Events: append(events, more...),
		}
	}
	polled := func(v, err string) model.Event {
		return model.Event{Kind: model.Polled, Operation: "a", Value: v, Err: err}
	}
	require.Empty(t, accepted.Unended(history(polled(model.PollDone, "")), paying()))
	require.Empty(t, accepted.Unended(history(polled(model.PollRefused, "")), paying()))
	require.Len(t, accepted.Unended(history(), paying()), 1, "nobody asked")
	unknown := accepted.Unended(
		history(polled(model.PollDone, ""), polled(model.PollPending, "no answer")), paying())
	require.Len(t, unknown, 1)
	require.Contains(t, unknown[0], "operation a was accepted")
	require.Contains(t, unknown[0], "(no answer)")
	require.Contains(t, unknown[0], "operations.pay.async")
	none := history()
	none.Events[0].Answer.Status = 200
	require.Empty(t, accepted.Unended(none, paying()))
}

func TestTheFinalAnswerIsWhatWasReadInTheEnd(t *testing.T) {
	pending, ok := &model.Answer{Status: 202}, &model.Answer{Status: 200}
	done := &model.Answer{Status: 200, Body: `{"status":"succeeded"}`}
	read := ends(model.PollPending, model.PollDone)
	read[1].Answer = done
	for _, tt := range []struct {
		ends         accepted.Ends
		answer, want *model.Answer
	}{
		{read, pending, done},
		{read, ok, ok}, // it says more than "accepted"
		{ends(model.PollRefused), pending, nil},
		{nil, pending, nil},
	} {
		require.Equal(t, tt.want, tt.ends.Final(paying(), "pay", tt.answer))
	}
}

// TestCounterparts: "p" says no more than "accepted", "d" what came of it; a capital letter is an
// answer that had been given when the last one was asked for.
func TestCounterparts(t *testing.T) {
	accepts := func(a string) bool { return strings.EqualFold(a, "p") }
	for _, tt := range []struct {
		said, like string
		grown      bool
	}{
		{"PP", "first", false},
		{"DD", "first", false},
		{"PD", "first", true},
		{"pd", "first", true},
		{"PPD", "first", true},
		{"PDD", "second", false},
		{"dP", "first", true}, // they were under way together
		{"DP", "first", false},
		{"PDP", "second", false},
		{"PdP", "first", false},
	} {
		said := strings.Split(tt.said, "")
		for i, s := range said {
			said[i] = s + []string{"first", "second", "third"}[i]
		}
		like, grown := accepted.Counterpart(said, func(a string) bool { return accepts(a[:1]) },
			func(a, _ string) bool { return a[:1] == strings.ToUpper(a[:1]) })
		require.Equal(t, tt.like, like[1:], tt.said)
		require.Equal(t, tt.grown, grown, tt.said)
	}
}

func TestWhatIsNamedStaysWhenItIsDone(t *testing.T) {
	require.Empty(t, accepted.Renamed("", "a"))
	require.Empty(t, accepted.Renamed("a", ""))
	require.Empty(t, accepted.Renamed("a", "a"))
	require.NotEmpty(t, accepted.Renamed("a", "b"))
}
