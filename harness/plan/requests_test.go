package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/plan/internal/request"
	"github.com/idemcheck/idemcheck/harness/plan/internal/samples"
	"github.com/idemcheck/idemcheck/harness/plan/simplify"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
)

// byBody sends its key in the body and no correlation ID, as services do whose callers name what
// they want.
const byBody = `
version: 1
target: {url: "http://stub.test"}
tenants:
  north: {headers: {Authorization: n}}
  south: {headers: {Authorization: s}}
key: {required: true, scope: [tenant, route]}
promises: {mismatch: [422], missing: [400]}
resources:
  owner: {create: {path: /owners}}
  buyer:
    needs: {owner: owner}
    create: {path: /buyers, body: {id: "{unique}", owner: "{owner}"}}
    read: {path: "/buyers/{id}"}
    state: {spent: {field: spent, initial: 0}}
operations:
  buy:
    path: /buyers/{buyer}/purchases
    args: {buyer: {resource: buyer}, amount: {min: 1, max: 2}}
    body: {challenge: "{key}", amount: "{amount}"}
    ok: [201]
  choose:
    path: /choices
    args: {colour: {one_of: [red, blue]}}
    body: {challenge: "{key}", colour: "{colour}"}
    ok: [201]
`

func parsed(t require.TestingT, text string, change ...func(*model.Contract)) *model.Contract {
	c, err := contract.Parse("idemcheck.yaml", []byte(text))
	require.NoError(t, err)
	for _, f := range change {
		f(c)
	}
	return c
}

func TestNoTwoPlannedOperationsAreOneRequest(t *testing.T) {
	contracts := map[string]*model.Contract{
		"key in the body": parsed(t, byBody),
		"one argument": parsed(t, byBody, func(c *model.Contract) {
			delete(c.Operations, "buy")
		}),
		"nothing but resources": parsed(t, byBody, func(c *model.Contract) {
			buy := c.Operations["buy"]
			buy.Body = nil
			c.Operations = map[string]model.OperationType{"buy": buy}
		}),
		"reference": payments(t).Contract,
	}
	for name, c := range contracts {
		t.Run(name, func(t *testing.T) {
			for i := range sweep.Of(2, 8) { // both searches
				drawn, err := plan.Draw(plan.Options{
					Contract: c, Scenarios: samples.EveryShape(), Seed: uint64(i), Cases: 80, Search: plan.Searches()[i%2],
				})
				require.NoError(t, err)
				for _, one := range append(drawn.Cases, plan.Mutants(drawn, c, drawn.Cases, 40)...) {
					requireApart(t, &one, c)
					for _, less := range simplify.Simpler(one, nil, c) {
						requireApart(t, &less, c)
					}
				}
			}
		})
	}
}

// requireApart checks that a case is sound and that no two of its operations are one request.
func requireApart(t require.TestingT, one *model.Case, c *model.Contract) {
	require.NotEmpty(t, one.Operations)
	for i, op := range one.Operations {
		for _, other := range one.Operations[:i] {
			require.NotEqual(t, other.ID, op.ID, one.Scenario)
		}
	}
	for _, f := range one.Faults {
		require.NotNil(t, one.Operation(f.Operation), "%s is planned for nothing", f.Kind)
	}
	require.True(t, request.OnePerRequest(one, c), "%s: %+v", one.Scenario, one.Operations)
}

func TestMismatchedPayloadsDiffer(t *testing.T) {
	c := parsed(t, byBody)
	for _, typ := range []string{"buy", "choose"} {
		for seed := range uint64(60) {
			drawn, err := plan.Draw(plan.Options{
				Contract: c, Seed: seed, Cases: 1, Search: plan.Random,
				Scenarios: []plan.Scenario{{Name: "mismatch", Shape: plan.Mismatch, Types: []string{typ}}},
			})
			require.NoError(t, err)
			ops := drawn.Cases[0].Operations
			require.Len(t, ops, 2, "one of two has another value")
			require.Equal(t, ops[0].Key, ops[1].Key)
			require.NotEqual(t, ops[0].Args, ops[1].Args)
		}
	}
}

func TestWhatCannotDifferIsLeftOut(t *testing.T) {
	alone := func(body any, args map[string]model.Arg) *model.Contract {
		return parsed(t, byBody, func(c *model.Contract) {
			c.Operations = map[string]model.OperationType{
				"buy": {Method: "POST", Path: "/purchases", Body: body, Args: args, OK: []int{201}},
			}
		})
	}
	key := map[string]any{"challenge": "{key}"}
	for name, tt := range map[string]struct {
		body any
		args map[string]model.Arg
		ok   bool
	}{
		"nothing":            {key, nil, false},
		"not sent":           {key, map[string]model.Arg{"amount": {Min: 1, Max: 9}}, false},
		"one number":         {[]any{"{key}", "{n}"}, map[string]model.Arg{"n": {Min: 3, Max: 3}}, false},
		"one value":          {[]any{"{key}", "{n}"}, map[string]model.Arg{"n": {OneOf: []any{"x"}}}, false},
		"literal braces":     {"{key} {{mark}}", nil, false},
		"a number":           {[]any{"{key}", "{n}"}, map[string]model.Arg{"n": {Min: 3, Max: 4}}, true},
		"a marker":           {"{key} {mark}", nil, true},
		"a resource":         {"{key} {b}", map[string]model.Arg{"b": {Resource: "buyer"}}, true},
		"the id of one":      {"{key} {b.id}", map[string]model.Arg{"b": {Resource: "buyer"}}, true},
		"what all share":     {"{key} {b.owner}", map[string]model.Arg{"b": {Resource: "buyer"}}, false},
		"one of two":         {"{key} {n}", map[string]model.Arg{"n": {OneOf: []any{"x", "y"}}}, true},
		"a part of the text": {"{key} of {n}", map[string]model.Arg{"n": {Min: 1, Max: 2}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			why := plan.Applicable(plan.Scenario{Name: "mismatch", Shape: plan.Mismatch}, alone(tt.body, tt.args))
			if tt.ok {
				require.Empty(t, why)
				return
			}
			require.Contains(t, why, "all payloads of an operation are the same")
		})
	}
}

func TestTenantsThatLookAlikeShareNothing(t *testing.T) {
	s := plan.Scenario{Name: "tenants", Shape: plan.Tenants}
	c := parsed(t, byBody)
	require.Empty(t, plan.Applicable(s, c))
	c.Tenants = map[string]model.Tenant{"north": c.Tenants["north"], "again": c.Tenants["north"]}
	require.Contains(t, plan.Applicable(s, c), "no two tenants with headers")
	c.Tenants["south"] = model.Tenant{Headers: map[string]string{"Authorization": "s"}}
	for seed := range uint64(40) {
		drawn, err := plan.Draw(plan.Options{
			Contract: c, Scenarios: []plan.Scenario{s}, Seed: seed, Cases: 1, Search: plan.Random,
		})
		require.NoError(t, err)
		ops := drawn.Cases[0].Operations
		require.Len(t, ops, 2)
		require.NotEqual(t, c.Caller(ops[0].Tenant), c.Caller(ops[1].Tenant))
	}
}

func TestWhatEachAttemptHasForItselfIsNoDifference(t *testing.T) {
	c := parsed(t, byBody, func(c *model.Contract) {
		resent(c, "choose", "/choices", "{key} {attempt}")
	})
	s := plan.Scenario{Shape: plan.Mismatch, Types: []string{"choose"}}
	require.Contains(t, plan.Applicable(s, c), "all payloads")
}
