package contract_test

import (
	"encoding/json"
	"maps"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

var _ model.Spec = (*contract.Compiled)(nil)

func reference(t testing.TB) *contract.Compiled {
	t.Helper()
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	compiled, err := contract.Compile(c)
	require.NoError(t, err)
	return compiled
}

func charge(amount any) *model.Operation {
	return &model.Operation{
		ID: "a", Type: "charge", CorrelationID: "m-1", Key: "k-1",
		Args: map[string]any{"account": "alpha/account-1", "amount": amount, "order": int64(1<<60 + 1)},
	}
}

func TestApplyCharge(t *testing.T) {
	spec := reference(t)
	for _, amount := range []any{int64(30), 30, float64(30), json.Number("30")} {
		state := model.State{
			"alpha/account-1.balance": float64(100), "alpha/account-2.balance": int64(5),
		}
		before := maps.Clone(state)
		next, answer, ok := spec.Apply(state, charge(amount))
		require.True(t, ok)
		require.Equal(t, before, state, "the given state is never changed")
		require.Equal(t, model.State{
			"alpha/account-1.balance": int64(70), "alpha/account-2.balance": int64(5),
		}, next)
		require.Equal(t, map[string]any{
			"amount": int64(30), "order": int64(1<<60 + 1), "reference": "m-1", "balance": int64(70),
		}, answer)
	}
	require.NoError(t, spec.Err())
}

func TestApplyWhenFalse(t *testing.T) {
	spec := reference(t)
	_, _, ok := spec.Apply(model.State{"alpha/account-1.balance": int64(29)}, charge(30))
	require.False(t, ok)
	require.NoError(t, spec.Err(), "a refusal is no failure")
}

// TestApplyAddsUpCents: 1 is what ten dimes make, as whoever counts in cents says.
func TestApplyAddsUpCents(t *testing.T) {
	spec := reference(t)
	state := model.State{"alpha/account-1.balance": int64(1)}
	for range 10 {
		next, _, ok := spec.Apply(state, charge(0.1))
		require.True(t, ok, "%v", state)
		state = next
	}
	require.Equal(t, model.State{"alpha/account-1.balance": int64(0)}, state)
	state = model.State{"alpha/account-1.balance": 0.00000003}
	next, _, ok := spec.Apply(state, charge(0.00000001))
	require.True(t, ok)
	require.Equal(t, model.State{"alpha/account-1.balance": 0.00000002}, next)
}

func TestApplyThroughNeeds(t *testing.T) {
	op := &model.Operation{
		ID: "r", Type: "refund", CorrelationID: "m",
		Args: map[string]any{
			"charge": "b/charge-1", "charge.account": "b/account-9", "amount": int64(100),
		},
	}
	state := model.State{"b/charge-1.refunded": int64(300), "b/account-9.balance": int64(600)}
	next, answer, ok := reference(t).Apply(state, op)
	require.True(t, ok)
	require.Equal(t, model.State{
		"b/charge-1.refunded": int64(400), "b/account-9.balance": int64(700),
	}, next)
	require.Equal(t, int64(700), answer["balance"])
	_, _, ok = reference(t).Apply(next, op)
	require.False(t, ok, "400 is all there is to refund")
}

// TestApplySimultaneous swaps two variables: every right-hand side must see the old state.
func TestApplySimultaneous(t *testing.T) {
	c, err := contract.Parse("x", []byte(spoil(t, "      account.balance: account.balance - amount",
		"      account.balance: account.old\n      account.old: account.balance")))
	require.ErrorContains(t, err, "account.old")
	require.Nil(t, c)
	c, err = contract.Parse("x", []byte(minimal))
	require.NoError(t, err)
	account := c.Resources["account"]
	account.State["old"] = model.Variable{Field: "old"}
	op := c.Operations["charge"]
	op.Then = map[string]string{"account.balance": "account.old", "account.old": "account.balance"}
	c.Operations["charge"] = op
	spec, err := contract.Compile(c)
	require.NoError(t, err)
	state := model.State{"alpha/account-1.balance": int64(50), "alpha/account-1.old": int64(7)}
	next, _, ok := spec.Apply(state, charge(1))
	require.True(t, ok)
	require.Equal(t, model.State{
		"alpha/account-1.balance": int64(7), "alpha/account-1.old": int64(50),
	}, next)
}

func TestApplyCannotEvaluate(t *testing.T) {
	transfer := &model.Operation{ID: "t", Type: "transfer", Args: map[string]any{
		"from": "a/x", "to": "a/x", "amount": 1,
	}}
	for name, tc := range map[string]struct {
		state model.State
		op    *model.Operation
		want  string
	}{
		"type":     {nil, &model.Operation{ID: "z", Type: "nope"}, "not in the contract"},
		"argument": {nil, &model.Operation{Type: "charge"}, "has no argument"},
		"variable": {model.State{}, charge(1), `no variable "alpha/account-1.balance"`},
		"value":    {model.State{"alpha/account-1.balance": "many"}, charge(1), "'s charge"},
		"null":     {model.State{"alpha/account-1.balance": nil}, charge(1), "'s charge"},
		"same":     {model.State{"a/x.balance": int64(5)}, transfer, "the same resource"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := reference(t)
			_, _, ok := spec.Apply(tc.state, tc.op)
			require.False(t, ok)
			require.ErrorContains(t, spec.Err(), tc.want)
		})
	}
}

