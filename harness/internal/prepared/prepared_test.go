package prepared_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/prepared"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// buying is a contract in which a cart is made for an account, with some amount in it.
func buying(header string, steps ...exchange.SetupStep) *model.Contract {
	return &model.Contract{
		Key: model.Key{Header: header},
		Operations: map[string]model.OperationType{"buy": {
			Path: "/carts/{cart}", Body: map[string]any{"n": "{n}"}, Before: steps,
		}},
	}
}

func TestOperationsShareWhatWasMadeForThem(t *testing.T) {
	cart := exchange.SetupStep{Path: "/carts", Body: map[string]any{"amount": "{amount}"}}
	marked := exchange.SetupStep{Path: "/carts", Form: map[string]any{"note": "{mark}"}}
	one := model.PlannedOperation{
		ID: "a", Type: "buy", CorrelationID: "m1", Key: model.KeyPlan{Name: "k1", Style: model.KeyPlain},
		Args: map[string]any{"amount": int64(3), "n": int64(1)},
	}
	type op = *model.PlannedOperation
	for name, c := range map[string]struct {
		contract *model.Contract
		change   func(op)
		share    bool
	}{
		"a twin":                 {buying("Key", cart), func(op) {}, true},
		"another payload":        {buying("Key", cart), func(o op) { o.Args["n"] = int64(2) }, true},
		"another mark":           {buying("Key", cart), func(o op) { o.CorrelationID = "m2" }, true},
		"a mark in its cart":     {buying("Key", marked), func(o op) { o.CorrelationID = "m2" }, false},
		"another cart":           {buying("Key", cart), func(o op) { o.Args["amount"] = 4 }, false},
		"another key":            {buying("Key", cart), func(o op) { o.Key.Name = "k2" }, false},
		"a key that is alike":    {buying("Key", cart), func(o op) { o.Key.Variant = 1 }, false},
		"another caller":         {buying("Key", cart), func(o op) { o.Tenant = "beta" }, false},
		"no key, and its twin":   {buying("", cart), func(o op) { o.Key.Name = "k2" }, true},
		"no key, and a new mark": {buying("", cart), func(o op) { o.CorrelationID = "m2" }, false},
	} {
		other := one
		other.ID, other.Args = "b", map[string]any{"amount": int64(3), "n": int64(1)}
		c.change(&other)
		require.Equal(t, c.share,
			prepared.Name(c.contract, &one) == prepared.Name(c.contract, &other), name)
	}
	require.Empty(t, prepared.Name(buying("Key"), &one))
}
