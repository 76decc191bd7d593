// Package campaign runs a plan against a target: it warms up, runs the cases side by side, has each
// judged, looks for more of what is new, and makes what it found smaller.
package campaign

import (
	"context"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/model"
)

// Options say what to run against what. Contract is needed, and World and HTTP or Enter; every
// other zero value is useful.
type Options struct {
	// Contract is what the target promises, with its environment references resolved.
	Contract *model.Contract
	// World carries attempts through faults; HTTP sends what goes without (setup, ledgers, state).
	World chaos.World
	HTTP  http.RoundTripper
	// Enter, when set, calls body at a site that serves one case, and returns its error or its own;
	// World and HTTP are then not used.
	Enter func(body func(execute.Site) error) error
	// Secrets are values that are taken out of everything that is saved and shown, besides those of
	// the contract's secret headers (see contract.Secrets, for what comes from the environment).
	Secrets []string
	// Plan is what to run (see [Draw]).
	Plan *model.Plan
	// Budget is after how long no new case is begun, counted from the warm-up on; zero means when the
	// plan is done. In real time a run exceeds it by a tenth and the contract's recovery bound at
	// most, for what is under way and what was found.
	Budget time.Duration
	// Parallel is how many cases run side by side at most; zero means 96: most of their time is
	// waiting. A run begins with four; each that is done makes room for one more, and fewer run when
	// this process or the target does not keep up.
	Parallel int
	// KeepGoing runs all cases even after a violation. Otherwise a quarter of the plan is run after
	// the first one, and at least three cases of every scenario in all, so that a loud mistake does
	// not hide a grave one; in real time no case is begun ten seconds after it.
	KeepGoing bool
	// ShrinkBudget bounds shrinking; zero means 6s, or ten times what the case took if that is more,
	// up to 2m; negative means not to shrink.
	ShrinkBudget time.Duration
	// Save receives every history before it is judged; nil saves nothing.
	Save func(*model.History) error
	// Grow receives the plan with more cases before these are run (see model.Plan.Novelty); nil saves
	// nothing.
	Grow func(*model.Plan) error
	// Progress is told after every case; nil tells nobody.
	Progress func(Progress)
	// Want is asked before a case is begun, or begun again, whether it is to be; nil wants all. A
	// case that is not wanted counts as skipped.
	Want func(model.Case) bool
	// Judged is told the verdict of every case that was run, and again when it was run again; nil
	// tells nobody.
	Judged func(model.Case, model.Verdict)
}

// Progress is how far a run has come.
type Progress struct {
	// Phase is "warm-up", "run" or "shrink".
	Phase string
	// Done of Total cases, or shrinking candidates tried (Total 0).
	Done, Total int
	// Result is the worst so far.
	Result model.Result
}

// Result is what came of a run.
type Result struct {
	Verdict model.Verdict
	// Plan is what was run: Options.Plan with the cases that were appended.
	Plan *model.Plan
	// Found is the smallest case that broke the gravest rule; nil unless the verdict is invalid.
	Found *Found
	// Further are smallest cases of what most likely are other mistakes, the gravest first: two at
	// most.
	Further []*Found
	// Tallies count by scenario, in the order of the plan.
	Tallies []Tally
	// Skipped is how many cases of the plan were not begun, or not found to be added, and Rerun how
	// many were run again: a fault did not fire, or what was seen hung on time.
	Skipped, Rerun int
	Elapsed        time.Duration
}

// Found is a case that broke a rule.
type Found struct {
	Case      model.Case
	History   *model.History
	Violation model.Violation
	// Reproduced says how often of Replays it broke the rule again.
	Reproduced, Replays int
	// Shrinking says how it came to be; nil when nothing smaller was tried.
	Shrinking *model.Shrinking
	// Interference says that it breaks the rule only beside operations with other keys; nil otherwise.
	// Neighbours are the cases beside it that it then needs.
	Interference *model.Interference
	Neighbours   []model.Case
}

// Tally counts the cases of a scenario.
type Tally struct {
	Scenario string
	Cases    int
	Result   model.Result
	// Violations are those of its cases, Reasons why they were unknown.
	Violations []model.Violation
	Reasons    []string
	Elapsed    time.Duration
}

// Run runs a plan: a warm-up without faults, all cases side by side, the verdict, and, when a rule
// was broken, the smallest case that still breaks it. When ctx ends no new case is begun; what is
// under way is finished, healed and reported. The error means that the tool or the target could not
// run.
func Run(ctx context.Context, o Options) (*Result, error) {
	return run(ctx, o, (*runner).runAll)
}

// run warms up and, unless that showed that nothing could mean anything, runs all cases.
func run(
	ctx context.Context, o Options, all func(*runner, context.Context, *Result),
) (*Result, error) {
	begun := time.Now()
	r, err := newRunner(o)
	if err != nil {
		return nil, err
	}
	defer r.conditions.Watch(ctx)()
	within, cancel := r.inBudget(ctx)
	defer cancel()
	reasons, err := r.warmUp(within)
	if err != nil {
		return nil, err
	}
	r.conditions.Learn()
	out := &Result{Verdict: model.NewVerdict(), Plan: r.Plan}
	out.Skipped = len(o.Plan.Cases) + o.Plan.Novelty
	if len(reasons) > 0 {
		out.Verdict = unknown(reasons)
	} else {
		all(r, ctx, out)
	}
	out.Verdict.Seed = o.Plan.Seed
	out.Elapsed = time.Since(begun)
	return out, r.fatal()
}
