package warmup

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

func TestWhatARunFindsOutAboutNamesIsReplayed(t *testing.T) {
	c := stub.Contract(t)
	plan := withOwnNames(c)
	require.Nil(t, c.Resources["account"].Shared, "the contract stays as it is")
	require.True(t, *withNamesOf(plan, c).Resources["account"].Shared)
	said := stub.Contract(t, func(c *model.Contract) {
		account := c.Resources["account"]
		account.Shared = new(false)
		c.Resources["account"] = account
	})
	require.False(t, *withOwnNames(said).Resources["account"].Shared, "what is said stays")
	require.False(t, *withNamesOf(plan, said).Resources["account"].Shared)
}

func TestStrangersMeetOnNamesOnly(t *testing.T) {
	tenants := func(c *model.Contract) { c.Tenants = map[string]model.Tenant{"x": {}, "y": {}} }
	two := stub.Beside([2]string{"k1", "m1"}, [2]string{"k1", "m1"})
	two.Operations[0].Tenant, two.Operations[1].Tenant = "x", "y"
	promised := stub.Contract(t, tenants)
	c, meet := strangers(&model.Plan{Cases: []model.Case{two}}, promised)
	require.True(t, meet)
	require.Equal(t, []string{"x", "y"}, c.Tenants())
	a, b := c.Operations[0], c.Operations[1]
	require.Equal(t, a.Args, b.Args)
	require.NotEqual(t, []any{a.Key, a.CorrelationID}, []any{b.Key, b.CorrelationID})
	two.Operations[1].Tenant = "x"
	_, meet = strangers(&model.Plan{Cases: []model.Case{two}}, promised)
	require.False(t, meet, "no case has two tenants")
}
