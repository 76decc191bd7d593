package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

func TestShapes(t *testing.T) {
	c := promises(t)
	// Operations that a service keeps apart by their scope may come at one instant; of others the
	// first is to be done before the second comes.
	scopes := map[string]bool{"tenants-share-a-key": true, "routes-share-a-key": true}
	for name, related := range map[string]func(*testing.T, model.PlannedOperation, model.PlannedOperation){
		"payload-mismatch": func(t *testing.T, a, b model.PlannedOperation) {
			require.Equal(t, []any{a.Key, a.Tenant, a.Type}, []any{b.Key, b.Tenant, b.Type})
			require.NotEqual(t, []any{a.CorrelationID, a.Args}, []any{b.CorrelationID, b.Args})
		},
		"tenants-share-a-key": func(t *testing.T, a, b model.PlannedOperation) {
			require.Equal(t, []any{a.Key, a.CorrelationID, a.Args, a.Type},
				[]any{b.Key, b.CorrelationID, b.Args, b.Type})
			require.NotEqual(t, a.Tenant, b.Tenant)
		},
		"routes-share-a-key": func(t *testing.T, a, b model.PlannedOperation) {
			require.Equal(t, []any{a.Key, a.Tenant}, []any{b.Key, b.Tenant})
			require.NotEqual(t, route(c, a), route(c, b))
		},
		"same-payload-different-key": func(t *testing.T, a, b model.PlannedOperation) {
			require.Equal(t, []any{a.CorrelationID, a.Tenant, a.Args, a.Type},
				[]any{b.CorrelationID, b.Tenant, b.Args, b.Type})
			require.NotEqual(t, a.Key, b.Key)
		},
		"colliding-keys": func(t *testing.T, a, b model.PlannedOperation) {
			require.Equal(t, []any{a.Key.Name, a.Key.Style}, []any{b.Key.Name, b.Key.Style})
			require.Equal(t, []int{0, 1}, []int{a.Key.Variant, b.Key.Variant})
			require.Equal(t, []any{a.Tenant, a.Type}, []any{b.Tenant, b.Type})
			alike := []model.KeyStyle{model.KeyCase, model.KeyLong, model.KeySpaces, model.KeyHash}
			require.Contains(t, alike, a.Key.Style)
			require.NotEqual(t, a.CorrelationID, b.CorrelationID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			atOnce := 0
			for seed := range uint64(100) {
				ops := drawnFrom(t, c, seed, catalogue(t, name)...).Cases[0].Operations
				require.Len(t, ops, 2)
				require.Empty(t, ops[1].After)
				if ops[0].Client != ops[1].Client {
					atOnce++
				}
				related(t, ops[0], ops[1])
			}
			require.Equal(t, scopes[name], atOnce > 0, "%d of two clients at once", atOnce)
			require.Less(t, atOnce, 80, "one after the other too")
		})
	}
}

func route(c *model.Contract, op model.PlannedOperation) string {
	return c.Operations[op.Type].Method + " " + c.Operations[op.Type].Path
}

func TestNearMismatchesDifferInOneThing(t *testing.T) {
	c, only := promises(t), map[string]int{} // what the two payloads differ in
	for seed := range uint64(200) {
		ops := drawnFrom(t, c, seed, catalogue(t, "payload-near-mismatch")...).Cases[0].Operations
		for i := 0; i < len(ops); i += 2 {
			a, b := ops[i], ops[i+1]
			require.Equal(t, []any{a.Key, a.Tenant, a.Type}, []any{b.Key, b.Tenant, b.Type})
			var differ []string
			if a.CorrelationID != b.CorrelationID {
				differ = append(differ, "mark")
			}
			for name, value := range a.Args {
				if b.Args[name] != value {
					differ = append(differ, name)
					require.Contains(t, []int64{1, -1}, value.(int64)-b.Args[name].(int64))
				}
			}
			require.Len(t, differ, 1)
			only[differ[0]]++
		}
	}
	for _, name := range []string{"mark", "amount", "order", "more"} {
		require.Positive(t, only[name], "%s alone; %v", name, only)
	}
	require.Greater(t, only["order"], only["amount"]/4, "numbers beyond 2^53 come often")
}

