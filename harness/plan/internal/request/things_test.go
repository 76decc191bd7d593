package request

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// TestWhatIsDoneOnceIsOneThingForEachResource: without keys and with an answer that says "done before", two
// operations on one resource are one, whatever else their payloads hold.
func TestWhatIsDoneOnceIsOneThingForEachResource(t *testing.T) {
	contract := func(change func(*model.Contract)) *model.Contract {
		c := buying()
		c.Promises.Done = []int{409}
		c.Operations["close"] = model.OperationType{
			Method: "POST", Path: "/buyers/{buyer}/close", Body: map[string]any{"reason": "{mark}"},
			Args: map[string]model.Arg{"buyer": {Resource: "buyer"}},
		}
		if change != nil {
			change(c)
		}
		return c
	}
	body := func(text string) func(*model.Contract) {
		return func(c *model.Contract) {
			op := c.Operations["close"]
			op.Body = text
			c.Operations["close"] = op
		}
	}
	a := model.PlannedOperation{
		ID: "a", Type: "close", Tenant: "north", CorrelationID: "m1",
		Key: model.KeyPlan{Name: "k1"}, Args: map[string]any{"buyer": "buyer-1"},
	}
	b := a
	b.ID, b.CorrelationID, b.Key.Name = "b", "m2", "k2"
	elsewhere := b
	elsewhere.Args = map[string]any{"buyer": "buyer-2"}
	for name, tt := range map[string]struct {
		change func(*model.Contract)
		other  model.PlannedOperation
		same   bool
	}{
		"one resource":           {nil, b, true},
		"two resources":          {nil, elsewhere, false},
		"nothing is done once":   {func(c *model.Contract) { c.Promises.Done = nil }, b, false},
		"a key tells them apart": {body("{key}"), b, false},
		"the same bytes": {func(c *model.Contract) {
			c.Promises.Done = nil
			body("{buyer.id}")(c)
		}, b, true},
		"no resource at all": {func(c *model.Contract) {
			op := c.Operations["close"]
			op.Path, op.Args = "/close", nil
			c.Operations["close"] = op
		}, b, false},
	} {
		one := model.Case{Operations: []model.PlannedOperation{a, tt.other}}
		require.Equal(t, !tt.same, OnePerRequest(&one, contract(tt.change)), name)
	}
}

func TestKeysAreCompared(t *testing.T) {
	c := buying()
	c.Key.Header = "Idempotency-Key"
	c.Operations["own"] = model.OperationType{Method: "POST", Path: "/owners"}
	op := func(key string) model.PlannedOperation {
		return model.PlannedOperation{
			Type: "own", Tenant: "north", Key: model.KeyPlan{Name: key, Style: model.KeyPlain},
		}
	}
	for want, second := range map[bool]string{false: "k1", true: "k2"} {
		one := model.Case{Operations: []model.PlannedOperation{op("k1"), op(second)}}
		require.Equal(t, want, OnePerRequest(&one, c), second)
	}
}

func TestResourcesThatNobodyNeedsAreLeftOut(t *testing.T) {
	all := []model.Resource{
		{Name: "owner-1", Type: "owner"},
		{Name: "owner-2", Type: "owner"},
		{Name: "buyer-1", Type: "buyer"},
		{Name: "buyer-2", Type: "buyer"},
	}
	for name, tt := range map[string]struct {
		args map[string]any
		want []string
	}{
		"nothing is named":           {map[string]any{"amount": int64(5)}, nil},
		"what is named":              {map[string]any{"owner": "owner-2"}, []string{"owner-2"}},
		"what is named and needs it": {map[string]any{"buyer": "buyer-2"}, []string{"owner-1", "buyer-2"}},
		"a name of none":             {map[string]any{"buyer": "buyer-9"}, nil},
	} {
		one := model.Case{Resources: all, Operations: []model.PlannedOperation{{Args: tt.args}}}
		var got []string
		for _, r := range UsedResources(one, buying()) {
			got = append(got, r.Name)
		}
		require.Equal(t, tt.want, got, name)
		require.Len(t, one.Resources, 4, "the case stays as it was")
	}
	require.Empty(t, FirstOf(all, "nobody"))
	require.Equal(t, "buyer-1", FirstOf(all, "buyer"))
}
