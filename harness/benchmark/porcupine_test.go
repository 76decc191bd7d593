package benchmark_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// porcupineLimit is when the peer is stopped: then the ratio is a lower bound.
const porcupineLimit = time.Minute

// charged is one operation as a person would give it to Porcupine.
type charged struct {
	account int
	amount  int64
	// unknown: nobody was told whether it happened.
	unknown bool
}

// BenchmarkJudgeAgainstPorcupine compares the whole judgement of one history of 10 clients and
// 10,000 operations, a twentieth of them with unknown outcomes, with one unpartitioned check of the
// same operations by Porcupine: where every answer shows the balance, which leaves little to search,
// and where answers show none.
func BenchmarkJudgeAgainstPorcupine(b *testing.B) {
	b.Run("balances shown", func(b *testing.B) { besidePorcupine(b, false) })
	b.Run("balances not shown", func(b *testing.B) { besidePorcupine(b, true) })
}

func besidePorcupine(b *testing.B, hidden bool) {
	b.Helper()
	h, c := oneCase(b, 10, 10_000, "listed")
	what := "every answer shows the balance"
	if hidden {
		what = "no answer shows a balance"
		charge := c.Operations["charge"]
		charge.Answer.Fields = maps.Clone(charge.Answer.Fields)
		delete(charge.Answer.Fields, "balance")
		c.Operations["charge"] = charge
	}
	m, operations := forPorcupine(h, hidden)
	var f figure
	for b.Loop() {
		var ours []float64
		for range rounds {
			ours = append(ours, judgeOne(b, h, c).Seconds())
		}
		begun := time.Now()
		result := porcupine.CheckOperationsTimeout(m, operations, porcupineLimit)
		f = figure{
			Name: "judge-vs-porcupine: seconds beside one unpartitioned check, " + what, Unit: "s",
			Ours: median(ours), Peer: time.Since(begun).Seconds(), Goal: 0.01,
		}
		require.NotEqual(b, porcupine.Illegal, result, "the history is right")
		if result == porcupine.Unknown {
			f.Name += "; the peer was stopped, so that the ratio is at most this"
		}
		f.Ratio = f.Ours / f.Peer
	}
	report(b, f)
	save(b, []figure{f})
}

// TestPorcupineAgreesOnASmallHistory shows that the peer is asked the right question: it finds an
// order of a small history, and none when an answer is changed.
func TestPorcupineAgreesOnASmallHistory(t *testing.T) {
	h, c := oneCase(t, 2, 60, "listed")
	judgeOne(t, h, c)
	m, operations := forPorcupine(h, false)
	require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(m, operations, time.Minute))
	i := slices.IndexFunc(operations, func(o porcupine.Operation) bool { return o.Output != nil })
	operations[i].Output = operations[i].Output.(int64) + 1_000_000
	require.Equal(t, porcupine.Illegal, porcupine.CheckOperationsTimeout(m, operations, time.Minute))
}

// forPorcupine turns a history into Porcupine's terms without any partition: all balances are one
// state, and an unknown operation returns at the end of time with both outcomes. What was left at the
// end is one more operation.
func forPorcupine(h *model.History, hidden bool) (porcupine.Model, []porcupine.Operation) {
	numbers := map[string]int{}
	var initial []int64
	for _, op := range h.Operations {
		if _, known := numbers[op.Resources[0]]; !known {
			numbers[op.Resources[0]] = len(initial)
			initial = append(initial, h.Initial[op.Resources[0]+".balance"].(int64))
		}
	}
	m := porcupine.NondeterministicModel{
		Init:  func() []any { return []any{initial} },
		Step:  stepped,
		Equal: func(a, b any) bool { return slices.Equal(a.([]int64), b.([]int64)) },
	}
	calls, answers := ends(h)
	var out []porcupine.Operation
	for _, op := range h.Operations {
		o := porcupine.Operation{
			ClientId: len(out), Call: int64(calls[op.ID]), Return: math.MaxInt64 - 1,
			Input: charged{account: numbers[op.Resources[0]], amount: op.Args["amount"].(int64)},
		}
		if a, known := answers[op.ID]; known {
			o.Return = int64(a.At)
			if !hidden {
				o.Output = value.Field(a.Answer.Body, "balance")
			}
		} else {
			in := o.Input.(charged)
			in.unknown = true
			o.Input = in
		}
		out = append(out, o)
	}
	for _, e := range h.Events {
		if n, known := numbers[strings.TrimSuffix(e.Name, ".balance")]; known {
			out = append(out, porcupine.Operation{
				ClientId: len(out), Call: math.MaxInt64, Return: math.MaxInt64,
				Input: charged{account: n}, Output: e.Value,
			})
		}
	}
	return m.ToModel(), out
}

// stepped charges an account.
func stepped(state, in, out any) []any {
	op := in.(charged)
	next := slices.Clone(state.([]int64))
	next[op.account] -= op.amount
	if op.unknown {
		return []any{state, next}
	}
	if out != nil && next[op.account] != out.(int64) {
		return nil
	}
	return []any{next}
}

// ends returns when every operation began, and its first answer.
func ends(h *model.History) (map[string]time.Duration, map[string]model.Event) {
	calls, answers := map[string]time.Duration{}, map[string]model.Event{}
	for _, e := range h.Events {
		if _, known := calls[e.Operation]; e.Kind == model.Invoke && !known {
			calls[e.Operation] = e.At
		}
		if _, known := answers[e.Operation]; e.Kind == model.Answered && !known {
			answers[e.Operation] = e
		}
	}
	return calls, answers
}
