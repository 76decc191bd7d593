package pace

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// contract acknowledges with 201, and says 409 while the first attempt is at work.
func contract() *model.Contract {
	return &model.Contract{
		Operations: map[string]model.OperationType{"pay": {OK: []int{201}, Refused: []int{402}}},
		Promises:   model.Promises{InFlight: []int{409}, Transient: []int{503}},
	}
}

// events are what was seen of one operation a, of type pay.
func events(all ...model.Event) *model.History {
	for i := range all {
		all[i].Operation = "a"
		all[i].At *= time.Millisecond
	}
	return &model.History{Operations: []model.Operation{{ID: "a", Type: "pay"}}, Events: all}
}

// exchange is an attempt that took the service from one moment to another, and ended for its client
// a millisecond later.
func exchange(n int, sent, answered time.Duration, status int, final bool) []model.Event {
	said := &model.Answer{Status: status}
	return []model.Event{
		{At: sent, Kind: model.Invoke, Attempt: n, Final: final},
		{At: sent, Kind: model.Sent, Attempt: n, Hit: 1, Complete: true},
		{At: answered, Kind: model.Answered, Attempt: n, Hit: 1, Answer: said},
		{At: answered + 1, Kind: model.Return, Attempt: n, Answer: said},
	}
}

func fired(kind fault.Kind, attempt int) model.Event {
	return model.Event{Kind: model.FaultReported, Fired: true, Fault: &fault.Fault{
		Kind: kind, Operation: "a", Attempt: attempt,
	}}
}

func shown(h *model.History, faults ...fault.Fault) seen {
	return look(h, &model.Case{Faults: faults}, contract(), conditions.Calm{})
}

func concat(parts ...[]model.Event) (all []model.Event) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// TestWhoseAnswersTheyAre: without a planned fault they are calm; under one are the attempt that it
// struck and those after it, and in a partition all.
func TestWhoseAnswersTheyAre(t *testing.T) {
	all := concat(exchange(1, 0, 10, 201, false), exchange(2, 20, 50, 201, false))
	require.Equal(t, map[string][]answer{"calm": {{took: 10 * ms}, {took: 30 * ms}}},
		shown(events(all...)).answers)
	all = concat(exchange(1, 0, 10, 201, false), exchange(2, 20, 50, 201, false))
	struck := events(append(all, fired(fault.ResponseLost, 2), fired(fault.ResponseLost, 2))...)
	planned := fault.Fault{Kind: fault.ResponseLost}
	require.Equal(t, map[string][]answer{"response-lost": {{took: 30 * ms}}}, shown(struck, planned).answers)
	struck.Events[len(struck.Events)-1] = fired(fault.Partition, 2)
	require.Equal(t, []answer{{took: 10 * ms}, {took: 30 * ms}}, shown(struck, planned).answers["partition"])
	struck.Events[2].Answer.Excerpt = &model.Excerpt{}
	require.Equal(t, []answer{{took: 10 * ms, held: true}, {took: 30 * ms}},
		shown(struck, planned).answers["partition"], "a long answer may wait for the link")
	for i := range struck.Events {
		struck.Events[i].Fired = false
	}
	require.Empty(t, shown(struck, planned).answers, "a fault that missed")
}

// TestWhatTakesNoTimeOfTheService: half a request, a connection that it closed, a client that left as
// planned; and a client that gave up, for as long as the request was there.
func TestWhatTakesNoTimeOfTheService(t *testing.T) {
	one := func(complete bool, ended, err string, struck ...model.Event) seen {
		h := events(model.Event{Kind: model.Invoke, Attempt: 1},
			model.Event{At: 5, Kind: model.Sent, Attempt: 1, Hit: 1, Complete: complete},
			model.Event{At: 40, Kind: model.Answered, Attempt: 1, Hit: 1, Err: ended},
			model.Event{At: 45, Kind: model.Return, Attempt: 1, Err: err})
		if ended == "" {
			h.Events = append(h.Events[:2], h.Events[3])
		}
		h.Events = append(h.Events, struck...)
		return shown(h)
	}
	require.Empty(t, one(false, model.Cut, "timeout").answers)
	require.Empty(t, one(true, "closed", "timeout").answers)
	require.Empty(t, one(true, model.Cut, "disconnected").answers)
	require.Empty(t, one(true, model.Cut, "timeout", fired(fault.ResponseLost, 1)).answers,
		"the fault may be why nobody saw an answer")
	require.Equal(t, []answer{{took: 35 * ms, open: true}}, one(true, model.Cut, "timeout").answers["calm"])
	require.Equal(t, []answer{{took: 40 * ms, open: true}}, one(true, "", "timeout").answers["calm"])
}

func TestHowLongAKeyTakesToRecover(t *testing.T) {
	healed := []model.Event{{At: 100, Kind: model.Healed}}
	lost := []model.Event{fired(fault.ResponseLost, 1)}
	asked := func(events []model.Event) []model.Event {
		events[2].Answer.Headers = map[string]string{"Retry-After": "1"}
		return events
	}
	for _, c := range []struct {
		name string
		seen []model.Event
		want []answer
	}{
		{"at once, however late it was asked", exchange(2, 900, 910, 201, true), []answer{{took: 11 * ms}}},
		{"a refusal is definite", exchange(2, 100, 110, 402, true), []answer{{took: 11 * ms}}},
		{
			"when it was in flight, without the last wait of ours",
			concat(exchange(2, 200, 210, 409, true), exchange(3, 250, 260, 409, true),
				exchange(4, 400, 420, 201, true)),
			[]answer{{took: 82 * ms}}, // from 200 to 261, and 21 more
		},
		{
			"with the wait that the service asked for",
			concat(asked(exchange(2, 200, 210, 503, true)), exchange(3, 1211, 1220, 201, true)),
			[]answer{{took: 1021 * ms}},
		},
		{"never is a matter of rules", exchange(2, 200, 210, 409, true), nil},
		{"nor without an attempt after the faults", nil, nil},
	} {
		h := events(concat(exchange(1, 0, 10, 201, false), healed, c.seen, lost)...)
		require.Equal(t, c.want, shown(h, fault.Fault{}).recoveries, c.name)
	}
	h := events(concat(exchange(1, 0, 10, 201, false), healed, exchange(2, 200, 210, 201, true))...)
	require.Empty(t, shown(h, fault.Fault{}).recoveries, "no fault struck it")
}
