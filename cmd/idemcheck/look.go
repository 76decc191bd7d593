package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/latency"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reports"
	"github.com/idemcheck/idemcheck/scenarios"
)

// judge judges a saved history again.
func (a *app) judge() *cobra.Command {
	var f runFlags
	var file string
	c := &cobra.Command{
		Use:     "judge HISTORY",
		Short:   "Judge a saved history again, without sending anything",
		Example: "  idemcheck judge idemcheck-out/20260102-150405-seed7/history.jsonl --format json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			return a.runJudge(c.Context(), &f, args[0], file)
		},
	}
	f.addFormat(c)
	c.Flags().StringVarP(&file, "contract", "f", "", "judge by this contract instead of the saved one")
	return c
}

// memoryLimit is what judging may use before memory is collected more often, in bytes.
const memoryLimit = 300 << 20

// runJudge merges the verdicts of all histories in a file; of a case that was run again, the last
// one counts unless an earlier one was invalid.
func (a *app) runJudge(ctx context.Context, f *runFlags, path, file string) error {
	// Judging makes much garbage and keeps little: collecting it less often saves a quarter of the
	// time, and the limit keeps memory bounded all the same.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(memoryLimit)
	j := judging{
		path: path, byCase: map[int]*model.Verdict{},
		alike: map[string]*model.Verdict{}, waits: latency.New(),
	}
	if file != "" {
		c, err := contract.Load(file)
		if err != nil {
			return err
		}
		j.contract = c
	}
	add := func(one judgement) error { return errors.Join(context.Cause(ctx), j.add(one)) }
	ending, err := files.MapHistories(path, j.judge, add)
	if err != nil {
		return err
	}
	doc, err := j.document(ending)
	if err != nil {
		return err
	}
	a.code = codeOf(doc.Verdict.Verdict)
	return a.renderAs(doc, f)
}

// judging collects the verdicts of a history file.
type judging struct {
	path     string
	contract *model.Contract
	// compiled protects contract and spec, which the first history sets, and seed.
	compiled sync.Once
	spec     *contract.Compiled
	seed     uint64
	err      error
	waits    *latency.Recorder
	byCase   map[int]*model.Verdict
	order    []int
	// alike are the verdicts on valid cases, each kept once: they hold nothing but a few counts.
	alike map[string]*model.Verdict
	// bad is the smallest history that is invalid.
	bad *model.History
}

// judgement is what came of one history, which is kept only when it is invalid.
type judgement struct {
	of      int
	verdict model.Verdict
	// counts is the same for verdicts that are; empty for those that are kept one by one.
	counts string
	bad    *model.History
}

// judge judges one history; several may be judged at once.
func (j *judging) judge(h files.Header, history *model.History) judgement {
	j.compiled.Do(func() {
		if j.contract == nil {
			j.contract = &h.Contract
		}
		j.seed = h.Seed
		j.spec, j.err = contract.Compile(j.contract)
	})
	if j.err != nil {
		return judgement{}
	}
	j.waits.Add(history)
	out := judgement{of: history.Case, verdict: judge.Judge(history, j.contract, j.spec)}
	out.verdict = judge.Doubt(out.verdict, history)
	for i := range out.verdict.Violations {
		out.verdict.Violations[i].Scenario = history.Scenario
	}
	switch v := &out.verdict; v.Verdict {
	case model.Invalid:
		out.bad = history
	case model.Valid:
		if len(v.Races.Overlaps) == 0 && len(v.Violations) == 0 {
			out.counts = fmt.Sprint(v.Seed, v.Judged, v.Faults, v.Races)
		}
	}
	return out
}

// add files what came of one history.
func (j *judging) add(one judgement) error {
	if j.err != nil {
		return j.unfit(fmt.Errorf("compiling its contract: %w", j.err))
	}
	before := j.byCase[one.of]
	if before == nil {
		j.order = append(j.order, one.of)
	}
	if before == nil || before.Verdict != model.Invalid {
		j.byCase[one.of] = j.kept(one)
	}
	if one.bad != nil && (j.bad == nil || len(one.bad.Events) < len(j.bad.Events)) {
		j.bad = one.bad
	}
	return nil
}

