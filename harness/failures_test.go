package harness

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// failing has the stub's contract say that charges of 666 fail.
func failing(c *model.Contract) {
	charge := c.Operations["charge"]
	charge.FailsWhen = []model.Failure{{Args: map[string]any{"amount": int64(666)}, Answers: []int{500}}}
	c.Operations["charge"] = charge
}

// TestFailingArgumentsAreDrawn where the scenario is about them, and nowhere else.
func TestFailingArgumentsAreDrawn(t *testing.T) {
	plain, fails := Scenario{Name: "plain"}, Scenario{Name: "fails", Failing: true}
	for _, search := range Searches() {
		plan, err := Draw(DrawOptions{
			Contract: stubContract(t, failing), Scenarios: []Scenario{plain, fails}, Cases: 20, Search: search,
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
	require.NotEmpty(t, Applicable(fails, stubContract(t)))
}

// TestAFailingOperationIsNotRetriedForLong: nothing better is to come.
func TestAFailingOperationIsNotRetriedForLong(t *testing.T) {
	for name, c := range map[string]*model.Contract{
		"declared": stubContract(t, failing), "not": stubContract(t),
	} {
		synctest.Test(t, func(t *testing.T) {
			one := charging([]model.PlannedAttempt{{}})
			one.Operations[0].Args["amount"] = int64(666)
			b := newBench(c, one)
			b.world.carry = answers(500)
			_, v := b.once(t)
			require.Equal(t, name == "declared", v.Verdict == model.Valid, v)
			require.Equal(t, name == "declared", len(b.world.attempts()) == 2, len(b.world.attempts()))
		})
	}
}

// TestAnEnvelopeIsTakenOff, in whatever form it holds the first body.
func TestAnEnvelopeIsTakenOff(t *testing.T) {
	read := interpret(stubContract(t, func(c *model.Contract) { c.Promises.ReplayBody = "data" }), nil)
	for body, want := range map[string]string{
		`{"id":"c1"}`:                         `{"id":"c1"}`,
		`{"data": {"id":"c1"}, "again":true}`: `{"id":"c1"}`,
		`{"data":"{\"id\":\"c1\"}"}`:          `{"id":"c1"}`,
		`["data"]`:                            `["data"]`,
		`{"data":`:                            `{"data":`,
	} {
		require.Equal(t, want, read(201, nil, []byte(body)).Body)
	}
	require.JSONEq(t, `{"data":1}`, interpret(stubContract(t), nil)(201, nil, []byte(`{"data":1}`)).Body)
}
