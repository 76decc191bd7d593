package enumerate

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/harness/plan/internal/kinds"
	"github.com/idemcheck/idemcheck/harness/plan/internal/samples"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model/fault"
)

// payments is the space of the reference service's contract.
func payments(t require.TestingT) Space {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	return Space{Contract: c, Points: []string{"committed"}, Seed: 1}
}

func TestAllSmallCasesAreListed(t *testing.T) {
	space := payments(t)
	for _, s := range samples.EverySort()[1:2] {
		tried := map[string]bool{}
		for _, one := range space.Candidates([]scenario.Scenario{s}, maxDepth*1000) {
			for _, fault := range one.faults {
				of := one.Scenario.Types
				if one.arrangement == apart { // each operation is a case of its own
					i := int(fault.Operation[0] - 'a')
					of, fault.Operation = of[i:i+1], "a"
				}
				tried[fmt.Sprint(of, fault.Kind, fault.Mode, fault.PerMille, fault.Operation, fault.Attempt)] = true
			}
		}
		for _, kind := range s.Faults {
			for _, way := range kinds.Ways(kind, kinds.Inputs{Timeout: space.Contract.Timeout()}) {
				requireEverywhere(t, tried, kind, way)
			}
		}
	}
}

// requireEverywhere checks that one way of a kind is tried at every attempt of one operation of
// every type, and of the first and of the second of every two.
func requireEverywhere(t *testing.T, tried map[string]bool, kind fault.Kind, way fault.Fault) {
	t.Helper()
	types := []string{"charge", "overdraw", "refund", "transfer"}
	for n := 1; n <= constraints.MaxFaulted; n++ {
		for _, one := range types {
			at := fmt.Sprint([]string{one}, kind, way.Mode, way.PerMille, "a", n)
			require.True(t, tried[at], at)
			for _, two := range types {
				for _, op := range []string{"a", "b"} {
					at := fmt.Sprint([]string{one, two}, kind, way.Mode, way.PerMille, op, n)
					require.True(t, tried[at], at)
				}
			}
		}
	}
}

func TestEveryCandidateIsThereOnceAndCanFire(t *testing.T) {
	space := payments(t)
	seen := map[string]bool{}
	for _, one := range space.Candidates(samples.EverySort(), 4000) {
		require.False(t, seen[one.key()], one.key())
		seen[one.key()] = true
		c := space.Build(&one)
		if one.Scenario.Shape == scenario.Independent {
			require.True(t, constraints.Satisfied(&c), one.key())
		}
		require.NotEmpty(t, c.Operations)
		for _, planned := range c.Faults {
			op := c.Operation(planned.Operation)
			require.NotNil(t, op)
			last := planned.Attempt + max(planned.Copies, 1) - 1
			if planned.Copies == 0 || planned.Kind == fault.HiddenDuplicate {
				last++
			}
			require.LessOrEqual(t, last, len(op.Attempts), "a retry, if the copies are none")
		}
	}
}

// TestEveryDifferenceOfPayloadsIsTriedAlone: no dice decide what a fingerprint is tried with.
func TestEveryDifferenceOfPayloadsIsTriedAlone(t *testing.T) {
	space := payments(t)
	near := scenario.Scenario{Name: "near", Shape: scenario.NearMismatch}
	tried := map[string]bool{}
	for _, one := range space.Candidates([]scenario.Scenario{near}, 100) {
		c := space.Build(&one)
		require.Len(t, c.Operations, 2)
		a, b := c.Operations[0], c.Operations[1]
		require.Equal(t, a.Key, b.Key)
		require.Equal(t, one.differs == differ.CorrelationID, a.CorrelationID != b.CorrelationID)
		for name := range a.Args {
			require.Equal(t, one.differs == name, a.Args[name] != b.Args[name], name)
		}
		tried[a.Type+" "+one.differs] = true
	}
	for typ := range space.Contract.Operations {
		for _, name := range differ.In(space.Contract, typ) {
			require.True(t, tried[typ+" "+name], "%s of %s", name, typ)
		}
	}
}

// TestPrioritiesNameWhatThereIs: what is misspelt in the order of priorities would come last.
func TestPrioritiesNameWhatThereIs(t *testing.T) {
	known := []string{once, repeated, late, manyClients}
	for _, info := range fault.Kinds() {
		known = append(known, string(info.Kind))
	}
	for _, s := range samples.EveryShape() {
		known = append(known, string(s.Shape))
	}
	known = append(known, string(scenario.OtherResource))
	for i, about := range byPriority {
		require.Contains(t, known, about)
		require.NotContains(t, byPriority[:i], about)
	}
}