// A currency that is not part of what is compared is found only where two payloads differ in
// nothing else.
func TestNearMismatchesDifferInOneChoice(t *testing.T) {
	c := promises(t, func(c *model.Contract) {
		op := c.Operations["charge"]
		op.Body = map[string]any{"account": "{account}", "currency": "{currency}", "reference": "{mark}"}
		op.Args = map[string]model.Arg{
			"account": op.Args["account"], "amount": op.Args["amount"],
			"currency": {OneOf: []any{"EUR", "USD"}}, "country": {OneOf: []any{"DE"}},
		}
		c.Operations = map[string]model.OperationType{"charge": op}
	})
	only := map[string]int{}
	for seed := range uint64(50) {
		ops := drawnFrom(t, c, seed, catalogue(t, "payload-near-mismatch")...).Cases[0].Operations
		for i := 0; i < len(ops); i += 2 {
			a, b := ops[i], ops[i+1]
			require.Contains(t, []any{"EUR", "USD"}, b.Args["currency"])
			require.NotEqual(t, a.CorrelationID != b.CorrelationID, a.Args["currency"] != b.Args["currency"])
			only[fmt.Sprint(a.CorrelationID == b.CorrelationID)]++
		}
	}
	require.Len(t, only, 2)
}

func TestNearMismatchesNeedWhatIsSent(t *testing.T) {
	fixed := func(body map[string]any) *model.Contract {
		return promises(t, func(c *model.Contract) {
			op := c.Operations["charge"]
			op.Body = body
			c.Operations = map[string]model.OperationType{"charge": op}
		})
	}
	near := catalogue(t, "payload-near-mismatch")[0]
	require.Contains(t, plan.Applicable(near, fixed(map[string]any{"account": "{account}"})), "{mark}")
	only := fixed(map[string]any{"account": "{account}", "amount": "{amount}"})
	require.Empty(t, plan.Applicable(near, only))
	for seed := range uint64(30) {
		ops := drawnFrom(t, only, seed, near).Cases[0].Operations
		require.NotEqual(t, ops[0].Args["amount"], ops[1].Args["amount"])
	}
}

func TestKeysAreLeftOutOnlyWhereNoneIsNeeded(t *testing.T) {
	for required, want := range map[bool][]model.KeyStyle{
		true: {model.KeyPlain}, false: {model.KeyPlain, model.KeyMissing},
	} {
		c := promises(t, func(c *model.Contract) { c.Key.Required = &required })
		met := map[model.KeyStyle]bool{}
		for seed := range uint64(50) {
			ops := drawnFrom(t, c, seed, catalogue(t, "same-payload-different-key")...).Cases[0].Operations
			require.Equal(t, ops[0].Key.Style, ops[1].Key.Style)
			met[ops[0].Key.Style] = true
		}
		require.Len(t, met, len(want))
		for _, style := range want {
			require.True(t, met[style], style)
		}
	}
}

func TestIndependentOperationsShareNoKeys(t *testing.T) {
	for seed := range uint64(50) {
		rows := catalogue(t, "concurrent-clients", "mixed-faults")
		for _, one := range drawnFrom(t, promises(t), seed, rows...).Cases {
			keys, ids := map[string]bool{}, map[string]bool{}
			for _, op := range one.Operations {
				keys[op.Key.Name], ids[op.CorrelationID] = true, true
			}
			require.Len(t, keys, len(one.Operations))
			require.Len(t, ids, len(one.Operations))
		}
	}
}

func TestOtherCasesSpreadOverTwoResources(t *testing.T) {
	s := plan.Scenario{Name: "spread", Types: []string{"charge"}, Operations: plan.Range{Min: 1, Max: 1}}
	used := map[any]bool{}
	for seed := range uint64(30) {
		used[drawnFrom(t, promises(t), seed, s).Cases[0].Operations[0].Args["account"]] = true
	}
	require.Equal(t, map[any]bool{"account-1": true, "account-2": true}, used)
}

func TestASurgeMeetsOnOneResource(t *testing.T) {
	for seed := range uint64(50) {
		one := drawnFrom(t, promises(t), seed, catalogue(t, "concurrent-clients")...).Cases[0]
		clients := map[int]bool{}
		for _, op := range one.Operations {
			clients[op.Client] = true
			require.Equal(t, "alpha", op.Tenant)
			require.Zero(t, op.After)
		}
		require.GreaterOrEqual(t, len(clients), 6)
		require.LessOrEqual(t, len(one.Resources), 3, "two accounts for a transfer, a charge to refund")
	}
}

