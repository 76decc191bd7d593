// Package session is one run against one target: draw or load a plan, run it, save and report.
package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/latency"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/runfolder"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/traces"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/lines"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/result"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
)

// Session is one run against one target: plan, run, judge, save, report.
type Session struct {
	terminal.Streams
	Flags *Flags
	// contract is as it was written; targetURL is where the target really is.
	Contract  *model.Contract
	TargetURL string
	Hint      model.TargetHint
	// extra are the flags that a replay needs to find the target.
	Extra []string
	// started is when the target began to be attacked; waits are the latencies since then.
	started time.Time
	waits   *latency.Recorder
	// replayed says what became of a saved plan; "" for a drawn one.
	replayed string
	// service is what the run started; nil where it started nothing.
	service *reach.Started
	// beyond says why a pass would mean nothing; "" when it means something.
	Beyond string
	// version is that of this tool.
	Version string
	// runID is the name of the run in the headers of what it sends; "" where it sends none.
	runID string
	// notes are shown at the end of the report.
	notes []string
	// drawn reports whether the plan was drawn and not saved earlier: only then a pass says
	// something about what else could be drawn.
	drawn bool
	// code is the exit code of the verdict, once it was reported.
	Code int
}

// Attack draws a plan, runs it and reports.
func (s *Session) Attack(ctx context.Context) error {
	list, err := s.Flags.chosen(s.Contract)
	if err != nil {
		return err
	}
	plan, err := drawPlan(ctx, plan.Options{
		Contract: s.Contract, Scenarios: list, Seed: s.Flags.Seed, Cases: s.Flags.cases,
		Search: plan.Search(s.Flags.search), Points: pointsOf(s.Contract),
	})
	if err != nil {
		return err
	}
	plan.Target, s.drawn = s.Hint, true
	s.note(notesOf(list)...)
	s.notes = append(s.notes, leftOut(list, s.Contract)...)
	switch {
	case s.Flags.dry:
		return foresee(s, plan, "dry run, seed %d: nothing was sent\n\n")
	case s.Flags.readOnly:
		return lookOnly(ctx, s, plan)
	}
	return s.execute(ctx, plan, campaign.Run)
}

// note adds notes to the report, and where programs read it and see none, to the standard error.
func (s *Session) note(texts ...string) {
	for _, text := range texts {
		if s.notes = append(s.notes, text); s.Flags.Format != "text" {
			fmt.Fprintf(s.Err, "note: %s\n", text)
		}
	}
}

// Again runs a saved plan and says whether what it showed is still there.
func (s *Session) Again(ctx context.Context, plan *model.Plan) error {
	s.note(renamedIn(plan)...)
	run := func(ctx context.Context, o campaign.Options) (*campaign.RunResult, error) {
		result, err := campaign.Replay(ctx, o)
		if err == nil {
			s.replayed = campaign.ReplayNote(plan, result)
		}
		return result, err
	}
	return s.execute(ctx, plan, run)
}

// drawPlan draws a plan. Thousands of cases take seconds, and who interrupts waits for none of
// them.
func drawPlan(ctx context.Context, o plan.Options) (*model.Plan, error) {
	var drawn *model.Plan
	var err error
	done := make(chan struct{})
	o.Stop = ctx.Done()
	go func() { drawn, err = plan.Draw(o); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		return nil, fmt.Errorf("drawing the plan: %w", context.Cause(ctx))
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("drawing the plan: %w", context.Cause(ctx))
	case err != nil:
		return nil, exit.Usage(err)
	}
	return drawn, nil
}

// leftOut says which scenarios cannot be drawn, a line for every reason. That nothing is known to
// fail, or nothing started, is said of a pass instead: it is one of the things that were not tried.
func leftOut(list []plan.Scenario, c *model.Contract) []string {
	var reasons, out []string
	names := map[string][]string{}
	for _, sc := range list {
		why := plan.Applicable(sc, c)
		if why != "" && names[why] == nil && !sc.Failing && !sc.Started {
			reasons = append(reasons, why)
		}
		names[why] = append(names[why], sc.Name)
	}
	for _, why := range reasons {
		out = append(out, fmt.Sprintf("left out: %s: %s", strings.Join(names[why], ", "), why))
	}
	return out
}

// reach opens the way to the target, whose URL the session knows from then on.
func (s *Session) reach(ctx context.Context) (*reach.Endpoint, error) {
	there := *s.Contract
	there.Target.URL = s.TargetURL
	t, err := reach.Open(ctx, s.Streams, &there, s.Flags.Reach)
	if errors.Is(err, trial.ErrUnreachable) {
		return nil, s.explainFailure(err)
	}
	if err != nil {
		return nil, err
	}
	s.TargetURL, s.service = t.Contract.Target.URL, t.Started
	s.note(unverified(t.Contract)...)
	return t, nil
}

