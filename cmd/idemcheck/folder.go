package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
)

// nowhere is the value of --out with which a run keeps nothing.
const nowhere = "none"

// folder is where one run keeps its files.
type folder struct {
	path string
	// kept: everything stays, even when the verdict is valid; fleeting: nothing stays.
	kept, fleeting bool
	history        *files.HistoryWriter
	// planned is how many cases the run is to have.
	planned int
	// release lets others write to the folder, and before is where what was in it is now; "" for
	// nowhere.
	release func() error
	before  string
}

// openFolder saves the plan and begins the history, before anything is sent.
func openFolder(f *runFlags, p *model.Plan) (*folder, error) {
	d, err := newFolder(f, p.Seed)
	if err != nil {
		return nil, err
	}
	if err := d.begin(p); err != nil {
		return nil, errors.Join(err, d.release())
	}
	return d, nil
}

// begin writes what comes before the first case.
func (d *folder) begin(p *model.Plan) error {
	if err := d.savePlan(p); err != nil {
		return err
	}
	d.planned = len(p.Cases) + p.Novelty
	var err error
	d.history, err = files.CreateHistory(d.in("history.jsonl"), files.Header{
		Seed: p.Seed, Contract: *contract.Redacted(&p.Contract), Planned: d.planned,
	})
	return err
}

// newFolder chooses where a run keeps its files: until it is done they are somewhere in any case.
func newFolder(f *runFlags, seed uint64) (*folder, error) {
	switch {
	case f.kept && f.out == nowhere:
		path, release, err := temporary()
		if err != nil {
			return nil, fmt.Errorf("making a folder for the run's files: %w", err)
		}
		return &folder{path: path, fleeting: true, release: release}, nil
	case f.kept:
		return (&folder{path: f.out, kept: true}).alone()
	}
	path, err := files.MakeFolder(filepath.Join("idemcheck-out",
		fmt.Sprintf("%s-seed%d", time.Now().Format("20060102-150405"), seed)))
	if err != nil {
		return nil, err
	}
	linkLatest(path)
	return (&folder{path: path}).alone()
}

// savePlan saves the plan, and again whenever it has grown.
func (d *folder) savePlan(p *model.Plan) error { return files.SavePlan(d.in("plan.json"), p) }

// finish ends the history and saves the verdict; skipped is how many cases were not run. When
// nothing was found and nobody asked for it, plan and histories, which may be large, are taken
// away.
func (d *folder) finish(v model.Verdict, skipped int) error {
	end := files.End{Planned: d.planned, Run: d.planned - skipped, Verdict: v.Verdict}
	if v.Verdict == model.Unknown {
		end.Reasons = v.Reasons
	}
	err := errors.Join(d.history.End(end), d.history.Close())
	if d.fleeting {
		return err
	}
	if d.small(v.Verdict) {
		err = errors.Join(err, os.RemoveAll(d.in("plan.json")), os.RemoveAll(d.in("history.jsonl")))
	}
	return errors.Join(err, files.SaveVerdict(d.in("verdict.json"), v))
}

// small reports whether only the verdict is kept.
func (d *folder) small(r model.Result) bool { return r == model.Valid && !d.kept }

// saved names what is kept in the end; nothing when nothing is.
func (d *folder) saved(r model.Result) string {
	switch {
	case d.fleeting:
		return ""
	case d.small(r):
		return d.in("verdict.json")
	}
	return d.path
}

// in is the path of a file in the folder.
func (d *folder) in(name ...string) string {
	return filepath.Join(append([]string{d.path}, name...)...)
}

// mostFound is how many counterexamples a run has at most.
const mostFound = 3

// counterexampleName is the folder of counterexample n, from 1, within that of its run.
func counterexampleName(n int) string {
	if n == 1 {
		return "counterexample"
	}
	return fmt.Sprintf("counterexample-%d", n)
}
