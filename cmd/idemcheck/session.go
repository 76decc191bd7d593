package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/latency"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/result"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/reports"
)

// session is one run against one target: plan, run, judge, save, report.
type session struct {
	*app
	flags *runFlags
	// contract is as it was written; targetURL is where the target really is.
	contract  *model.Contract
	targetURL string
	hint      model.TargetHint
	// extra are the flags that a replay needs to find the target.
	extra []string
	// started is when the target began to be attacked; waits are the latencies since then.
	started time.Time
	waits   *latency.Recorder
	// replayed says what became of a saved plan; "" for a drawn one.
	replayed string
	// beyond says why a pass would mean nothing; "" when it means something.
	beyond string
	// notes are shown at the end of the report.
	notes []string
	// drawn tells that the plan was drawn and not saved earlier: only then a pass says something about
	// what else could be drawn.
	drawn bool
}

// attack draws a plan, runs it and reports.
func (s *session) attack(ctx context.Context) error {
	list, err := s.flags.chosen()
	if err != nil {
		return err
	}
	plan, err := drawPlan(ctx, plan.Options{
		Contract: s.contract, Scenarios: list, Seed: s.flags.seed, Cases: s.flags.cases,
		Search: plan.Search(s.flags.search),
	})
	if err != nil {
		return err
	}
	plan.Target, s.drawn = s.hint, true
	s.notes = append(s.notes, leftOut(list, s.contract)...)
	return s.execute(ctx, plan, campaign.Run)
}

// drawPlan draws a plan. Thousands of cases take seconds, and who interrupts waits for none of
// them: then what is still being drawn is dropped with the process.
func drawPlan(ctx context.Context, o plan.Options) (*model.Plan, error) {
	var drawn *model.Plan
	done := make(chan error, 1)
	go func() {
		var err error
		drawn, err = plan.Draw(o)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return nil, usageError{err}
		}
		return drawn, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("drawing the plan: %w", context.Cause(ctx))
	}
}

// leftOut says which scenarios cannot be drawn, a line for every reason. That nothing is known to
// fail is said of a pass instead: it is one of the things that were not tried.
func leftOut(list []plan.Scenario, c *model.Contract) []string {
	var reasons, out []string
	names := map[string][]string{}
	for _, sc := range list {
		why := plan.Applicable(sc, c)
		if why != "" && names[why] == nil && !sc.Failing {
			reasons = append(reasons, why)
		}
		names[why] = append(names[why], sc.Name)
	}
	for _, why := range reasons {
		out = append(out, fmt.Sprintf("left out: %s: %s", strings.Join(names[why], ", "), why))
	}
	return out
}

// execute runs a plan against the target and reports: [campaign.Run] a drawn one, [campaign.Replay]
// a saved one.
func (s *session) execute(ctx context.Context, plan *model.Plan, run runPlan) (err error) {
	there := *s.contract
	there.Target.URL = s.targetURL
	t, err := s.openTarget(ctx, &there, s.flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.opened.close()) }()
	s.targetURL = t.contract.Target.URL
	dir, err := openFolder(s.flags, plan)
	if err != nil {
		return s.explainFailure(err)
	}
	defer func() { err = errors.Join(err, dir.release()) }()
	if dir.before != "" {
		s.notes = append(s.notes, "what was in the folder before is kept in "+dir.before)
	}
	s.started, s.waits = time.Now(), latency.New()
	w := &watch{
		folder: dir, waits: s.waits, bar: s.newProgress(s.flags),
		space: newDisk(dir.history, dir.planned),
	}
	result, err := run(ctx, campaign.Options{
		Contract: t.contract, Secrets: contract.Secrets(s.contract, s.env), Plan: plan,
		Place: execute.Site{World: t.world, HTTP: t.http}, Observer: w,
		Limits: campaign.Limits{
			Budget: s.flags.budget, Parallel: s.flags.parallel, KeepGoing: s.flags.keepGoing,
		},
	})
	w.bar.clear()
	if err != nil {
		v := unknownVerdict(plan.Seed, whyFailed(ctx))
		s.stamp(&v, time.Since(s.started))
		return s.explainFailure(errors.Join(err, dir.finish(v, dir.planned)))
	}
	w.space.doubt(result)
	if note := s.unusedProxies(); note != "" {
		fmt.Fprintf(s.err, "note: %s\n", note)
	}
	return s.explainFailure(s.report(ctx, dir, result.Plan, result))
}

// watch saves and shows what a run does.
type watch struct {
	campaign.Unobserved
	folder *folder
	waits  *latency.Recorder
	bar    *progress
	space  *disk
}

// Save implements [campaign.Observer].
func (w *watch) Save(h *model.History) error {
	w.waits.Add(h)
	return w.folder.history.Add(h)
}

// Grow implements [campaign.Observer].
func (w *watch) Grow(p *model.Plan) error { return w.folder.savePlan(p) }

// Progress implements [campaign.Observer].
func (w *watch) Progress(now campaign.Progress) { w.bar.show(now) }

// Want implements [campaign.Observer].
func (w *watch) Want(model.Case) bool { return w.space.room() }

