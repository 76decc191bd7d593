// Package campaign runs a plan against a target: it warms up, runs the cases side by side, has each
// judged, looks for more of what is new, and makes what it found smaller.
package campaign

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign/internal/untried"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/harness/warmup"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Options say what to run against what. Contract, Plan and Place are needed; every other zero value
// is useful.
type Options struct {
	// Contract is what the target promises, with its environment references resolved.
	Contract *model.Contract
	// Secrets are values that are taken out of everything that is saved and shown, besides those of
	// the contract's secret headers (see contract.Secrets, for what comes from the environment).
	Secrets []string
	// RunID names the run in the headers of what it sends; empty means a fresh name.
	RunID string
	// Plan is what to run (see plan.Draw).
	Plan *model.Plan
	// Place lends the sites at which cases are run: an [execute.Site] itself in real time.
	Place execute.Place
	// Limits bound the run.
	Limits Limits
	// Observer is told what the run does; nil tells nobody.
	Observer Observer
}

// Limits bound a run.
type Limits struct {
	// Budget is after how long no new case is begun, counted from the warm-up on; zero means when the
	// plan is done. In real time a run exceeds it by a tenth and the contract's recovery bound at
	// most, for what is under way and what was found.
	Budget time.Duration
	// Parallel is how many cases run side by side at most; zero means 96: most of their time is
	// waiting. In real time the first few cases run one after another. Then each that is done makes
	// room for one more, and fewer run when this process or the target does not keep up.
	Parallel int
	// KeepGoing runs all cases even after a violation. Otherwise a quarter of the plan is run after
	// the first one, and at least three cases of every scenario in all, so that a loud mistake does
	// not hide a grave one; in real time no case is begun ten seconds after it.
	KeepGoing bool
	// ShrinkBudget bounds shrinking; zero means 6s, or ten times what the case took if that is more,
	// up to 2m; negative means not to shrink.
	ShrinkBudget time.Duration
}

// Progress is how far a run has come.
type Progress struct {
	// Phase is "warm-up", "run" or "shrink".
	Phase string
	// Done of Total cases, or shrinking candidates tried (Total 0).
	Done, Total int
	// Result is the worst so far.
	Result verdict.Result
}

// RunResult is what came of a run.
type RunResult struct {
	Verdict verdict.Verdict
	// Plan is what was run: Options.Plan with the cases that were appended.
	Plan *model.Plan
	// Found is the smallest case that broke the gravest rule; nil unless the verdict is invalid.
	Found *shrink.Found
	// Further are smallest cases of what most likely are other mistakes, the gravest first: two at
	// most.
	Further []*shrink.Found
	// Tallies count by scenario, in the order of the plan.
	Tallies []Tally
	// Skipped is how many cases of the plan were not begun, or not found to be added, and Rerun how
	// many were run again: a fault did not fire, or what was seen hung on time.
	Skipped, Rerun int
	Elapsed        time.Duration
	// Notes say what was sent to clean up, and what of it failed. They change no verdict.
	Notes []string
}

// Tally counts the cases of a scenario.
type Tally struct {
	Scenario string
	Cases    int
	Result   verdict.Result
	// Violations are those of its cases, Reasons why they were unknown.
	Violations []verdict.Violation
	Reasons    []string
	Elapsed    time.Duration
}

// Run runs a plan: a warm-up without faults, all cases side by side, the verdict, and, when a rule
// was broken, the smallest case that still breaks it. When ctx ends no new case is begun; what is
// under way is finished, healed and reported. The error means that the tool or the target could not
// run.
func Run(ctx context.Context, o Options) (*RunResult, error) { return run(ctx, o, runAll) }

// prepared is a run before its first case: its options are whole, and its plan may grow.
type prepared struct {
	Options Options
	runner  *trial.Runner
	begun   time.Time
	// notes say what of the plan could not be done as it was meant.
	notes []string
}

// defaultParallel is how many cases run side by side at most.
const defaultParallel = 96

// prepare checks options and compiles the contract.
func prepare(o Options) (*prepared, error) {
	if o.Observer == nil {
		o.Observer = Unobserved{}
	}
	if o.Limits.Parallel <= 0 {
		o.Limits.Parallel = defaultParallel
	}
	if !o.Place.Virtual() && o.Contract.Serial() {
		o.Limits.Parallel = 1
	}
	plan := *o.Plan // it may grow, and the caller's stays as it is
	plan.Cases = slices.Clip(plan.Cases)
	o.Plan = &plan
	r, err := trial.New(trial.Settings{
		Contract: o.Contract, Secrets: o.Secrets, Seed: plan.Seed, RunID: o.RunID, Place: o.Place,
		Parallel: o.Limits.Parallel, Budget: o.Limits.Budget,
	})
	if err != nil {
		return nil, err
	}
	r.Save = o.Observer.Save
	return &prepared{Options: o, runner: r, begun: time.Now()}, nil
}

