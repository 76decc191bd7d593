package draw

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/harness/plan/internal/request"
	"github.com/idemcheck/idemcheck/harness/plan/internal/samples"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

const seeds = 40

// wide is the stub's contract with all that shapes need: two tenants, two routes on one path, a choice.
func wide(t *testing.T) *model.Contract {
	return stub.Contract(t, func(c *model.Contract) {
		c.Tenants = map[string]model.Tenant{
			"alpha": {Headers: map[string]string{"Authorization": "a"}},
			"beta":  {Headers: map[string]string{"Authorization": "b"}},
		}
		c.Key.Scope = []string{"tenant", "route"}
		c.Promises.Retention = value.Duration(time.Hour)
		charge := c.Operations["charge"]
		charge.Args = map[string]model.Arg{
			"account": {Resource: "account"}, "amount": {Min: 1, Max: 9}, "currency": {OneOf: []any{"EUR", "USD"}},
		}
		charge.Body = map[string]any{
			"account": "{account}", "amount": "{amount}", "currency": "{currency}", "reference": "{mark}",
		}
		charge.FailsWhen = []model.Failure{{Args: map[string]any{"currency": "XXX"}}}
		put := charge
		put.Method = "PUT"
		c.Operations = map[string]model.OperationType{"charge": charge, "put": put}
	})
}

// each draws cases of a scenario with many seeds.
func each(t *testing.T, s scenario.Scenario, see func(one *model.Case)) {
	t.Helper()
	c := wide(t)
	for seed := range seeds {
		one := Case(s, c, []string{"committed"}).Example(seed)
		require.Empty(t, samples.Inconsistent(&one, c), "%+v", one)
		require.True(t, request.OnePerRequest(&one, c), "%+v", one)
		for _, op := range one.Operations {
			require.True(t, differ.Holds(c.Operations[op.Type].Args["amount"], op.Args["amount"]), "%+v", op)
		}
		see(&one)
	}
}

func TestOperationsAreNamed(t *testing.T) {
	for n, want := range map[int]string{0: "a", 25: "z", 26: "aa", 51: "az", 52: "ba", 701: "zz", 702: "aaa"} {
		require.Equal(t, want, OperationID(n))
	}
}

// TestTwoOperationsShareWhatTheirShapeSays: of the two that a wrong service takes for one, what the shape
// names differs and all else is the same.
func TestTwoOperationsShareWhatTheirShapeSays(t *testing.T) {
	type op = model.PlannedOperation
	args := func(o op, name string) any { return o.Args[name] }
	for shape, tt := range map[scenario.Shape]struct{ same, differs map[string]func(op) any }{
		scenario.Mismatch: {
			same: map[string]func(op) any{
				"key": func(o op) any { return o.Key }, "tenant": func(o op) any { return o.Tenant },
				"type": func(o op) any { return o.Type },
			},
			differs: map[string]func(op) any{"payload": func(o op) any { return o.CorrelationID }},
		},
		scenario.OtherResource: {
			same: map[string]func(op) any{
				"key": func(o op) any { return o.Key }, "amount": func(o op) any { return args(o, "amount") },
				"payload": func(o op) any { return o.CorrelationID },
			},
			differs: map[string]func(op) any{"account": func(o op) any { return args(o, "account") }},
		},
		scenario.SameBody: {
			same: map[string]func(op) any{
				"arguments": func(o op) any { return o.Args }, "payload": func(o op) any { return o.CorrelationID },
				"style": func(o op) any { return o.Key.Style },
			},
			differs: map[string]func(op) any{"key": func(o op) any { return o.Key.Name }},
		},
		scenario.Tenants: {
			same: map[string]func(op) any{
				"key": func(o op) any { return o.Key }, "arguments": func(o op) any { return o.Args },
			},
			differs: map[string]func(op) any{"tenant": func(o op) any { return o.Tenant }},
		},
		scenario.Routes: {
			same: map[string]func(op) any{
				"key": func(o op) any { return o.Key.Name }, "arguments": func(o op) any { return o.Args },
				"tenant": func(o op) any { return o.Tenant },
			},
			differs: map[string]func(op) any{"type": func(o op) any { return o.Type }},
		},
		scenario.CollidingKeys: {
			same: map[string]func(op) any{
				"tenant": func(o op) any { return o.Tenant }, "type": func(o op) any { return o.Type },
				"style": func(o op) any { return o.Key.Style },
			},
			differs: map[string]func(op) any{"variant": func(o op) any { return o.Key.Variant }},
		},
	} {
		each(t, scenario.Scenario{Name: "two", Shape: shape}, func(one *model.Case) {
			require.Len(t, one.Operations, 2)
			a, b := one.Operations[0], one.Operations[1]
			for what, of := range tt.same {
				require.Equal(t, of(a), of(b), "%s: %s", shape, what)
			}
			for what, of := range tt.differs {
				require.NotEqual(t, of(a), of(b), "%s: %s", shape, what)
			}
		})
	}
}

