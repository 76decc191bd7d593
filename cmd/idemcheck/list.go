package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/explain"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reports"
	"github.com/idemcheck/idemcheck/scenarios"
)

// newList prints one of the catalogues.
func newList(a *app) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:       "list {scenarios|rules|faults|bugs|variants|dialects}",
		Short:     "List scenarios, rules, faults, seeded bugs, right variants or dialects",
		Example:   "  idemcheck list bugs --format json",
		ValidArgs: []string{"scenarios", "rules", "faults", "bugs", "variants", "dialects"},
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(_ *cobra.Command, args []string) error {
			header, rows, entries := catalogue(args[0])
			switch format {
			case "json":
				enc := json.NewEncoder(a.Out)
				enc.SetIndent("", "  ")
				enc.SetEscapeHTML(false)
				return enc.Encode(entries)
			case "text":
				if err := reports.Table(a.Out, header, rows); err != nil || args[0] != "rules" {
					return err
				}
				return printDecisions(a)
			}
			return exit.Usage(fmt.Errorf("--format %q is none of text, json", format))
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

// bugEntry is a seeded bug as machines read it.
type bugEntry struct {
	Name    string   `json:"name"`
	Mistake string   `json:"mistake"`
	Rules   []string `json:"rules"`
	// HeldOut is left out for a bug that must be found.
	HeldOut string `json:"held_out,omitempty"`
}

// variantEntry is a right variant as machines read it.
type variantEntry struct {
	Name      string `json:"name"`
	Dialect   string `json:"dialect"`
	Promise   string `json:"promise"`
	Suspicion string `json:"suspicion"`
}

// dialectEntry is a dialect as machines read it.
type dialectEntry struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
}

// catalogue returns a list as a table and as what JSON shows.
func catalogue(what string) (header []string, rows [][]string, entries any) {
	switch what {
	case "bugs":
		var out []bugEntry
		for _, b := range reference.Bugs() {
			out = append(out, bugEntry{b.Name, b.Mistake, b.Rules, b.HeldOut})
			mistake := b.Mistake
			if b.HeldOut != "" {
				mistake += " Held out: " + b.HeldOut + "."
			}
			rows = append(rows, []string{b.Name, strings.Join(b.Rules, " "), mistake})
		}
		return []string{"BUG", "RULES", "MISTAKE"}, rows, out
	case "variants":
		var out []variantEntry
		for _, v := range reference.Variants() {
			out = append(out, variantEntry{v.Name, v.Dialect, v.Promise, v.Suspicion})
			rows = append(rows, []string{v.Name, v.Dialect, v.Promise})
		}
		return []string{"VARIANT", "DIALECT", "PROMISE"}, rows, out
	case "rules":
		for _, r := range judge.Rules() {
			rows = append(rows, []string{r.ID, string(r.Level), r.Catches})
		}
		return []string{"RULE", "LEVEL", "VIOLATED WHEN"}, rows, judge.Rules()
	case "faults":
		for _, k := range fault.Kinds() {
			rows = append(rows, []string{string(k.Kind), k.How, k.Creates})
		}
		return []string{"FAULT", "HOW", "CREATES"}, rows, fault.Kinds()
	case "dialects":
		var out []dialectEntry
		for _, d := range contract.Dialects() {
			out = append(out, dialectEntry{d.Name, d.Summary})
			rows = append(rows, []string{d.Name, d.Summary})
		}
		return []string{"DIALECT", "SUMMARY"}, rows, out
	}
	all := append(scenarios.Started(), plan.NovelScenario())
	for _, s := range all {
		rows = append(rows, []string{s.Name, scenarios.Described(s)})
	}
	return []string{"SCENARIO", "REASON"}, rows, all
}

// printDecisions prints what tells rules about repeats apart, under the list of rules.
func printDecisions(a *app) error {
	rows := [][]string{}
	for _, d := range judge.Decisions() {
		rows = append(rows, []string{d.First, d.Then, d.Rule})
	}
	fmt.Fprintln(a.Out, "\nWhich of them it is: the first row that fits.")
	return reports.Table(a.Out, []string{"FIRST", "THEN", "RULE"}, rows)
}

// newExplain prints the page of a rule.
func newExplain(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "explain RULE|FAULT|SCENARIO|DIALECT|BUG",
		Short: "Explain a rule (why it matters, usual causes and fixes), fault, scenario, dialect or " +
			"seeded bug",
		Example: `  idemcheck explain duplicate-effect
  idemcheck explain late-arrival
  idemcheck explain ietf
  idemcheck explain check-then-act`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			page, err := explain.Page(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.Out, page)
			return err
		},
	}
}
