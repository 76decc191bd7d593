package request

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// buying is a contract by which buyers have owners. Keys are in the body, and have no header.
func buying() *model.Contract {
	yes := true
	return &model.Contract{
		Tenants: map[string]model.Tenant{"north": {Headers: map[string]string{"Authorization": "n"}}},
		Key:     model.Key{Required: &yes},
		Resources: map[string]model.ResourceType{
			"owner": {}, "buyer": {Needs: map[string]string{"owner": "owner"}},
		},
		Operations: map[string]model.OperationType{},
	}
}

// A service sees ids, so what stands for them in a plan must be equal where they are.
func TestPlannedRequestsAreEqualWhereTheRealOnesAre(t *testing.T) {
	c := buying()
	c.Operations["own"] = model.OperationType{
		Method: "POST", Path: "/owners/{buyer.owner}", Body: "{key} {buyer.id} {{key}}", OK: []int{201},
		Args: map[string]model.Arg{"buyer": {Resource: "buyer"}},
	}
	one := model.Case{Resources: []model.Resource{
		{Name: "owner-1", Type: "owner"}, {Name: "buyer-1", Type: "buyer"}, {Name: "buyer-2", Type: "buyer"},
	}}
	op := func(buyer, key string, style model.KeyStyle) *model.PlannedOperation {
		return &model.PlannedOperation{
			Type: "own", Tenant: "north", Args: map[string]any{"buyer": buyer},
			Key: model.KeyPlan{Name: key, Style: style}, CorrelationID: fmt.Sprint("m", key),
		}
	}
	requests := Of(&one, c)
	require.Equal(t, "POST /owners/owner-1 map[] ic-000000000000-k1 buyer-1 {key}",
		requests.payload(op("buyer-1", "k1", model.KeyPlain)))
	require.True(t, requests.Same(op("buyer-1", "k1", model.KeyPlain), op("buyer-1", "k1", model.KeyPlain)))
	require.False(t, requests.Same(op("buyer-1", "k1", model.KeyPlain), op("buyer-2", "k1", model.KeyPlain)))
	require.False(t, requests.Same(op("buyer-1", "k1", model.KeyPlain), op("buyer-1", "k2", model.KeyPlain)))
	require.True(t, requests.Same(op("buyer-1", "k1", model.KeyMissing), op("buyer-1", "k2", model.KeyMissing)))
	no := false
	c.Key.Header, c.Key.Required = "Idempotency-Key", &no
	require.False(t, requests.Same(op("buyer-1", "k1", model.KeyMissing), op("buyer-1", "k2", model.KeyMissing)),
		"two operations by contract")
}

func TestWhatEachAttemptHasForItselfTellsNoOperationsApart(t *testing.T) {
	c := buying()
	c.Operations["choose"] = model.OperationType{
		Method: "POST", Path: "/choices", Body: "{key} {attempt}", OK: []int{201},
		Args: map[string]model.Arg{"colour": {OneOf: []any{"red", "blue"}}},
	}
	op := model.PlannedOperation{Type: "choose", Key: model.KeyPlan{Name: "k1"}}
	other := op
	other.CorrelationID = "m2"
	requests := Of(&model.Case{}, c)
	require.True(t, requests.Same(&op, &other))
	choose := c.Operations["choose"]
	choose.Body, choose.Headers = "x", map[string]string{"X-Key": "{key}"}
	c.Operations["choose"] = choose
	require.True(t, requests.Same(&op, &other))
	other.Key.Name = "k2"
	require.False(t, requests.Same(&op, &other), "their headers differ")
}
