// Package explain finds the page of a rule, a fault, a scenario, a dialect or a seeded bug.
package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/near"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

// Page returns the page of a rule or, where there is none of that name, of a fault and a
// scenario, which may have one name, of a dialect, or of a seeded bug.
func Page(name string) (string, error) {
	page, notRule := judge.Explain(name)
	if notRule == nil {
		return page, nil
	}
	pages := slices.DeleteFunc([]string{faultPage(name), scenarioPage(name)}, func(p string) bool {
		return p == ""
	})
	if len(pages) > 0 {
		return strings.Join(pages, "\n"), nil
	}
	if d, known := dialect.Named(name); known {
		return d.Page(), nil
	}
	measured, err := calibrate.Committed()
	if err != nil {
		return "", err
	}
	page, notBug := measured.Page(name)
	if notBug == nil {
		return page, nil
	}
	return "", exit.Usage(fmt.Errorf("there is no rule, fault, scenario, dialect or seeded bug %q; "+
		"%s\n  next: see `idemcheck list rules`, and also faults, scenarios, dialects and bugs", name,
		near.Advice(name, explained())))
}

// explained lists all names that have a page.
func explained() []string {
	var names []string
	for _, r := range judge.Rules() {
		names = append(names, r.ID)
	}
	for _, k := range fault.Kinds() {
		names = append(names, string(k.Kind))
	}
	for _, s := range everyScenario() {
		names = append(names, s.Name)
	}
	names = append(names, dialect.Names()...)
	for _, b := range reference.Bugs() {
		names = append(names, b.Name)
	}
	return names
}

// everyScenario lists the catalogue, with what is tried in a go test alone.
func everyScenario() []plan.Scenario { return append(scenarios.All(), plan.NovelScenario()) }

// faultPage writes the row of a fault as a page; "" when there is none of that name.
func faultPage(name string) string {
	for _, k := range fault.Kinds() {
		if string(k.Kind) != name {
			continue
		}
		var in []string
		for _, s := range everyScenario() {
			if slices.Contains(s.Faults, k.Kind) {
				in = append(in, s.Name)
			}
		}
		page := fmt.Sprintf("# %s (a fault)\n\n- On the wire: %s.\n- What it creates: %s.\n",
			name, k.How, k.Creates)
		if k.Traits.NeedsProcess {
			page += "- Only where idemcheck starts the service itself.\n"
		}
		return page + listed("Scenarios", in)
	}
	return ""
}

// scenarioPage writes the row of a scenario as a page; "" when there is none of that name.
func scenarioPage(name string) string {
	for _, s := range everyScenario() {
		if s.Name != name {
			continue
		}
		var kinds []string
		for _, k := range s.Faults {
			kinds = append(kinds, string(k))
		}
		alone := "idemcheck run --scenario " + name
		if _, err := scenarios.Named([]string{name}); err != nil {
			alone = "harness.Check in a go test, with scenarios.Virtual()"
		}
		return fmt.Sprintf("# %s (a scenario)\n\n- Why: %s.\n", name, strings.TrimSuffix(s.Reason, ".")) +
			listed("Faults", kinds) + listed("Rules it may see broken", s.Rules) +
			"- Try it alone: " + alone + ".\n"
	}
	return ""
}

// listed is a line with names; "" without any.
func listed(what string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "- " + what + ": " + strings.Join(names, ", ") + ".\n"
}
