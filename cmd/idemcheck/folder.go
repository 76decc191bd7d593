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

// folder is where one run keeps its files.
type folder struct {
	path    string
	kept    bool
	history *files.HistoryWriter
}

// openFolder saves the plan and begins the history, before anything is sent.
func openFolder(f *runFlags, p *model.Plan) (*folder, error) {
	path := f.out
	if !f.kept {
		name := fmt.Sprintf("%s-seed%d", time.Now().Format("20060102-150405"), p.Seed)
		path = filepath.Join("idemcheck-out", name)
	}
	d := &folder{path: path, kept: f.kept}
	if err := d.savePlan(p); err != nil {
		return nil, err
	}
	h, err := files.CreateHistory(filepath.Join(path, "history.jsonl"), files.Header{
		Seed: p.Seed, Contract: *contract.Redacted(&p.Contract),
	})
	if err != nil {
		return nil, err
	}
	d.history = h
	return d, nil
}

// savePlan saves the plan, and again whenever it has grown.
func (d *folder) savePlan(p *model.Plan) error { return files.SavePlan(d.in("plan.json"), p) }

// finish saves the verdict, or takes the folder away when nothing was found and nobody asked for
// it.
func (d *folder) finish(v model.Verdict) error {
	err := d.history.Close()
	if v.Verdict == model.Valid && !d.kept {
		err = errors.Join(err, os.RemoveAll(d.path))
		_ = os.Remove(filepath.Dir(d.path)) // fails when other runs are kept there, which is right
		return err
	}
	return errors.Join(err, files.SaveVerdict(filepath.Join(d.path, "verdict.json"), v))
}

// in is the path of a file in the folder.
func (d *folder) in(name ...string) string {
	return filepath.Join(append([]string{d.path}, name...)...)
}

// saveCounterexample saves the smallest case as a plan of its own, and its history.
func (d *folder) saveCounterexample(p *model.Plan, h *model.History) error {
	if err := files.SavePlan(d.in("counterexample", "plan.json"), p); err != nil {
		return err
	}
	if h == nil {
		return nil
	}
	w, err := files.CreateHistory(d.in("counterexample", "history.jsonl"), files.Header{
		Seed: p.Seed, Contract: *contract.Redacted(&p.Contract),
	})
	if err != nil {
		return err
	}
	return errors.Join(w.Add(h), w.Close())
}