// execute runs a plan against the target and reports: [campaign.Run] a drawn one, [campaign.Replay]
// a saved one.
func (s *Session) execute(ctx context.Context, plan *model.Plan, run runPlan) (err error) {
	shown, err := traces.Open(ctx, s.Flags.otlp, s.Flags.Reach.AllowHost, s.Contract)
	if err != nil {
		return err
	}
	t, err := s.reach(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	dir, err := runfolder.Open(s.Flags.out, s.Flags.kept, plan)
	if err != nil {
		return s.explainFailure(err)
	}
	defer func() { err = errors.Join(err, dir.Release()) }()
	if dir.Before != "" {
		s.notes = append(s.notes, "what was in the folder before is kept in "+dir.Before)
	}
	begin(s)
	w := &watch{
		folder: dir, waits: s.waits, bar: s.NewProgress(s.Flags.quiet || s.Flags.verbose),
		space: runfolder.NewDisk(dir.History, dir.Planned),
	}
	if s.Flags.verbose {
		w.exchanges = &exchanges{out: s.Err, key: s.Contract.Key.Header}
	}
	within, end := t.Agreeing(ctx)
	defer end()
	result, err := run(within, campaign.Options{
		Contract: t.Contract, Secrets: contract.Secrets(s.Contract, s.Env), Plan: plan,
		RunID: s.runID,
		Place: t.Site(), Observer: w,
		Limits: campaign.Limits{
			Budget: s.Flags.budget, Parallel: s.Flags.parallel, KeepGoing: s.Flags.KeepGoing,
		},
	})
	w.bar.Clear()
	if unwritten := dir.KeepLog(t.Started.Output()); unwritten != nil {
		return s.explainFailure(unwritten)
	}
	if err = cmp.Or(t.Disagreement(), err); err != nil {
		v := runfolder.UnknownVerdict(plan.Seed, whyFailed(ctx))
		s.stamp(&v, time.Since(s.started))
		unsaved := dir.Finish(v, dir.Planned)
		err = s.explainFailure(errors.Join(err, unsaved))
		if saved := dir.Saved(v.Verdict); saved != "" && unsaved == nil {
			err = fmt.Errorf("%w\n  saved: what was done so far is in %s", err, saved)
		}
		return err
	}
	w.space.Doubt(result)
	showTraces(ctx, s, shown, dir.In("history.jsonl"))
	if note := s.unusedProxies(); note != "" {
		fmt.Fprintf(s.Err, "note: %s\n", note)
	}
	return s.explainFailure(s.report(ctx, dir, result.Plan, result))
}

// runPlan runs a plan.
type runPlan func(context.Context, campaign.Options) (*campaign.RunResult, error)

// stamp adds to a verdict what ran against what, when, and how long everything took.
func (s *Session) stamp(v *verdict.Verdict, took time.Duration) {
	v.Duration = value.Duration(took.Truncate(time.Microsecond))
	v.Latency = s.waits.Summary()
	v.Runs = []verdict.RunFacts{{
		Tool: s.Version, Target: reach.WithoutUser(s.TargetURL),
		Started: s.started.UTC().Truncate(time.Second), ID: s.runID,
	}}
}

// report saves what was found and renders it.
func (s *Session) report(
	ctx context.Context, d *runfolder.Folder, plan *model.Plan, r *campaign.RunResult,
) error {
	doc := s.document(plan, r)
	s.stamp(&doc.Verdict, r.Elapsed)
	s.place(&doc.Verdict)
	if ctx.Err() != nil {
		cutShort(&doc, whyFailed(ctx), r.Skipped)
	}
	if s.Beyond != "" && doc.Verdict.Verdict == verdict.Valid {
		doc.Verdict = judge.Merge(doc.Verdict, runfolder.UnknownVerdict(plan.Seed, s.Beyond))
	}
	if err := s.weigh(&doc.Verdict, r); err != nil {
		return err
	}
	if r.Found != nil && !d.Fleeting {
		if err := s.saveFound(d, &doc, r); err != nil {
			return err
		}
	}
	if doc.Saved = d.Saved(doc.Verdict.Verdict); doc.Saved == "" && r.Found != nil {
		doc.Notes = append(doc.Notes, fmt.Sprintf(
			"nothing was kept; to replay it, run again with --seed %d and without --out none", plan.Seed))
	}
	if err := d.Finish(doc.Verdict, r.Skipped); err != nil {
		return err
	}
	s.Code = exit.Of(doc.Verdict)
	return s.Render(doc, s.Flags.Format, s.Flags.ASCII)
}

// place says where in the contract's file mistakes are, if it can be read.
func (s *Session) place(v *verdict.Verdict) {
	if len(v.Mistakes) == 0 || s.Hint.Contract == "" {
		return
	}
	places, err := lines.Load(s.Hint.Contract)
	if err != nil {
		return // the paths say enough
	}
	for i := range v.Mistakes {
		m := &v.Mistakes[i]
		before := m.String()
		m.Place = places.Of(m.Path...).String()
		if at := slices.Index(v.Reasons, before); at >= 0 {
			v.Reasons[at] = m.String()
		}
	}
}

// saveFound saves the smallest cases as plans of their own, with their histories, and the first as
// curl commands too.
func (s *Session) saveFound(
	d *runfolder.Folder, doc *reports.Document, r *campaign.RunResult,
) error {
	shelf := result.Shelf{
		Plan:    func(n int, _ string) string { return d.In(runfolder.Counterexample(n), "plan.json") },
		History: func(n int) string { return d.In(runfolder.Counterexample(n), "history.jsonl") },
		Line:    s.replayLine,
	}
	if err := shelf.Keep(doc, r); err != nil {
		return err
	}
	for i := range 1 + len(r.Further) {
		if c := numbered(&doc.Verdict, i); c != nil {
			c.Plan, c.History = shelf.Plan(i+1, c.Rule), shelf.History(i+1)
		}
	}
	return saveScript(d, doc)
}

// numbered returns a verdict's counterexample i, from 0; nil when it has none of that number.
func numbered(v *verdict.Verdict, i int) *verdict.Counterexample {
	if i == 0 {
		return v.Counterexample
	}
	if i > len(v.Further) {
		return nil
	}
	return &v.Further[i-1]
}

// weigh adds to a pass what it is worth.
func (s *Session) weigh(v *verdict.Verdict, r *campaign.RunResult) error {
	if v.Confidence = judge.NewConfidence(*v); v.Confidence == nil || !s.drawn {
		v.Confidence = nil
		return nil
	}
	measured, err := calibrate.Committed()
	if err != nil {
		return err
	}
	cases := map[string]int{}
	for _, t := range r.Tallies {
		cases[t.Scenario] = t.Cases
	}
	v.Confidence.Seeded = measured.Worth(cases)
	return nil
}

// saveScript saves the counterexample as curl commands, and an executable bit it does not need.
func saveScript(d *runfolder.Folder, doc *reports.Document) error {
	var script bytes.Buffer
	err := reports.Curl(&script, *doc)
	if errors.Is(err, reports.ErrNoCounterexample) {
		return nil
	}
	if err != nil {
		return err
	}
	doc.Script = d.In("counterexample", "curl.sh")
	return files.Write(doc.Script, script.Bytes())
}

// replayLine is the command that replays a counterexample.
func (s *Session) replayLine(plan string) string {
	return strings.Join(append([]string{s.Program, "replay", plan}, s.Extra...), " ")
}

// document puts everything a report may show together.
func (s *Session) document(plan *model.Plan, r *campaign.RunResult) reports.Document {
	doc := result.Document(r, contract.Redacted(s.Contract), reach.WithoutUser(s.TargetURL))
	doc.Contract.Target.URL = doc.Target
	doc.Elapsed, doc.Replayed = r.Elapsed, s.replayed
	doc.Notes = slices.Concat(s.notes, r.Notes)
	if r.Skipped > 0 && r.Verdict.Judged.Cases > 0 {
		doc.Notes = append(doc.Notes,
			fmt.Sprintf("%d of %d cases were not begun", r.Skipped, len(plan.Cases)+plan.Novelty))
	}
	if r.Rerun > 0 {
		were := "cases were"
		if r.Rerun == 1 {
			were = "case was"
		}
		doc.Notes = append(doc.Notes, fmt.Sprintf(
			"%d %s run again: a planned fault or race did not happen, or time was in doubt",
			r.Rerun, were))
	}
	for _, t := range r.Tallies {
		doc.Scenarios = append(doc.Scenarios, reports.ScenarioTally{
			Name: t.Scenario, Cases: t.Cases, Elapsed: t.Elapsed,
			Violations: t.Violations, Reasons: t.Reasons,
		})
	}
	return doc
}
