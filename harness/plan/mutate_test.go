package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/samples"
	"github.com/idemcheck/idemcheck/model"
)

func TestMutantsFit(t *testing.T) {
	o := payments(t, samples.EverySort()...)
	o.Cases = 40
	rapid.Check(t, func(t *rapid.T) {
		o := o
		o.Seed = rapid.Uint64().Draw(t, "seed")
		drawn, err := plan.Draw(o)
		require.NoError(t, err)
		var parents []model.Case
		for _, c := range drawn.Cases {
			if constraints.Satisfied(&c) {
				parents = append(parents, c)
			}
		}
		before := encoded(t, drawn)
		for range 3 { // mutants of mutants
			parents = plan.Mutants(drawn, o.Contract, parents, 20)
			for i := range parents {
				c := &parents[i]
				require.True(t, constraints.Satisfied(c))
				require.Empty(t, samples.Inconsistent(c, o.Contract))
			}
		}
		require.Equal(t, before, encoded(t, drawn), "the parents are left alone")
	})
}

func TestSomeChangedCopiesDoNotAwait(t *testing.T) {
	c := stub.Contract(t)
	awaiting := map[bool]int{}
	for _, one := range plan.Mutants(&model.Plan{}, c, []model.Case{stub.Mismatched()}, 200) {
		awaiting[one.Operations[1].Await == "a"]++
	}
	require.Greater(t, awaiting[true], 4*awaiting[false])
	require.Positive(t, awaiting[false], "other things go wrong while the first is at work")
}
