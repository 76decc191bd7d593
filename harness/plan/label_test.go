package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/scenarios"
)

// TestWhatIsSentOnceIsPlannedOnce: also a network that doubles a request would send it again.
func TestWhatIsSentOnceIsPlannedOnce(t *testing.T) {
	c := twoTypes()
	met, kinds := map[string]int{}, map[fault.Kind]bool{}
	for _, search := range plan.Searches() {
		for seed := range uint64(4) {
			p, err := plan.Draw(plan.Options{
				Contract: c, Scenarios: scenarios.HTTP(), Seed: seed, Cases: 120, Search: search,
			})
			require.NoError(t, err)
			p.Cases = append(p.Cases, plan.Mutants(p, c, p.Cases, 40)...)
			for i := range p.Cases {
				for _, op := range p.Cases[i].Operations {
					met[op.Type] = max(met[op.Type], len(op.Attempts))
				}
				for _, f := range p.Cases[i].Faults {
					if op := p.Cases[i].Operation(f.Operation); op != nil && op.Type == "pay" {
						require.Equal(t, 1, f.Attempt, "%+v", f)
						kinds[f.Kind] = true
					}
				}
			}
		}
	}
	require.Equal(t, 1, met["pay"])
	require.Greater(t, met["note"], 1, "others are repeated as before")
	require.True(t, kinds[fault.ResponseLost])
	for _, kind := range []fault.Kind{
		fault.HiddenDuplicate, fault.ConcurrentDuplicate, fault.StaggeredDuplicate, fault.Reorder,
	} {
		require.False(t, kinds[kind], kind)
	}
}

func TestNoScenarioNeedsARetryOfWhatIsSentOnce(t *testing.T) {
	c := twoTypes()
	delete(c.Operations, "note")
	left := map[string]bool{}
	for _, s := range scenarios.HTTP() {
		left[s.Name] = plan.Applicable(s, c) == ""
	}
	require.True(t, left["lost-answers"])
	require.True(t, left["no-fault-repeat"], "without its repeats")
	require.False(t, left["late-repeats"])
	require.False(t, left["payload-mismatch"])
}

// twoTypes is a contract with a type that is sent once, and one that is not.
func twoTypes() *model.Contract {
	body := map[string]any{"note": "{mark}", "n": "{n}"}
	of := func(label, path string) model.OperationType {
		return model.OperationType{
			Method: "POST", Path: path, Body: body, Label: label, OK: []int{201},
			Args: map[string]model.Arg{"n": {Min: 1, Max: 9}},
		}
	}
	return &model.Contract{
		Key:      model.Key{Header: "Idempotency-Key"},
		Promises: model.Promises{Mismatch: []int{422}},
		Operations: map[string]model.OperationType{
			"pay": of("not", "/pay"), "note": of("", "/note"),
		},
	}
}