// runPlan runs a plan.
type runPlan func(context.Context, campaign.Options) (*campaign.Result, error)

// unknownVerdict is the verdict on what was not judged.
func unknownVerdict(seed uint64, why string) model.Verdict {
	v := model.NewVerdict()
	v.Verdict, v.Seed, v.Reasons = model.Unknown, seed, []string{why}
	return v
}

// stamp adds to a verdict what ran against what, when, and how long everything took.
func (s *session) stamp(v *model.Verdict, took time.Duration) {
	v.Duration = model.Duration(took.Truncate(time.Microsecond))
	v.Latency = s.waits.Summary()
	v.Runs = []model.RunFacts{{
		Tool: thisBuild().Version, Target: withoutUser(s.targetURL),
		Started: s.started.UTC().Truncate(time.Second),
	}}
}

// withoutUser returns a URL without user and password; nothing when it cannot be read.
func withoutUser(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

// whyFailed is why a run ended early.
func whyFailed(ctx context.Context) string {
	if by, ok := interrupted(ctx); ok {
		return "the run was " + by.Error()
	}
	if ctx.Err() != nil {
		return "the run was interrupted"
	}
	return "the run failed"
}

// cutShort says that a run was interrupted. Where cases were not begun, their absence is no pass.
func cutShort(doc *reports.Document, why string, skipped int) {
	if skipped == 0 {
		doc.Notes = append(doc.Notes, why+" after its last case")
		return
	}
	doc.Verdict = judge.Merge(doc.Verdict,
		unknownVerdict(doc.Verdict.Seed, why+": this is what was done so far"))
}

// report saves what was found and renders it.
func (s *session) report(
	ctx context.Context, d *folder, plan *model.Plan, r *campaign.Result,
) error {
	doc := s.document(plan, r)
	s.stamp(&doc.Verdict, r.Elapsed)
	if ctx.Err() != nil {
		cutShort(&doc, whyFailed(ctx), r.Skipped)
	}
	if s.beyond != "" && doc.Verdict.Verdict == model.Valid {
		doc.Verdict = judge.Merge(doc.Verdict, unknownVerdict(plan.Seed, s.beyond))
	}
	if err := s.weigh(&doc.Verdict, r); err != nil {
		return err
	}
	if r.Found != nil && !d.fleeting {
		if err := s.saveFound(d, &doc, r); err != nil {
			return err
		}
	}
	if doc.Saved = d.saved(doc.Verdict.Verdict); doc.Saved == "" && r.Found != nil {
		doc.Notes = append(doc.Notes, fmt.Sprintf(
			"nothing was kept; to replay it, run again with --seed %d and without --out none", plan.Seed))
	}
	if err := d.finish(doc.Verdict, r.Skipped); err != nil {
		return err
	}
	s.code = codeOf(doc.Verdict.Verdict)
	return s.render(doc)
}

// saveFound saves the smallest cases as plans of their own, with their histories, and the first as
// curl commands too.
func (s *session) saveFound(d *folder, doc *reports.Document, r *campaign.Result) error {
	shelf := result.Shelf{
		Plan:    func(n int, _ string) string { return d.in(counterexampleName(n), "plan.json") },
		History: func(n int) string { return d.in(counterexampleName(n), "history.jsonl") },
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
func numbered(v *model.Verdict, i int) *model.Counterexample {
	if i == 0 {
		return v.Counterexample
	}
	if i > len(v.Further) {
		return nil
	}
	return &v.Further[i-1]
}

// weigh adds to a pass what it is worth.
func (s *session) weigh(v *model.Verdict, r *campaign.Result) error {
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
func saveScript(d *folder, doc *reports.Document) error {
	var script bytes.Buffer
	err := reports.Curl(&script, *doc)
	if errors.Is(err, reports.ErrNoCounterexample) {
		return nil
	}
	if err != nil {
		return err
	}
	doc.Script = d.in("counterexample", "curl.sh")
	return files.Write(doc.Script, script.Bytes())
}

// replayLine is the command that replays a counterexample.
func (s *session) replayLine(plan string) string {
	return strings.Join(append([]string{s.program, "replay", plan}, s.extra...), " ")
}

// document puts everything a report may show together.
func (s *session) document(plan *model.Plan, r *campaign.Result) reports.Document {
	doc := result.Document(r, contract.Redacted(s.contract), withoutUser(s.targetURL))
	doc.Contract.Target.URL = doc.Target
	doc.Elapsed, doc.Notes, doc.Replayed = r.Elapsed, s.notes, s.replayed
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

// render writes a report to standard output in the chosen format.
func (a *app) renderAs(doc reports.Document, f *runFlags) error {
	switch f.format {
	case "json":
		return reports.JSON(a.out, doc.Verdict)
	case "junit":
		return reports.JUnit(a.out, doc)
	}
	return reports.Text(a.out, doc, reports.TextOptions{
		Color: isTerminal(a.out) && !a.plain(), Width: width(a.out), ASCII: f.ascii,
	})
}

func (s *session) render(doc reports.Document) error { return s.renderAs(doc, s.flags) }
