package constraints

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// TestOnlyWorkCanBeInterrupted: a fault that must find the service at work is not planned where a
// right service answers at once.
func TestOnlyWorkCanBeInterrupted(t *testing.T) {
	type op = model.PlannedOperation
	also := func(change func(b *op)) func(a, b *op) {
		return func(a, b *op) { sameKey(a, b); change(b) }
	}
	for name, c := range map[string]struct {
		change func(a, b *op)
		at     string
		ok     bool
	}{
		"a key of its own":             {nil, "b", true},
		"a key that was used before":   {sameKey, "b", false},
		"a key that is used later":     {sameKey, "a", false},
		"another tenant's key":         {also(func(b *op) { b.Tenant = "beta" }), "b", true},
		"another route's key":          {also(func(b *op) { b.Type = "refund" }), "b", true},
		"a key that is nearly another": {also(func(b *op) { b.Key.Variant = 1 }), "b", true},
		"a payload sent before":        {func(a, b *op) { b.CorrelationID = a.CorrelationID }, "b", false},
		"a malformed key":              {func(_, b *op) { b.Key.Style = model.KeyBare }, "b", false},
		"no key":                       {func(_, b *op) { b.Key.Style = model.KeyMissing }, "b", false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []fault.Kind{
				fault.Disconnect, fault.ConcurrentDuplicate, fault.StaggeredDuplicate, fault.Crash,
			} {
				two := twoCharges()
				if c.change != nil {
					c.change(&two.Operations[0], &two.Operations[1])
				}
				two.Faults = []fault.Fault{{Kind: kind, Operation: c.at, Attempt: 1}}
				require.Equal(t, c.ok, Satisfied(&two), kind)
				two.Faults[0].Kind = fault.ResponseLost
				require.True(t, Satisfied(&two), "any answer can be lost")
			}
		})
	}
}

// TestNothingLingersBesideItsOwnKey: a request that is under way while another payload is sent
// under its key leaves open which of the two came first.
func TestNothingLingersBesideItsOwnKey(t *testing.T) {
	for _, kind := range []fault.Kind{
		fault.LateArrival, fault.Reorder, fault.HiddenDuplicate, fault.Partition,
	} {
		two := twoCharges()
		two.Faults = []fault.Fault{{Kind: kind, Operation: "a", Attempt: 1}}
		require.True(t, Satisfied(&two), kind)
		sameKey(&two.Operations[0], &two.Operations[1])
		require.False(t, Satisfied(&two), kind)
	}
}

func sameKey(a, b *model.PlannedOperation) { b.Key = a.Key }

// twoCharges are two charges of one client, one after the other.
func twoCharges() model.Case {
	op := func(id, n string) model.PlannedOperation {
		return model.PlannedOperation{
			ID: id, Type: "charge", Tenant: "alpha", CorrelationID: "m" + n,
			Key:      model.KeyPlan{Name: "k" + n, Style: model.KeyPlain},
			Attempts: []model.PlannedAttempt{{}, {}},
		}
	}
	return model.Case{Operations: []model.PlannedOperation{op("a", "1"), op("b", "2")}}
}
