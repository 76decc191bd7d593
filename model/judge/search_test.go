package judge

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge/internal/state"
	"github.com/idemcheck/idemcheck/model/value"
)

// drawnSearch draws steps over two accounts: a few clients, ends that are known or not, answers
// that fit an order, and sometimes one that does not.
func drawnSearch(r *rand.Rand) *search {
	initial := model.State{"A.balance": int64(r.IntN(20)), "B.balance": int64(r.IntN(20))}
	x := &search{
		spec: bank{}, final: maps.Clone(initial), state: state.New(initial, byResource(initial)),
	}
	for i := range 1 + r.IntN(6) {
		op := &model.Operation{
			ID: fmt.Sprint(i), Type: "charge", Resources: []string{"A"},
			Args: map[string]any{"account": "A", "amount": int64(r.IntN(5))},
		}
		if r.IntN(3) == 0 {
			op.Type, op.Resources = "transfer", []string{"A", "B"}
			op.Args["from"], op.Args["to"] = "A", "B"
		}
		s := &step{
			op: &operationView{Operation: op}, certain: r.IntN(3) > 0, end: open, hint: r.IntN(4),
			call: time.Duration(r.IntN(12)),
		}
		if s.certain && r.IntN(4) > 0 {
			s.end = s.call + time.Duration(r.IntN(6))
		}
		if next, answer, ok := (bank{}).Apply(x.final, op); ok && (s.certain || r.IntN(2) == 0) {
			x.final = next
			if balance := answer["balance"]; s.end != open && r.IntN(2) == 0 {
				s.answer = &model.Answer{Body: fmt.Sprintf(`{"balance":%v}`, balance)}
			}
		}
		x.steps = append(x.steps, s)
	}
	if r.IntN(4) == 0 {
		x.final["A.balance"] = x.final["A.balance"].(int64) + int64(r.IntN(3)-1)
	}
	return x
}

// byPorcupine asks Porcupine the same.
func (x *search) byPorcupine() porcupine.CheckResult {
	initial := x.state.Of(&model.Operation{Resources: []string{"A", "B"}})
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{initial} },
		Step: func(state, in, _ any) []any {
			if final, last := in.(model.State); last {
				if maps.EqualFunc(state.(model.State), final, value.Equal) {
					return []any{state}
				}
				return nil
			}
			s := in.(*step)
			var out []any
			if !s.certain {
				out = append(out, state)
			}
			next, answer, ok := x.spec.Apply(state.(model.State), s.op.Operation)
			if ok && agrees(s.answer, answer) {
				out = append(out, next)
			}
			return out
		},
		Equal: func(a, b any) bool { return maps.EqualFunc(a.(model.State), b.(model.State), value.Equal) },
	}
	var ops []porcupine.Operation
	for i, s := range x.steps {
		ops = append(ops, porcupine.Operation{
			ClientId: i, Input: s, Call: int64(s.call), Return: min(int64(s.end), math.MaxInt64-1),
		})
	}
	ops = append(ops, porcupine.Operation{
		ClientId: len(ops), Input: x.final, Call: math.MaxInt64, Return: math.MaxInt64,
	})
	return porcupine.CheckOperationsTimeout(m.ToModel(), ops, 0)
}

// The search and Porcupine, which knows no hints and no shortcuts, must agree on every history.
func TestTheSearchAgreesWithPorcupine(t *testing.T) {
	count := map[found]int{}
	for seed := range uint64(3000) {
		x := drawnSearch(rand.New(rand.NewPCG(seed, 1)))
		want := map[porcupine.CheckResult]found{
			porcupine.Ok: explained, porcupine.Illegal: impossible,
		}[x.byPorcupine()]
		got := x.run()
		count[got]++
		require.Equal(t, want, got, "seed %d", seed)
	}
	require.Greater(t, count[explained], 500)
	require.Greater(t, count[impossible], 500)
	require.Zero(t, count[gaveUp])
}
