package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/runfolder"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports"
)

// newShow renders a saved verdict again.
func newShow(a *app) *cobra.Command {
	var f session.Flags
	c := &cobra.Command{
		Use:   "show FOLDER|VERDICT",
		Short: "Show a saved run again, with its counterexample",
		Long: `Show a saved run again, with its counterexample: that of a verdict, or of a folder
that holds one. Of idemcheck-out the latest run is shown, and of a counterexample's folder, or a
run that was killed before its verdict, the history is judged.`,
		Example: `  idemcheck show idemcheck-out/latest
  idemcheck show idemcheck-out/20260102-150405-seed7/verdict.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.Check(c); err != nil {
				return err
			}
			return runShow(c.Context(), a, &f, args[0])
		},
	}
	f.AddFormat(c)
	return c
}

// runShow shows what a path leads to.
func runShow(ctx context.Context, a *app, f *session.Flags, path string) error {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return showVerdict(a, f, path)
	}
	for _, name := range []string{"verdict.json", filepath.Join("latest", "verdict.json")} {
		if _, err := os.Stat(filepath.Join(path, name)); err == nil {
			return showVerdict(a, f, filepath.Join(path, name))
		}
	}
	history := filepath.Join(path, "history.jsonl")
	if _, err := os.Stat(history); err == nil {
		return runJudge(ctx, a, f, savedHistory{path: history})
	}
	return exit.Usage(fmt.Errorf("showing %s: it holds no run: neither verdict.json nor "+
		"history.jsonl is there\n  next: give the folder of a run, such as idemcheck-out/latest", path))
}

// showVerdict loads a verdict and the counterexamples beside it.
func showVerdict(a *app, f *session.Flags, path string) error {
	v, err := files.LoadVerdict(path)
	if err != nil {
		return err
	}
	doc := reports.Document{
		Verdict: v, Elapsed: v.Duration.Std(), Saved: filepath.Dir(path),
	}
	if len(v.Runs) == 1 {
		doc.Target = v.Runs[0].Target
	}
	if v.Counterexample != nil {
		dir := filepath.Join(filepath.Dir(path), runfolder.Counterexample(1))
		if err := beside(&doc, a.Program, dir); err != nil {
			return err
		}
	}
	for i := range v.Further {
		plan := filepath.Join(filepath.Dir(path), runfolder.Counterexample(i+2), "plan.json")
		if _, err := os.Stat(plan); err != nil {
			break // a verdict may be moved away from them
		}
		doc.Replays = append(doc.Replays, a.Program+" replay "+plan)
	}
	doc.Notes = append(doc.Notes, session.Renamed(&v)...)
	a.code = exit.Of(v)
	return a.Render(doc, f.Format, f.ASCII)
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
