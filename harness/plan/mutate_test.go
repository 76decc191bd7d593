package plan

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

func TestMutantsFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := payments(t, everySort()...)
		o.Cases, o.Seed = 40, rapid.Uint64().Draw(t, "seed")
		plan, err := Draw(o)
		require.NoError(t, err)
		m := NewMutator(plan, o.Contract)
		var parents []model.Case
		for _, c := range plan.Cases {
			if fits(&c) {
				parents = append(parents, c)
			}
		}
		before := encode(t, plan)
		for range 3 { // mutants of mutants
			parents = m.Mutants(parents, 20)
			for i := range parents {
				c := &parents[i]
				require.True(t, fits(c))
				requireConsistent(t, c, o.Contract)
			}
		}
		require.Equal(t, before, encode(t, plan), "the parents are left alone")
	})
}

func TestSomeChangedCopiesDoNotAwait(t *testing.T) {
	c := stub.Contract(t)
	m := NewMutator(&model.Plan{}, c)
	awaiting := map[bool]int{}
	for _, one := range m.Mutants([]model.Case{stub.Mismatched()}, 200) {
		awaiting[one.Operations[1].Await == "a"]++
	}
	require.Greater(t, awaiting[true], 4*awaiting[false])
	require.Positive(t, awaiting[false], "other things go wrong while the first is at work")
}