// run warms up, unless that showed that nothing could mean anything runs all cases, and cleans up.
func run(
	ctx context.Context, o Options, all func(context.Context, *prepared, *RunResult),
) (*RunResult, error) {
	p, err := prepare(o)
	if err != nil {
		return nil, err
	}
	out, err := p.run(ctx, all)
	notes := execute.CleanUp(ctx, p.runner.Exec, o.Place)
	if out != nil {
		out.Notes = notes
	} else if len(notes) > 0 {
		err = fmt.Errorf("%w\n  %s", err, strings.Join(notes, "; "))
	}
	return out, err
}

// run runs a prepared plan.
func (p *prepared) run(
	ctx context.Context, all func(context.Context, *prepared, *RunResult),
) (*RunResult, error) {
	conditions := p.runner.Conditions
	defer conditions.Watch(ctx)()
	within, cancel := p.runner.Budget.InRun(ctx)
	defer cancel()
	warm, err := p.warmUp(within)
	if err != nil {
		return nil, err
	}
	conditions.Learn()
	out := &RunResult{Verdict: verdict.New(), Plan: p.Options.Plan}
	out.Skipped = len(p.Options.Plan.Cases) + p.Options.Plan.Novelty
	if len(warm.Reasons) > 0 {
		out.Verdict = unprepared(warm)
	} else {
		all(ctx, p, out)
	}
	out.Verdict.Seed = p.Options.Plan.Seed
	out.Elapsed = time.Since(p.begun)
	if len(warm.Mistakes) > 0 {
		return out, nil // an expression that could not be evaluated is among them
	}
	return out, p.runner.Fatal()
}

// unprepared is the verdict where a warm-up showed that a run could not mean anything.
func unprepared(w warmup.Warmth) verdict.Verdict {
	out := trial.Unknown(w.Reasons)
	out.Mistakes = w.Mistakes
	return out
}

// warmUp runs operations without faults, and says what they showed.
func (p *prepared) warmUp(ctx context.Context) (warmup.Warmth, error) {
	warm, err := warmup.Run(ctx, p.runner, func(cases int) {
		p.Options.Observer.Progress(Progress{Phase: "warm-up", Total: cases, Result: verdict.Valid})
	})
	p.runner.Worked, p.notes = warm.Works, warm.Notes
	return warm, err
}

// runAll finds out what the contract leaves open, runs the cases, merges their verdicts, and proves
// what was violated.
func runAll(ctx context.Context, p *prepared, out *RunResult) {
	o, budget := p.Options, p.runner.Budget
	within, cancel := budget.InRun(ctx)
	defer cancel()
	known, err := warmup.Learn(within, p.runner, o.Plan, o.Observer.Grow)
	if err != nil {
		p.runner.Fail(err)
		return
	}
	s := newSweep(known.Runner, o, p.begun)
	s.runOpen(within)
	explore(within, s)
	s.measure(within)
	w := s.end()
	w.collect(out, append(p.notes, known.Notes...))
	if out.Verdict.Verdict == verdict.Invalid {
		within, cancel := budget.InProof(ctx, known.Runner.Recovery())
		defer cancel()
		proven := p.task(known.Runner).Prove(within, out.Verdict, w.invalid())
		out.Verdict, out.Found, out.Further = proven.Verdict, proven.Found, proven.Further
	}
	out.Verdict.First = w.first(out.Verdict)
	out.Verdict = w.meter.Add(out.Verdict)
	out.Verdict = w.named(assess(out, w, ctx.Err() != nil))
	if out.Verdict.Verdict == verdict.Valid {
		out.Verdict.Untried = untried.List(&untried.Ended{
			Contract: w.contract, Virtual: w.virtual, Results: w.results, Sights: w.saw,
		}, out.Verdict.Faults)
	}
}

// task is to look for counterexamples of what the cases broke.
func (p *prepared) task(r *trial.Runner) *shrink.Task {
	o, budget := p.Options, p.Options.Limits.ShrinkBudget
	if conditions.Overran(r.Conditions) || r.Conditions.Places().Gone() != "" {
		budget = -1 // the service is to be left alone, or nothing more is seen of it
	}
	return &shrink.Task{
		Runner: r, Rule: o.Plan.Rule, Budget: budget, Single: o.Limits.Parallel == 1,
		Tried: func(n int) {
			o.Observer.Progress(Progress{Phase: "shrink", Done: n, Result: verdict.Invalid})
		},
	}
}