func TestEffects(t *testing.T) {
	got, err := reference(t).Effects(charge(float64(30)))
	require.NoError(t, err)
	require.Equal(t, []model.Effect{
		{
			Ledger: "effects", Kind: "charge", Resource: "alpha/account-1",
			Key: "k-1", CorrelationID: "m-1",
			Fields: map[string]any{"amount": int64(30), "reference": "m-1"},
		},
		{
			Ledger: "effects", Kind: "receipt", Resource: "alpha/account-1",
			Key: "k-1", CorrelationID: "m-1", Notification: true,
		},
	}, got)
	_, err = reference(t).Effects(&model.Operation{
		ID: "a", Type: "refund", Args: map[string]any{"amount": 1},
	})
	require.ErrorContains(t, err, `no resource "charge.account"`)
}

func TestApplyFromManyGoroutines(t *testing.T) {
	spec := reference(t)
	var wg sync.WaitGroup
	for amount := range 8 {
		wg.Go(func() {
			for range 200 {
				state := model.State{"alpha/account-1.balance": int64(100)}
				next, _, ok := spec.Apply(state, charge(amount))
				if !ok || next["alpha/account-1.balance"] != int64(100-amount) {
					t.Errorf("amount %d: got %v, %v", amount, next, ok)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestCompileFromJSON replays a plan: its contract comes from JSON, with floats for numbers.
func TestCompileFromJSON(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	text, err := json.Marshal(c)
	require.NoError(t, err)
	var again model.Contract
	require.NoError(t, json.Unmarshal(text, &again))
	spec, err := contract.Compile(&again)
	require.NoError(t, err)
	next, _, ok := spec.Apply(model.State{"alpha/account-1.balance": int64(100)}, charge(1))
	require.True(t, ok)
	require.Equal(t, int64(99), next["alpha/account-1.balance"])
}

func TestCompileBadFromGo(t *testing.T) {
	c := &model.Contract{Operations: map[string]model.OperationType{"x": {When: "nope > 1"}}}
	_, err := contract.Compile(c)
	var e *contract.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "operations.x.when", e.Path)
	require.ErrorContains(t, err, `operations.x.when: unknown name "nope"`)
}

func BenchmarkApply(b *testing.B) {
	spec := reference(b)
	state := model.State{"alpha/account-1.balance": int64(100)}
	op := charge(int64(5))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := spec.Apply(state, op); !ok {
			b.Fatal(spec.Err())
		}
	}
}
