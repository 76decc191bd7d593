package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports"
)

// show renders a saved verdict again.
func (a *app) show() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:     "show VERDICT",
		Short:   "Render a saved verdict again, with its counterexample",
		Example: "  idemcheck show idemcheck-out/20260102-150405-seed7/verdict.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			return a.runShow(&f, args[0])
		},
	}
	f.addFormat(c)
	return c
}

// runShow loads a verdict and the counterexample beside it.
func (a *app) runShow(f *runFlags, path string) error {
	v, err := files.LoadVerdict(path)
	if err != nil {
		return err
	}
	doc := reports.Document{
		Verdict: v, Elapsed: v.Duration.Std(), Why: map[string]string{}, Saved: filepath.Dir(path),
	}
	if len(v.Runs) == 1 {
		doc.Target = v.Runs[0].Target
	}
	for _, found := range v.Violations {
		doc.Why[found.Rule] = model.Why(found.Rule)
	}
	if v.Counterexample != nil {
		dir := filepath.Join(filepath.Dir(path), counterexampleName(1))
		if err := beside(&doc, a.program, dir); err != nil {
			return err
		}
	}
	for i := range v.Further {
		plan := filepath.Join(filepath.Dir(path), counterexampleName(i+2), "plan.json")
		if _, err := os.Stat(plan); err != nil {
			break // a verdict may be moved away from them
		}
		doc.Replays = append(doc.Replays, a.program+" replay "+plan)
	}
	a.code = codeOf(v.Verdict)
	return a.renderAs(doc, f)
}

// beside adds the counterexample that was saved in a folder, and the command that replays it. A
// folder that was moved away is not an error.
func beside(doc *reports.Document, program, dir string) error {
	plan, err := files.LoadPlan(filepath.Join(dir, "plan.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	doc.Case, doc.Contract = &plan.Cases[0], plan.Contract
	doc.Replay = program + " replay " + filepath.Join(dir, "plan.json")
	return files.EachHistory(filepath.Join(dir, "history.jsonl"),
		func(_ files.Header, h *model.History) error { doc.History = h; return nil })
}
