package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/latency"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/runfolder"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/judge/declare"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
)

// newJudge judges a saved history again.
func newJudge(a *app) *cobra.Command {
	var f session.Flags
	var file string
	c := &cobra.Command{
		Use:     "judge HISTORY",
		Short:   "Judge a saved history again, without sending anything",
		Example: "  idemcheck judge idemcheck-out/20260102-150405-seed7/history.jsonl --format json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.Check(c); err != nil {
				return err
			}
			return runJudge(c.Context(), a, &f, savedHistory{args[0], file})
		},
	}
	f.AddFormat(c)
	c.Flags().StringVarP(&file, "contract", "f", "", "judge by this contract instead of the saved one")
	return c
}

// memoryLimit is what judging may use before memory is collected more often, in bytes.
const memoryLimit = 300 << 20

// savedHistory is a file of histories, and the contract to judge it by; "" means the saved one.
type savedHistory struct{ path, contract string }

// runJudge merges the verdicts of all histories in a file; of a case that was run again, the last
// one counts unless an earlier one was invalid.
func runJudge(ctx context.Context, a *app, f *session.Flags, h savedHistory) error {
	// Judging makes much garbage and keeps little: collecting it less often saves a quarter of the
	// time, and the limit keeps memory bounded all the same.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(memoryLimit)
	j := judging{
		path: h.path, byCase: map[int]*verdict.Verdict{},
		alike: map[string]*verdict.Verdict{}, waits: latency.New(),
	}
	if h.contract != "" {
		c, err := contract.Load(h.contract)
		if err != nil {
			return err
		}
		j.contract = c
	}
	add := func(one judgement) error { return errors.Join(context.Cause(ctx), j.add(one)) }
	ending, err := files.MapHistories(h.path, j.judge, add)
	if err != nil {
		return err
	}
	doc, err := j.document(ending)
	if err != nil {
		return err
	}
	doc.Notes = append(doc.Notes, session.Renamed(&doc.Verdict)...)
	a.code = exit.Of(doc.Verdict)
	return a.Render(doc, f.Format, f.ASCII)
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
	byCase   map[int]*verdict.Verdict
	order    []int
	// alike are the verdicts on valid cases, each kept once: they hold nothing but a few counts.
	alike map[string]*verdict.Verdict
	// bad is the smallest history that is invalid.
	bad *model.History
}

// judgement is what came of one history, which is kept only when it is invalid.
type judgement struct {
	of      int
	verdict verdict.Verdict
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
	declare.Lines(&out.verdict, history, j.contract, j.spec)
	for i := range out.verdict.Violations {
		out.verdict.Violations[i].Scenario = history.Scenario
	}
	switch v := &out.verdict; v.Verdict {
	case verdict.Invalid:
		out.bad = history
	case verdict.Valid:
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
	if before == nil || before.Verdict != verdict.Invalid {
		j.byCase[one.of] = j.kept(one)
	}
	if one.bad != nil && (j.bad == nil || len(one.bad.Events) < len(j.bad.Events)) {
		j.bad = one.bad
	}
	return nil
}

// kept is what a judgement's verdict is kept as.
func (j *judging) kept(one judgement) *verdict.Verdict {
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
	doc := reports.Document{Verdict: verdict.New(), History: j.bad}
	if j.spec == nil {
		doc.Verdict = runfolder.UnknownVerdict(j.seed, "the history holds no case")
		doc.Verdict.Reasons = append(doc.Verdict.Reasons, ending.Doubts(0)...)
		return doc, nil
	}
	doc.Verdict = judge.MergeAll(func(yield func(verdict.Verdict) bool) {
		for _, i := range j.order {
			if !yield(*j.byCase[i]) {
				return
			}
		}
	})
	for _, why := range ending.Doubts(len(j.order)) {
		doc.Verdict = judge.Merge(doc.Verdict, runfolder.UnknownVerdict(j.seed, why))
	}
	doc.Verdict.Undecided = append(doc.Verdict.Undecided, session.Unmeasured(j.contract)...)
	doc.Verdict.Seed, doc.Contract, doc.Verdict.Latency = j.seed, *j.contract, j.waits.Summary()
	if err := j.spec.Err(); err != nil {
		return doc, j.unfit(fmt.Errorf("judging it by its contract: %w", err))
	}
	return doc, nil
}

// unfit is the error of a history and a contract that do not go together.
func (j *judging) unfit(err error) error {
	return &files.ReadError{
		Path: j.path, Err: err, Advice: "give the contract of that run with -f, or run again",
	}
}
