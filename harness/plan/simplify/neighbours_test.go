package simplify

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

func TestNeighboursAreLikeTheirOperations(t *testing.T) {
	c := stub.Mismatched()
	c.Operations[1].Client = 1
	before := c.Clone()
	out, ok := Crowd(c, 2, stub.Contract(t))
	require.True(t, ok)
	require.Equal(t, before, c, "the case stays as it was")
	var got [][]any
	for _, op := range out.Operations {
		got = append(got, []any{op.ID, op.Client, op.Key.Name, op.CorrelationID, op.Await, op.Args["account"]})
	}
	require.Equal(t, [][]any{
		{"a", 0, "k1", "m1", "", "account-1"},
		{"b", 1, "k1", "m2", "a", "account-1"},
		{"a2", 2, "k1-2", "m1-2", "", "account-1-2"},
		{"b2", 3, "k1-2", "m2-2", "a2", "account-1-2"},
		{"a3", 4, "k1-3", "m1-3", "", "account-1-3"},
		{"b3", 5, "k1-3", "m2-3", "a3", "account-1-3"},
	}, got)
	require.Equal(t, []model.Resource{
		{Name: "account-1", Type: "account"},
		{Name: "account-1-2", Type: "account"},
		{Name: "account-1-3", Type: "account"},
	}, out.Resources)
}

// Without keys and texts of their own, two neighbours are one operation to a service.
func TestNeighboursMustBeToldApart(t *testing.T) {
	c := stub.Charging([]model.PlannedAttempt{{}})
	c.Operations[0].Key.Style = model.KeyMissing
	_, ok := Crowd(c, 1, stub.Contract(t))
	require.True(t, ok, "their resources tell them apart")
	_, ok = Crowd(c, 1, stub.Contract(t, func(c *model.Contract) {
		charge := c.Operations["charge"]
		charge.Body = map[string]any{"amount": "{amount}"}
		c.Operations = map[string]model.OperationType{"charge": charge}
	}))
	require.False(t, ok)
}
