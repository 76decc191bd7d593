package scenarios_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/scenarios"
)

func names(of []plan.Scenario) (out []string) {
	for _, s := range of {
		out = append(out, s.Name)
	}
	return out
}

func TestEveryRowIsComplete(t *testing.T) {
	rules, faults := map[string]bool{}, map[fault.Kind]bool{}
	for _, r := range judge.Rules() {
		rules[r.ID] = true
	}
	for _, f := range fault.Kinds() {
		faults[f.Kind] = true
	}
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	for _, s := range scenarios.Virtual() {
		t.Run(s.Name, func(t *testing.T) {
			require.Regexp(t, kebab, s.Name)
			require.False(t, seen[s.Name], "the name is there twice")
			seen[s.Name] = true
			require.True(t, strings.HasSuffix(s.Reason, "."), "the reason is a sentence")
			require.NotEmpty(t, s.Rules)
			requireDistinct(t, s.Rules)
			for _, r := range s.Rules {
				require.True(t, rules[r], "there is no rule %q", r)
			}
			requireDistinct(t, s.Faults)
			for _, f := range s.Faults {
				require.True(t, faults[f], "there is no fault %q", f)
			}
			for _, r := range []plan.Range{s.Clients, s.Operations, s.FaultCount, s.Repeats} {
				require.True(t, 0 <= r.Min && r.Min <= r.Max, "%+v is no range", r)
			}
			require.False(t, s.FaultCount.Max > 0 && len(s.Faults) == 0, "a count of faults without any kind")
		})
	}
}

func requireDistinct[T comparable](t *testing.T, all []T) {
	t.Helper()
	for i, v := range all {
		require.NotContains(t, all[:i], v)
	}
}

func TestEveryRowCanBeDrawn(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	charge := c.Operations["charge"]
	charge.FailsWhen = []model.Failure{{Args: map[string]any{"amount": int64(666)}, Answers: []int{500}}}
	c.Operations["charge"] = charge
	for _, s := range scenarios.Virtual() {
		t.Run(s.Name, func(t *testing.T) {
			require.Empty(t, plan.Applicable(s, c))
			plan, err := plan.Draw(plan.Options{
				Search:   plan.Random,
				Contract: c, Scenarios: []plan.Scenario{s}, Seed: 1, Cases: 30,
			})
			require.NoError(t, err)
			met := map[fault.Kind]bool{}
			for _, one := range plan.Cases {
				require.Equal(t, s.Name, one.Scenario)
				require.Equal(t, len(s.Faults) > 0, len(one.Faults) > 0)
				for _, f := range one.Faults {
					require.Contains(t, s.Faults, f.Kind)
					met[f.Kind] = true
				}
			}
			require.GreaterOrEqual(t, 3*len(met), 2*len(s.Faults), "most kinds are met within thirty cases")
		})
	}
}

func TestTheCatalogueMeetsEveryFault(t *testing.T) {
	apart := map[fault.Kind]bool{}
	var mixed []fault.Kind
	for _, s := range scenarios.All() {
		if s.Name == "mixed-faults" {
			mixed = s.Faults
			continue
		}
		for _, f := range s.Faults {
			apart[f] = true
		}
	}
	for _, f := range fault.Kinds() {
		require.True(t, apart[f.Kind], "%s has no scenario of its own", f.Kind)
		if f.Traits.NeedsProcess {
			continue // only worlds that start the service can make it
		}
		require.Contains(t, mixed, f.Kind)
	}
}

func TestTheCatalogueIsMeantToSeeEveryRuleBroken(t *testing.T) {
	meant := map[string]bool{}
	for _, s := range scenarios.Virtual() {
		for _, r := range s.Rules {
			meant[r] = true
		}
	}
	for _, r := range judge.Rules() {
		require.True(t, meant[r.ID], "no scenario is meant to see %s broken", r.ID)
	}
}

func TestNamedKeepsTheOrderOfTheCatalogue(t *testing.T) {
	got, err := scenarios.Named([]string{"concurrent-clients", "slow", "concurrent-clients"})
	require.NoError(t, err)
	require.Equal(t, []string{"slow", "concurrent-clients"}, names(got))
	all, err := scenarios.Named(nil)
	require.NoError(t, err)
	require.Equal(t, names(scenarios.Started()), names(all))
}

func TestAnOldNameIsAcceptedForOneRelease(t *testing.T) {
	for _, s := range scenarios.HTTP() {
		if s.Formerly == "" {
			require.Empty(t, scenarios.Renamed([]string{s.Name}), s.Name)
			continue
		}
		old, err := scenarios.Named([]string{s.Formerly})
		require.NoError(t, err)
		require.Equal(t, []string{s.Name}, names(old))
		require.Equal(t, "the scenario "+s.Formerly+" is called "+s.Name+" now", old[0].Note)
		require.Equal(t, []string{old[0].Note}, scenarios.Renamed([]string{s.Formerly, s.Name, s.Formerly}))
		twice, err := scenarios.Named([]string{s.Formerly, s.Name})
		require.NoError(t, err)
		require.Equal(t, []string{s.Name}, names(twice), "chosen by both names it is chosen once")
		now, err := scenarios.Named([]string{s.Name})
		require.NoError(t, err)
		require.Empty(t, now[0].Note)
	}
	_, err := scenarios.Named([]string{""})
	require.ErrorContains(t, err, `there is no scenario ""`)
}

func TestNoOldNameIsAScenarioOfToday(t *testing.T) {
	today := names(scenarios.Virtual())
	for _, s := range scenarios.Virtual() {
		require.NotContains(t, today, s.Formerly, s.Name)
	}
}

func TestScenariosOfVirtualTimeComeLast(t *testing.T) {
	virtual, http := names(scenarios.Virtual()), names(scenarios.HTTP())
	require.Equal(t, http, virtual[:len(http)])
	require.Greater(t, len(virtual), len(http))
}

func TestUnknownNamesAreListedWithTheKnownOnes(t *testing.T) {
	_, err := scenarios.Named([]string{"slow", "sloth"})
	require.ErrorContains(t, err, `there is no scenario "sloth"; did you mean "slow"?`)
	_, err = scenarios.Named([]string{"slow", "nothing like it"})
	require.ErrorContains(t, err, `there is no scenario "nothing like it"; use one of: `)
	require.ErrorContains(t, err, "no-fault-repeat")
}

func TestTheCatalogueIsTheCallersToChange(t *testing.T) {
	before := names(scenarios.HTTP())
	mine := scenarios.HTTP()
	mine[0].Name = "mine"
	mine[0].Rules[0] = "mine"
	slices.Reverse(mine)
	require.Equal(t, before, names(scenarios.HTTP()))
	require.NotContains(t, scenarios.HTTP()[0].Rules, "mine")
}
