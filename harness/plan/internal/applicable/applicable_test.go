package applicable

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
)

// with changes the only operation of the stub's contract.
func with(change func(*model.OperationType)) func(*model.Contract) {
	return func(c *model.Contract) {
		op := c.Operations["charge"]
		change(&op)
		c.Operations = map[string]model.OperationType{"charge": op}
	}
}

// twoRoutes adds a second operation on a route of its own.
func twoRoutes(c *model.Contract) {
	op := c.Operations["charge"]
	op.Path = "/orders"
	c.Operations = map[string]model.OperationType{"charge": c.Operations["charge"], "order": op}
	c.Key.Scope = []string{"route"}
}

func twoTenants(c *model.Contract) {
	c.Tenants = map[string]model.Tenant{
		"alpha": {Headers: map[string]string{"Authorization": "a"}},
		"beta":  {Headers: map[string]string{"Authorization": "b"}},
	}
	c.Key.Scope = []string{"tenant"}
}

// Each row has a contract without what the scenario needs; beside it stands the nearest one that has it.
func TestWhatAContractLacksIsSaid(t *testing.T) {
	same := func(*model.Contract) {}
	keyless := func(c *model.Contract) { c.Key.Header = "" }
	noMismatch := func(c *model.Contract) { c.Promises.Mismatch, c.Promises.MismatchAnswer = nil, "" }
	sends := func(body map[string]any) func(*model.Contract) {
		return with(func(op *model.OperationType) { op.Body = body })
	}
	choices := func(all ...any) func(*model.Contract) {
		return with(func(op *model.OperationType) {
			op.Args = map[string]model.Arg{"currency": {OneOf: all}}
			op.Body = map[string]any{"currency": "{currency}"}
		})
	}
	for name, tt := range map[string]struct {
		scenario scenario.Scenario
		lacks    func(*model.Contract)
		why      string
		has      func(*model.Contract)
	}{
		"retention": {
			scenario.Scenario{Edge: true},
			same, "promises.retention",
			func(c *model.Contract) { c.Promises.Retention = 1 },
		},
		"keys": {
			scenario.Scenario{Shape: scenario.SameBody}, keyless, "sends no key", same,
		},
		"failures": {
			scenario.Scenario{Failing: true}, same, "fails_when", with(func(op *model.OperationType) {
				op.FailsWhen = []model.Failure{{Args: map[string]any{"amount": 1}}}
			}),
		},
		"an answer to other payloads": {
			scenario.Scenario{Shape: scenario.Mismatch},
			noMismatch, "promises.mismatch",
			func(c *model.Contract) { c.Promises.Mismatch, c.Promises.MismatchAnswer = nil, "replayed" },
		},
		"payloads that differ": {
			scenario.Scenario{Shape: scenario.Mismatch},
			sends(map[string]any{"a": 1}), "all payloads",
			sends(map[string]any{"a": "{account}"}),
		},
		"choices that are several": {
			scenario.Scenario{Shape: scenario.Mismatch}, choices("EUR"), "all payloads", choices("EUR", "USD"),
		},
		"payloads that nearly are the same": {
			scenario.Scenario{Shape: scenario.NearMismatch},
			sends(map[string]any{"a": "{account}"}), "{mark}",
			sends(map[string]any{"a": "{amount}"}),
		},
		"resources that are sent": {
			scenario.Scenario{Shape: scenario.OtherResource},
			sends(map[string]any{"a": "{amount}"}),
			"id of a resource", sends(map[string]any{"a": "{account.id}"}),
		},
		"refusals of keys": {
			scenario.Scenario{Shape: scenario.Malformed},
			func(c *model.Contract) { c.Promises.Missing, c.Promises.Malformed = nil, nil },
			"refuses no keys", same,
		},
		"tenants": {
			scenario.Scenario{Shape: scenario.Tenants},
			func(c *model.Contract) { twoTenants(c); c.Key.Scope = nil }, "no two tenants", twoTenants,
		},
		"routes": {
			scenario.Scenario{Shape: scenario.Routes},
			func(c *model.Contract) { twoRoutes(c); c.Key.Scope = nil }, "no two routes", twoRoutes,
		},
	} {
		require.Contains(t, Missing(tt.scenario, stub.Contract(t, tt.lacks)), tt.why, name)
		require.Empty(t, Missing(tt.scenario, stub.Contract(t, tt.has)), name)
	}
}

func TestTypesSuitTheirShape(t *testing.T) {
	c := stub.Contract(t, func(c *model.Contract) {
		op := c.Operations["charge"]
		plain, fails := op, op
		plain.Path, plain.Body = "/plain", map[string]any{"a": "{account}"}
		fails.Path, fails.FailsWhen = "/charges", []model.Failure{{Args: map[string]any{"amount": 1}}}
		c.Operations = map[string]model.OperationType{"charge": op, "plain": plain, "fails": fails}
	})
	for name, tt := range map[string]struct {
		scenario scenario.Scenario
		want     []string
	}{
		"all": {scenario.Scenario{}, []string{"charge", "fails", "plain"}},
		"some": {
			scenario.Scenario{Types: []string{"plain", "charge"}}, []string{"plain", "charge"},
		},
		"those that fail":         {scenario.Scenario{Failing: true}, []string{"fails"}},
		"those that nearly agree": {scenario.Scenario{Shape: scenario.NearMismatch}, []string{"charge", "fails"}},
	} {
		require.Equal(t, tt.want, Types(tt.scenario, c), name)
	}
	require.Equal(t, []string{"charge", "plain"}, RouteTypes(c), "one type of each method and path")
	require.Equal(t, []string{"account"}, ResourcesSent(c, "plain"))
	require.Equal(t, []string{"plain", "charge"},
		Types(scenario.Scenario{Types: []string{"plain", "charge"}}, c), "the scenario's own list stays whole")
}
