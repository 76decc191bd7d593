// Package runfolder is where one run keeps its files, and how much of the disk they may take.
package runfolder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Nowhere is the value of --out with which a run keeps nothing.
const Nowhere = "none"

// Folder is where one run keeps its files.
type Folder struct {
	path string
	// kept: everything stays, even when the verdict is valid; fleeting: nothing stays.
	kept, Fleeting bool
	History        *files.HistoryWriter
	// planned is how many cases the run is to have.
	Planned int
	// release lets others write to the folder, and before is where what was in it is now; "" for
	// nowhere.
	Release func() error
	Before  string
}

// Open opens the folder that --out names, or one of its own where it was not given (kept is false).
// It saves the plan and begins the history, before anything is sent.
func Open(out string, kept bool, p *model.Plan) (*Folder, error) {
	d, err := newFolder(out, kept, p.Seed)
	if err != nil {
		return nil, err
	}
	if err := d.begin(p); err != nil {
		return nil, errors.Join(err, d.Release())
	}
	return d, nil
}

// begin writes what comes before the first case.
func (d *Folder) begin(p *model.Plan) error {
	if err := d.SavePlan(p); err != nil {
		return err
	}
	d.Planned = len(p.Cases) + p.Novelty
	var err error
	d.History, err = files.CreateHistory(d.In("history.jsonl"), files.Header{
		Seed: p.Seed, Contract: *contract.Redacted(&p.Contract), Planned: d.Planned,
	})
	return err
}

// newFolder chooses where a run keeps its files: until it is done they are somewhere in any case.
func newFolder(out string, kept bool, seed uint64) (*Folder, error) {
	switch {
	case kept && out == Nowhere:
		path, release, err := lease.Temporary()
		if err != nil {
			return nil, fmt.Errorf("making a folder for the run's files: %w", err)
		}
		return &Folder{path: path, Fleeting: true, Release: release}, nil
	case kept:
		return (&Folder{path: out, kept: true}).alone()
	}
	path, err := files.MakeFolder(filepath.Join("idemcheck-out",
		fmt.Sprintf("%s-seed%d", time.Now().Format("20060102-150405"), seed)))
	if err != nil {
		return nil, err
	}
	linkLatest(path)
	return (&Folder{path: path}).alone()
}

// SavePlan saves the plan, and again whenever it has grown.
func (d *Folder) SavePlan(p *model.Plan) error { return files.SavePlan(d.In("plan.json"), p) }

// Finish ends the history and saves the verdict; skipped is how many cases were not run. When
// nothing was found and nobody asked for it, plan and histories, which may be large, are taken
// away.
func (d *Folder) Finish(v verdict.Verdict, skipped int) error {
	end := files.End{Planned: d.Planned, Run: d.Planned - skipped, Verdict: v.Verdict}
	if v.Verdict == verdict.Unknown {
		end.Reasons = v.Reasons
	}
	err := errors.Join(d.History.End(end), d.History.Close())
	if d.Fleeting {
		return err
	}
	if d.small(v.Verdict) {
		for _, name := range []string{"plan.json", "history.jsonl", serviceLog} {
			err = errors.Join(err, os.RemoveAll(d.In(name)))
		}
	}
	return errors.Join(err, files.SaveVerdict(d.In("verdict.json"), v))
}

// serviceLog is the file of what a service wrote that the run started.
const serviceLog = "service.log"

// KeepLog keeps what a service wrote that the run started, where there is anything to keep.
func (d *Folder) KeepLog(wrote []byte) error {
	if d.Fleeting || len(wrote) == 0 {
		return nil
	}
	return files.Write(d.In(serviceLog), wrote)
}

// small reports whether only the verdict is kept.
func (d *Folder) small(r verdict.Result) bool { return r == verdict.Valid && !d.kept }

// Saved names what is kept in the end; nothing when nothing is.
func (d *Folder) Saved(r verdict.Result) string {
	switch {
	case d.Fleeting:
		return ""
	case d.small(r):
		return d.In("verdict.json")
	}
	return d.path
}

// In is the path of a file in the folder.
func (d *Folder) In(name ...string) string {
	return filepath.Join(append([]string{d.path}, name...)...)
}

// maxFound is how many counterexamples a run has at most.
const maxFound = 3

// Counterexample is the folder of counterexample n, from 1, within that of its run.
func Counterexample(n int) string {
	if n == 1 {
		return "counterexample"
	}
	return fmt.Sprintf("counterexample-%d", n)
}
