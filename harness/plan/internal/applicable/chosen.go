package applicable

import (
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Chosen lists those of some scenarios that can be drawn for a contract, each with the kinds of
// faults that the contract lets be made.
func Chosen(list []scenario.Scenario, c *model.Contract) []scenario.Scenario {
	possible := lists.Where(list, func(s scenario.Scenario) bool { return Missing(s, c) == "" })
	return lists.Map(possible, func(s scenario.Scenario) scenario.Scenario { return narrowed(s, c) })
}

// narrowed is a scenario with those of its kinds of faults that the contract chooses.
func narrowed(s scenario.Scenario, c *model.Contract) scenario.Scenario {
	if len(s.Faults) > 0 {
		s.Faults = kindsOf(s, c)
	}
	return s
}

// kindsOf lists the kinds of faults that a scenario draws from.
func kindsOf(s scenario.Scenario, c *model.Contract) []fault.Kind {
	return slices.DeleteFunc(slices.Clone(s.Faults), func(kind fault.Kind) bool {
		return !c.Faults.Has(string(kind))
	})
}

// ofShape lists the kinds of faults that a shape is made of.
func ofShape(shape scenario.Shape) []fault.Kind {
	switch shape {
	case scenario.AbandonedDuplicates:
		return []fault.Kind{fault.StaggeredDuplicate, fault.Disconnect}
	case scenario.RetryAfterOtherTraffic:
		return []fault.Kind{fault.Disconnect}
	}
	return nil
}

// leftOut returns "" when a contract lets a scenario be tried, or else why not.
func leftOut(s scenario.Scenario, c *model.Contract) string {
	without := func(kind fault.Kind) bool { return !c.Faults.Has(string(kind)) }
	switch {
	case !c.Scenarios.Has(s.Name, s.DiceName()):
		return "the contract does not choose them (scenarios.include, scenarios.exclude)"
	case len(s.Faults) > 0 && len(kindsOf(s, c)) == 0, slices.ContainsFunc(ofShape(s.Shape), without):
		return "the contract does not choose their faults (faults.include, faults.exclude)"
	}
	return ""
}

// Turns lists scenarios in the order of their turns among cases that are drawn at random: one that
// weighs more comes more often, and so do the kinds of its faults.
func Turns(list []scenario.Scenario, c *model.Contract) []scenario.Scenario {
	var out []scenario.Scenario
	for round := 1; len(out) == 0 || len(out) < total(list, c); round++ {
		for _, s := range list {
			if round > c.Scenarios.Weight(s.Name, s.DiceName()) {
				continue
			}
			s.Faults = weighted(s.Faults, c)
			out = append(out, s)
		}
	}
	return out
}

// total is how many turns there are in a round of all.
func total(list []scenario.Scenario, c *model.Contract) (n int) {
	for _, s := range list {
		n += c.Scenarios.Weight(s.Name, s.DiceName())
	}
	return n
}

// weighted repeats the kinds that weigh more.
func weighted(kinds []fault.Kind, c *model.Contract) []fault.Kind {
	var out []fault.Kind
	for _, kind := range kinds {
		out = append(out, slices.Repeat([]fault.Kind{kind}, c.Faults.Weight(string(kind)))...)
	}
	return out
}
