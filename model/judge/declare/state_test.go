package declare

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// pays takes an amount from a balance, or sets it where the operation says so.
type pays struct{}

// Apply implements [model.Spec].
func (pays) Apply(s model.State, op *model.Operation) (model.State, map[string]any, bool) {
	left := s["a.balance"].(int) - op.Args["amount"].(int)
	if op.Args["sets"] != nil {
		left = op.Args["amount"].(int)
	}
	return model.State{"a.balance": left}, nil, left >= 0
}

// paying is an operation, and paid the end of an attempt at it.
func paying(id string, args map[string]any) model.Operation {
	return model.Operation{ID: id, Type: "pay", Key: "key-" + id, Args: args}
}

func paid(id string, status int) model.Event {
	return model.Event{Kind: model.Return, Operation: id, Answer: &model.Answer{Status: status}}
}

func TestTheDeclaredStateIsSaidOnlyWhereItIsCertain(t *testing.T) {
	c := &model.Contract{Operations: map[string]model.OperationType{
		"pay": {OK: []int{201}, Refused: []int{402}},
	}}
	of := func(amount int) map[string]any { return map[string]any{"amount": amount} }
	one, other := paying("a", of(2)), paying("b", of(3))
	sets := paying("b", map[string]any{"amount": 7, "sets": true})
	again := other
	again.Key = one.Key
	for _, tt := range []struct {
		name   string
		ops    []model.Operation
		events []model.Event
		want   model.State
	}{
		{"one", []model.Operation{one}, []model.Event{paid("a", 201)}, model.State{"a.balance": 8}},
		{
			"a refused one does nothing",
			[]model.Operation{one, other},
			[]model.Event{paid("a", 201), paid("b", 402)},
			model.State{"a.balance": 8},
		},
		{
			"the order is no matter",
			[]model.Operation{one, other},
			[]model.Event{paid("b", 201), paid("a", 201)},
			model.State{"a.balance": 5},
		},
		{
			"the order matters",
			[]model.Operation{one, sets},
			[]model.Event{paid("b", 201), paid("a", 201)},
			nil,
		},
		{
			"nobody knows of one",
			[]model.Operation{one, other},
			[]model.Event{paid("a", 201), paid("b", 500)},
			nil,
		},
		{
			"one key",
			[]model.Operation{one, again},
			[]model.Event{paid("a", 201), paid("b", 201)},
			nil,
		},
		{"it cannot be", []model.Operation{paying("a", of(11))}, []model.Event{paid("a", 201)}, nil},
	} {
		h := &model.History{
			Initial: model.State{"a.balance": 10}, Operations: tt.ops, Events: tt.events,
		}
		require.Equal(t, tt.want, State(h, c, pays{}), tt.name)
	}
}