func TestScenariosThatTheContractLeavesNoRoomFor(t *testing.T) {
	no := false
	for _, tt := range []struct {
		scenario string
		change   func(*model.Contract)
		says     string
	}{
		{
			"payload-mismatch", func(c *model.Contract) {
				c.Promises.Mismatch, c.Promises.MismatchAnswer = nil, ""
			}, "promises.mismatch",
		},
		{
			"payload-mismatch", func(c *model.Contract) {
				c.Promises.Mismatch, c.Promises.MismatchAnswer = nil, "refused"
			}, "promises.mismatch",
		},
		{
			"malformed-keys", func(c *model.Contract) { c.Promises.Missing, c.Promises.Malformed = nil, nil },
			"promises.missing, promises.malformed",
		},
		{
			"malformed-keys", func(c *model.Contract) { c.Promises.Malformed, c.Key.Required = nil, &no },
			"refuses no keys",
		},
		{"tenants-share-a-key", func(c *model.Contract) { delete(c.Tenants, "beta") }, "no two tenants"},
		{"tenants-share-a-key", func(c *model.Contract) { c.Key.Scope = []string{"route"} }, "key.scope"},
		{"routes-share-a-key", func(c *model.Contract) { c.Key.Scope = []string{"tenant"} }, "key.scope"},
		{
			"routes-share-a-key", func(c *model.Contract) {
				c.Operations = map[string]model.OperationType{
					"charge": c.Operations["charge"], "overdraw": c.Operations["overdraw"],
				}
			}, "no two routes",
		},
	} {
		t.Run(tt.scenario+" "+tt.says, func(t *testing.T) {
			s := catalogue(t, tt.scenario)
			require.Empty(t, plan.Applicable(s[0], promises(t)))
			c := promises(t, tt.change)
			require.Contains(t, plan.Applicable(s[0], c), tt.says)
			_, err := plan.Draw(plan.Options{Contract: c, Scenarios: s})
			require.EqualError(t, err, "drawing a plan: no chosen scenario applies to the contract: "+
				s[0].Name+": "+plan.Applicable(s[0], c))
			plan := drawnFrom(t, c, 1, append(s, catalogue(t, "slow")...)...)
			for _, one := range plan.Cases {
				require.Equal(t, "slow", one.Scenario)
			}
		})
	}
}

func TestOnlyBadKeysThatAreRefusedAreDrawn(t *testing.T) {
	no := false
	all := []model.KeyStyle{
		model.KeyMissing, model.KeyEmpty, model.KeyTooLong, model.KeyUnterminated, model.KeyNonASCII,
		model.KeyTwoLines, model.KeyParameters, model.KeyBare,
	}
	for _, tt := range []struct {
		name   string
		change func(*model.Contract)
		want   []model.KeyStyle
	}{
		{"everything", func(*model.Contract) {}, all},
		{"optional", func(c *model.Contract) { c.Key.Required = &no }, all[1:]},
		{"bare", func(c *model.Contract) { c.Key.Quoted = &no }, all[:3]},
		{"no length", func(c *model.Contract) { c.Key.MaxLength = 0 }, append(slices.Clone(all[:2]), all[3:]...)},
		{"required only", func(c *model.Contract) { c.Promises.Malformed = nil }, all[:1]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, seen := promises(t, tt.change), map[model.KeyStyle]bool{}
			for seed := range uint64(150) {
				for _, op := range drawnFrom(t, c, seed, catalogue(t, "malformed-keys")...).Cases[0].Operations {
					seen[op.Key.Style] = true
				}
			}
			require.ElementsMatch(t, tt.want, slices.Collect(maps.Keys(seen)))
		})
	}
}