// kept is what a judgement's verdict is kept as.
func (j *judging) kept(one judgement) *model.Verdict {
	if one.counts == "" {
		return &one.verdict
	}
	if j.alike[one.counts] == nil {
		j.alike[one.counts] = &one.verdict
	}
	return j.alike[one.counts]
}

// document merges what was judged. A pass of a file that is not whole is none.
func (j *judging) document(ending files.Ending) (reports.Document, error) {
	doc := reports.Document{Verdict: model.NewVerdict(), History: j.bad}
	if j.spec == nil {
		doc.Verdict = unknownVerdict(j.seed, "the history holds no case")
		doc.Verdict.Reasons = append(doc.Verdict.Reasons, ending.Doubts(0)...)
		return doc, nil
	}
	doc.Verdict = judge.MergeAll(func(yield func(model.Verdict) bool) {
		for _, i := range j.order {
			if !yield(*j.byCase[i]) {
				return
			}
		}
	})
	for _, why := range ending.Doubts(len(j.order)) {
		doc.Verdict = judge.Merge(doc.Verdict, unknownVerdict(j.seed, why))
	}
	doc.Verdict.Seed, doc.Contract, doc.Verdict.Latency = j.seed, *j.contract, j.waits.Summary()
	if err := j.spec.Err(); err != nil {
		return doc, j.unfit(fmt.Errorf("judging it by its contract: %w", err))
	}
	return doc, nil
}

// unfit is the error of a history and a contract that do not go together.
func (j *judging) unfit(err error) error {
	return &files.Error{
		Path: j.path, Err: err, Advice: "give the contract of that run with -f, or run again",
	}
}

// explain prints the page of a rule.
func (a *app) explain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain RULE|BUG",
		Short: "Explain a rule (why it matters, usual causes and fixes) or a seeded bug",
		Example: `  idemcheck explain duplicate-effect
  idemcheck explain check-then-act`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			page, err := pageOf(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.out, page)
			return err
		},
	}
}

// pageOf returns the page of a rule or, where there is none of that name, of a seeded bug.
func pageOf(name string) (string, error) {
	page, notRule := judge.Explain(name)
	if notRule == nil {
		return page, nil
	}
	measured, err := calibrate.Committed()
	if err != nil {
		return "", err
	}
	page, notBug := measured.Page(name)
	if notBug != nil {
		return "", usageError{fmt.Errorf("%w\n  nor is it a seeded bug: %w", notRule, notBug)}
	}
	return page, nil
}

// list prints one of the catalogues.
func (a *app) list() *cobra.Command {
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
				enc := json.NewEncoder(a.out)
				enc.SetIndent("", "  ")
				enc.SetEscapeHTML(false)
				return enc.Encode(entries)
			case "text":
				if err := reports.Table(a.out, header, rows); err != nil || args[0] != "rules" {
					return err
				}
				return a.decisions()
			}
			return usageError{fmt.Errorf("--format %q is none of text, json", format)}
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
		for _, k := range model.FaultKinds() {
			rows = append(rows, []string{string(k.Kind), k.How, k.Creates})
		}
		return []string{"FAULT", "HOW", "CREATES"}, rows, model.FaultKinds()
	case "dialects":
		var out []dialectEntry
		for _, d := range contract.Dialects() {
			out = append(out, dialectEntry{d.Name, d.Summary})
			rows = append(rows, []string{d.Name, d.Summary})
		}
		return []string{"DIALECT", "SUMMARY"}, rows, out
	}
	all := append(scenarios.HTTP(), plan.NovelScenario())
	for _, s := range all {
		rows = append(rows, []string{s.Name, s.Reason})
	}
	return []string{"SCENARIO", "REASON"}, rows, all
}