func TestNearMismatchesDifferInOneThing(t *testing.T) {
	seen := map[string]int{}
	each(t, scenario.Scenario{Name: "near", Shape: scenario.NearMismatch}, func(one *model.Case) {
		for i := 0; i+1 < len(one.Operations); i += 2 {
			a, b := one.Operations[i], one.Operations[i+1]
			require.Equal(t, a.Key, b.Key)
			require.Equal(t, a.ID, b.Await)
			var other []string
			if a.CorrelationID != b.CorrelationID {
				other = append(other, "correlation ID")
			}
			for name := range a.Args {
				if a.Args[name] != b.Args[name] {
					other = append(other, name)
				}
			}
			require.Len(t, other, 1, "%+v", one)
			seen[other[0]]++
		}
	})
	require.Len(t, seen, 3, "each comes: %v", seen)
}

func TestCopiesAreAbandonedAndTrafficComesBetween(t *testing.T) {
	each(t, scenario.Scenario{Name: "left", Shape: scenario.AbandonedDuplicates}, func(one *model.Case) {
		require.Len(t, one.Operations[0].Attempts, 4)
		require.Equal(t, fault.StaggeredDuplicate, one.Faults[0].Kind)
		leaves := one.Faults[1]
		require.Equal(t, fault.Disconnect, leaves.Kind)
		require.Greater(t, leaves.PerMille, one.Faults[0].PerMille, "the second waits for the first")
		require.Less(t, leaves.PerMille, 2*one.Faults[0].PerMille, "others are still to come")
	})
	all := map[any]bool{}
	each(t, scenario.Scenario{
		Name: "much", Shape: scenario.RetryAfterOtherTraffic, OneResource: true,
		Operations: scenario.Range{Min: 5, Max: 7},
	}, func(one *model.Case) {
		require.LessOrEqual(t, len(one.Operations), 7)
		require.True(t, one.Operations[0].Attempts[0].Repeat, "it has the fault")
		for _, op := range one.Operations[1:] {
			require.False(t, op.Attempts[0].Repeat)
			require.Equal(t, one.Operations[0].Type, op.Type)
			all[op.Args["amount"]] = true
		}
	})
	require.Len(t, all, 9, "all numbers come")
}

func TestFaultsGetTheirAttempts(t *testing.T) {
	s := scenario.Scenario{
		Name: "faults", Faults: []fault.Kind{fault.Disconnect, fault.ResponseLost},
		FaultCount: scenario.Range{Min: 1, Max: 4}, Operations: scenario.Range{Min: 1, Max: 2},
	}
	atOnce := map[bool]int{}
	each(t, s, func(one *model.Case) {
		require.NotEmpty(t, one.Faults)
		next := map[string]int{}
		for _, f := range one.Faults {
			require.Equal(t, next[f.Operation]+1, f.Attempt, "no attempt is left out before it")
			next[f.Operation]++
			require.True(t, f.Kind != fault.Disconnect || f.Attempt == 1)
			after := one.Operation(f.Operation).Attempts[f.Attempt].After
			if f.Kind == fault.Disconnect {
				atOnce[after == 0]++
			} else {
				require.Positive(t, after)
			}
		}
		for _, op := range one.Operations {
			require.Len(t, op.Attempts, next[op.ID]+1, "and one retry")
		}
	})
	require.Greater(t, atOnce[true], 10, "clients that hang up come back at once")
	require.Greater(t, atOnce[false], 10, "or after a while")
}

