package benchmark_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// row is one kind of case: the fault of the first attempt, and the mode it is held to (""
// leaves it to the dice).
type row struct {
	fault fault.Kind
	mode  fault.Mode
}

// answered are kinds of cases in which the client soon learns what became of its attempt.
func answered() []row {
	return []row{
		{}, // nothing is lost, and the operation is repeated
		{fault: fault.ResponseLost, mode: fault.Reset},
		{fault: fault.ResponseCut},
		{fault: fault.Delay},
	}
}

// silent are kinds of cases in which the client waits for its whole timeout.
func silent() []row {
	return []row{
		{fault: fault.ResponseLost, mode: fault.BlackHole},
		{fault: fault.RequestLost, mode: fault.BlackHole},
		{fault: fault.LateArrival},
	}
}

// name tells rows apart in plans and messages.
func (r row) name() string {
	if r.fault == "" {
		return "no-fault-repeat"
	}
	if r.mode == "" {
		return string(r.fault)
	}
	return string(r.fault) + "-" + string(r.mode)
}

// scenario makes one charge on an account of its own. Every case has two planned attempts, and one
// more when everything has healed.
func (r row) scenario() plan.Scenario {
	s := plan.Scenario{
		Name: r.name(), Types: []string{"charge"}, Operations: plan.Range{Min: 1, Max: 1},
		OneResource: true,
	}
	if r.fault == "" {
		s.Repeats = plan.Range{Min: 1, Max: 1}
		return s
	}
	s.Faults, s.FaultCount = []fault.Kind{r.fault}, plan.Range{Min: 1, Max: 1}
	return s
}

// draw makes the plan that both sides run: the rows take turns.
func draw(tb testing.TB, rows []row, cases int) *model.Plan {
	tb.Helper()
	var scenarios []plan.Scenario
	modes := map[string]fault.Mode{}
	for _, r := range rows {
		scenarios = append(scenarios, r.scenario())
		modes[r.name()] = r.mode
	}
	plan, err := plan.Draw(plan.Options{
		Search:   plan.Random,
		Contract: parse(tb), Scenarios: scenarios, Seed: 1, Cases: cases,
	})
	require.NoError(tb, err)
	for _, c := range plan.Cases {
		for i := range c.Faults {
			if mode := modes[c.Scenario]; mode != "" {
				c.Faults[i].Mode = mode
			}
		}
	}
	return plan
}

// parse reads the contract of the reference service, which gives clients a timeout of 200 ms.
func parse(tb testing.TB) *model.Contract {
	tb.Helper()
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(tb, err)
	return c
}

// resolve reads the contract for a service at a URL.
func resolve(tb testing.TB, url string) *model.Contract {
	tb.Helper()
	c := parse(tb)
	c.Target.URL = url
	// The default cap protects services that are not ours; here it would be what is measured.
	c.Target.MaxRate = 1_000_000
	c, err := contract.Resolve(c, os.LookupEnv)
	require.NoError(tb, err)
	return c
}
