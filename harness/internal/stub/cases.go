package stub

import (
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// Charging is a case of one charge with some attempts and faults.
func Charging(attempts []model.PlannedAttempt, faults ...fault.Fault) model.Case {
	return model.Case{
		Scenario:  "test",
		Resources: []model.Resource{{Name: "account-1", Type: "account"}},
		Operations: []model.PlannedOperation{{
			ID: "a", Type: "charge", CorrelationID: "m1", Attempts: attempts,
			Key:  model.KeyPlan{Name: "k1", Style: model.KeyPlain},
			Args: map[string]any{"account": "account-1", "amount": int64(5)},
		}},
		Faults: faults,
	}
}

// Milliseconds is a number of them as plans write it.
func Milliseconds(n int) value.Duration {
	return value.Duration(time.Duration(n) * time.Millisecond)
}

// Mismatched is a case of two payloads under one key, the second of which awaits the first.
func Mismatched() model.Case {
	c := Charging([]model.PlannedAttempt{{}})
	b := c.Operations[0]
	b.ID, b.CorrelationID, b.Await = "b", "m2", "a"
	c.Operations = append(c.Operations, b)
	return c
}

// Crowded is a case with much more in it than a lost first answer: three operations of two clients
// on two accounts, four faults, retries and repeats.
func Crowded() model.Case {
	c := Charging([]model.PlannedAttempt{
		{Repeat: true, After: Milliseconds(2)},
		{Repeat: true, After: Milliseconds(1)},
		{Repeat: true},
		{Repeat: true, After: Milliseconds(9)},
	})
	c.Resources = append(c.Resources, model.Resource{Name: "account-2", Type: "account"})
	for _, id := range []string{"b", "c"} {
		op := c.Operations[0]
		op.ID, op.CorrelationID, op.Key.Name, op.Client = id, "m"+id, "k"+id, 1
		op.Args = map[string]any{"account": "account-2", "amount": int64(77)}
		c.Operations = append(c.Operations, op)
	}
	c.Faults = []fault.Fault{
		{Kind: fault.Delay, Operation: "a", Attempt: 1, Span: Milliseconds(1)},
		{Kind: fault.ResponseLost, Operation: "b", Attempt: 1, Mode: fault.Close},
		{Kind: fault.RequestLost, Operation: "b", Attempt: 2, Mode: fault.Close},
		{Kind: fault.ConcurrentDuplicate, Operation: "c", Attempt: 2, Copies: 3},
	}
	return c
}

// Beside is a case of operations of one client each, with these keys and correlation IDs.
func Beside(names ...[2]string) model.Case {
	c := Charging([]model.PlannedAttempt{{}})
	first := c.Operations[0]
	c.Operations = nil
	for i, name := range names {
		op := first
		op.ID, op.Client, op.Key.Name, op.CorrelationID = string(rune('a'+i)), i, name[0], name[1]
		if name[0] == "" {
			op.Key.Style = model.KeyMissing
		}
		c.Operations = append(c.Operations, op)
	}
	return c
}

// LostFirst is a case whose first message is lost.
func LostFirst() model.Case {
	return Charging([]model.PlannedAttempt{{}}, fault.Fault{
		Kind: fault.RequestLost, Operation: "a", Attempt: 1, Mode: fault.Close,
	})
}

// Twice is a case of repeats without any fault.
func Twice() model.Case { return Charging([]model.PlannedAttempt{{Repeat: true}, {Repeat: true}}) }