func TestRepeatsAreOnBothSidesOfTheEdge(t *testing.T) {
	repeats, inside := scenario.Range{Min: 1, Max: 3}, map[bool]int{}
	each(t, scenario.Scenario{Name: "edge", Repeats: repeats, Edge: true}, func(one *model.Case) {
		for _, op := range one.Operations {
			require.GreaterOrEqual(t, len(op.Attempts), 2)
			for _, attempt := range op.Attempts[1:] {
				require.True(t, attempt.Repeat)
				require.NotEqual(t, time.Hour, attempt.After.Std())
				require.InDelta(t, time.Hour, attempt.After.Std(), float64(time.Hour))
				inside[attempt.After.Std() < time.Hour]++
			}
		}
	})
	require.Greater(t, min(inside[true], inside[false]), 20)
	each(t, scenario.Scenario{Name: "late", Repeats: repeats, Pause: time.Second}, func(one *model.Case) {
		for _, op := range one.Operations {
			for _, attempt := range op.Attempts[1:] {
				require.GreaterOrEqual(t, attempt.After.Std(), time.Second/2)
				require.LessOrEqual(t, attempt.After.Std(), time.Second)
			}
		}
	})
}

func copies(n int) fault.Fault {
	return fault.Fault{Kind: fault.ConcurrentDuplicate, Operation: "a", Attempt: 1, Copies: n}
}

// TestRetriesFollowTheLastFault: copies that all come from the client are retries already.
func TestRetriesFollowTheLastFault(t *testing.T) {
	contract := wide(t)
	for name, tt := range map[string]struct {
		faults []fault.Fault
		want   int
	}{
		"none":                      {nil, 1},
		"another operation's":       {[]fault.Fault{{Kind: fault.Delay, Operation: "b", Attempt: 1}}, 1},
		"one":                       {[]fault.Fault{{Kind: fault.Delay, Operation: "a", Attempt: 2}}, 3},
		"copies":                    {[]fault.Fault{copies(3)}, 3},
		"copies before another one": {[]fault.Fault{copies(2), {Kind: fault.Delay, Operation: "a", Attempt: 3}}, 4},
	} {
		waits := map[bool]bool{}
		for seed := range seeds {
			one := dice.Cases(func(roll dice.Dice) model.Case {
				d := New(roll, scenario.Scenario{}, contract)
				d.Case = stub.Charging([]model.PlannedAttempt{{}}, tt.faults...)
				Retries(d, &d.Case.Operations[0], seed%2 == 0)
				return d.Case
			}).Example(seed)
			attempts := one.Operations[0].Attempts
			require.Len(t, attempts, tt.want, name)
			require.False(t, tt.want > 1 && !attempts[tt.want-1].Repeat, "%s: all are made", name)
			late := func(a model.PlannedAttempt) bool { return a.After > 0 }
			require.Zero(t, attempts[0].After)
			if waited := slices.ContainsFunc(attempts, late); waited {
				require.Zero(t, seed%2, "%s: it may not wait", name)
				require.False(t, slices.ContainsFunc(attempts[1:], func(a model.PlannedAttempt) bool { return !late(a) }),
					"%s: all wait", name)
				waits[true] = true
			}
		}
		require.Equal(t, tt.want > 1, waits[true], name)
	}
}

func TestMalformedAndFailingOnesAreDrawn(t *testing.T) {
	each(t, scenario.Scenario{Name: "bad", Shape: scenario.Malformed}, func(one *model.Case) {
		for _, op := range one.Operations {
			require.True(t, op.Key.Style == model.KeyMissing || op.Key.Style.Malformed(), op.Key.Style)
		}
	})
	each(t, scenario.Scenario{Name: "failing", Failing: true}, func(one *model.Case) {
		for _, op := range one.Operations {
			require.Equal(t, "XXX", op.Args["currency"])
		}
	})
}

// TestWhatAServiceCannotTellApartIsLeftOut: without keys, three payloads of two amounts are two.
func TestWhatAServiceCannotTellApartIsLeftOut(t *testing.T) {
	contract := wide(t)
	for typ, op := range contract.Operations {
		op.Body = map[string]any{"amount": "{amount}"}
		op.Args["amount"] = model.Arg{Min: 1, Max: 2}
		contract.Operations[typ] = op
	}
	for seed := range seeds {
		one := dice.Cases(func(roll dice.Dice) model.Case {
			d := New(roll, scenario.Scenario{
				Shape: scenario.Malformed, Types: []string{"charge"}, OneResource: true,
				Operations: scenario.Range{Min: 3, Max: 3},
			}, contract)
			d.Style = model.KeyMissing
			d.Operations()
			return d.Case
		}).Example(seed)
		require.Len(t, one.Operations, 2)
		require.NotEqual(t, one.Operations[0].Args["amount"], one.Operations[1].Args["amount"])
	}
}