func TestDiceAreFair(t *testing.T) {
	mixed := catalogue(t, "mixed-faults")
	plan, err := plan.Draw(plan.Options{
		Contract: promises(t), Scenarios: mixed, Seed: 11, Cases: 3000, Search: plan.Random,
	})
	require.NoError(t, err)
	kinds, cuts, clients := map[fault.Kind]int{}, map[int]int{}, map[int]int{}
	for _, one := range plan.Cases {
		for _, f := range one.Faults {
			kinds[f.Kind]++
			if f.Kind == fault.RequestCut {
				cuts[f.PerMille/100]++
			}
		}
		clients[slices.MaxFunc(one.Operations, byClient).Client]++
	}
	// A kind gets about 3000*3.5/15 = 700 faults; a partition, which stands alone, and a disconnect,
	// which needs a first attempt, fewer.
	require.Len(t, kinds, len(mixed[0].Faults))
	for kind, n := range kinds {
		require.Greater(t, n, 120, "%s is too rare", kind)
		require.Less(t, n, 900, "%s is too frequent", kind)
	}
	even(t, cuts, 10)
	even(t, clients, 3)
}

func byClient(a, b model.PlannedOperation) int { return a.Client - b.Client }

// even checks that n outcomes are all about equally frequent.
func even(t *testing.T, counts map[int]int, n int) {
	t.Helper()
	require.Len(t, counts, n)
	sum := 0
	for _, count := range counts {
		sum += count
	}
	for outcome, count := range counts {
		require.InDelta(t, 1/float64(n), float64(count)/float64(sum), 0.35/float64(n), "outcome %d", outcome)
	}
}

func TestArgumentsFollowTheContract(t *testing.T) {
	c := promises(t, func(c *model.Contract) {
		op := c.Operations["charge"]
		op.Args = maps.Clone(op.Args)
		op.Args["currency"] = model.Arg{OneOf: []any{"EUR", "USD", int64(7)}}
		op.Args["exact"] = model.Arg{Min: 5}
		c.Operations = map[string]model.OperationType{"charge": op}
	})
	seen := map[any]bool{}
	for seed := range uint64(60) {
		for _, op := range drawnFrom(t, c, seed, catalogue(t, "slow")...).Cases[0].Operations {
			seen[op.Args["currency"]] = true
			require.Equal(t, int64(5), op.Args["exact"], "max below min means min")
			amount := op.Args["amount"].(int64)
			require.True(t, 1 <= amount && amount <= 300)
		}
	}
	require.Equal(t, map[any]bool{"EUR": true, "USD": true, int64(7): true}, seen)
}

func TestRestrictedTypesAreRespected(t *testing.T) {
	s := plan.Scenario{Name: "refunds", Types: []string{"refund"}}
	for _, one := range drawnFrom(t, promises(t), 1, s).Cases {
		names := []string{}
		for _, r := range one.Resources {
			names = append(names, r.Type)
		}
		require.Equal(t, "account charge", strings.Join(names[:2], " "), "what it needs comes first")
		for _, op := range one.Operations {
			require.Equal(t, "refund", op.Type)
		}
	}
}

func TestCopiesAreLeftWhileOneWaits(t *testing.T) {
	for seed := range uint64(50) {
		c := drawnFrom(t, promises(t), seed, catalogue(t, "abandoned-duplicates")...).Cases[0]
		require.Len(t, c.Operations, 1)
		require.Len(t, c.Faults, 2)
		copies, leaves := c.Faults[0], c.Faults[1]
		require.Equal(t, len(c.Operations[0].Attempts), copies.Copies)
		require.Equal(t, []int{1, 1}, []int{copies.Attempt, leaves.Attempt})
		require.Greater(t, leaves.PerMille, copies.PerMille, "the second copy waits already")
		require.Less(t, leaves.PerMille, 2*copies.PerMille, "the third has not come")
	}
}

func TestMuchIsDoneOnTheSameResources(t *testing.T) {
	for seed := range uint64(50) {
		c := drawnFrom(t, promises(t), seed, catalogue(t, "retry-after-other-traffic")...).Cases[0]
		require.Greater(t, len(c.Operations), 10)
		require.Len(t, c.Faults, 1)
		require.Equal(t, c.Operations[0].ID, c.Faults[0].Operation)
		for _, op := range c.Operations {
			require.Equal(t, []any{c.Operations[0].Type, c.Operations[0].Tenant}, []any{op.Type, op.Tenant})
			require.Len(t, op.Attempts, 1, "it is repeated after all others")
		}
		require.LessOrEqual(t, len(c.Resources), 2, "or an account and its charge")
	}
}
