package campaign

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// failing has the stub's contract say that charges of 666 fail.
func failing(c *model.Contract) {
	charge := c.Operations["charge"]
	charge.FailsWhen = []model.Failure{{Args: map[string]any{"amount": int64(666)}, Answers: []int{500}}}
	c.Operations["charge"] = charge
}

// TestFailingArgumentsAreDrawn where the scenario is about them, and nowhere else.
func TestFailingArgumentsAreDrawn(t *testing.T) {
	plain, fails := plan.Scenario{Name: "plain"}, plan.Scenario{Name: "fails", Failing: true}
	for _, search := range plan.Searches() {
		plan, err := plan.Draw(plan.Options{
			Contract: stub.Contract(t, failing), Scenarios: []plan.Scenario{plain, fails}, Cases: 20, Search: search,
		})
		require.NoError(t, err)
		drawn := 0
		for _, c := range plan.Cases {
			for _, op := range c.Operations {
				require.Equal(t, c.Scenario == "fails", op.Args["amount"] == int64(666), c)
				drawn++
			}
		}
		require.Greater(t, drawn, 10)
	}
	require.NotEmpty(t, plan.Applicable(fails, stub.Contract(t)))
}

// TestAFailingOperationIsNotRetriedForLong: nothing better is to come.
func TestAFailingOperationIsNotRetriedForLong(t *testing.T) {
	for name, c := range map[string]*model.Contract{
		"declared": stub.Contract(t, failing), "not": stub.Contract(t),
	} {
		synctest.Test(t, func(t *testing.T) {
			one := stub.Charging([]model.PlannedAttempt{{}})
			one.Operations[0].Args["amount"] = int64(666)
			b := newBench(c, one)
			b.world.Carry = answers(500)
			_, v := b.once(t)
			require.Equal(t, name == "declared", v.Verdict == verdict.Valid, v)
			require.Equal(t, name == "declared", len(b.world.Attempts()) == 2, len(b.world.Attempts()))
		})
	}
}
