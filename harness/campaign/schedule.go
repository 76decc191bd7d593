package campaign

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign/internal/pace"
	"github.com/idemcheck/idemcheck/harness/campaign/internal/underway"
	"github.com/idemcheck/idemcheck/harness/campaign/internal/untried"
	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// sweep runs all cases of a plan side by side.
type sweep struct {
	runner   *trial.Runner
	plan     *model.Plan
	limits   Limits
	observer Observer
	// begun is when the run began.
	begun time.Time
	mu    sync.Mutex
	// enough is how many cases are begun before anything ends the run early, and until how many are
	// begun once a violation was seen (zero before that): the first one seen is seldom the gravest.
	// until is protected by mu.
	enough, until int
	// next, done, results and worst are protected by mu, and so is suspects: how many outcomes wait
	// for a run alone (see [sweep.confirm]).
	next, done, suspects int
	results              []*trial.Trial
	worst                verdict.Result
	// patience is how many of them are waited for before no new case begins because of them. since
	// is when the first of them was seen, and wrong when the first violation was; zero before that,
	// and both are protected by mu.
	patience     int
	since, wrong time.Time
	// kept are the outcomes that still have their histories, findings what was found, in that order,
	// and saw what was seen of the service. All are protected by mu.
	kept     shrink.Kept
	findings []verdict.Finding
	saw      untried.Sights
	ran      *underway.Spans
	// meter measures what the contract expects; nil where it expects nothing.
	meter *pace.Meter
}

// rounds is how many cases of every scenario are begun even after a violation.
const rounds = 3

// scenariosIn counts the scenarios of a plan.
func scenariosIn(p *model.Plan) int {
	names := map[string]bool{}
	for _, c := range p.Cases {
		names[c.Scenario] = true
	}
	return len(names)
}

// newSweep has begun no case yet.
func newSweep(r *trial.Runner, o Options, begun time.Time) *sweep {
	return &sweep{
		runner: r, plan: o.Plan, limits: o.Limits, observer: o.Observer, begun: begun,
		results: make([]*trial.Trial, len(o.Plan.Cases)), worst: verdict.Valid,
		enough: rounds * scenariosIn(o.Plan), patience: 1, kept: shrink.Kept{All: o.Plan.Rule != ""},
		ran: &underway.Spans{}, meter: pace.New(r, o.Plan),
	}
}

// goOn is how much of a plan is run after the first violation, as one part of so many.
const goOn = 4

// satisfied reports whether enough was run after a violation. The caller holds the lock, or nobody
// else is at work.
func (s *sweep) satisfied() bool {
	return s.worst == verdict.Invalid && !s.limits.KeepGoing &&
		(s.next >= s.until || s.forLong(s.wrong))
}

// doubtful reports whether to stop beginning cases because of what may be violations. The caller
// holds the lock.
func (s *sweep) doubtful() bool {
	ripe := s.next >= s.enough || s.forLong(s.since)
	return s.worst != verdict.Invalid && !s.limits.KeepGoing && s.suspects >= s.patience && ripe
}

// runOpen runs the cases that were not begun yet, the first of a plan alone. When some look like
// violations that depend on timing, it lets those under way end, runs the suspected ones again
// alone, and goes on.
func (s *sweep) runOpen(ctx context.Context) {
	first := func(i int) *trial.Trial {
		return s.try(ctx, i, trial.Runs{First: 1, Last: crowdedRuns})
	}
	s.workers(ctx, 1, shift{s.opening(ctx), first, s.put})
	for more := true; more; {
		s.workers(ctx, s.limits.Parallel, shift{s.taking(ctx), first, s.put})
		s.runner.CheckUp(ctx)
		// What may be a violation comes first: where keys hang, all others take long.
		s.confirm(ctx)
		s.again(ctx)
		s.confirm(ctx)
		more = s.next < len(s.results) && !s.late() && !s.satisfied() && !s.runner.Ended(ctx)
		s.patience *= 2
	}
	s.runner.CheckUp(ctx)
}

// try runs a case, beside those that the plan says it needs.
func (s *sweep) try(ctx context.Context, i int, runs trial.Runs) *trial.Trial {
	begun := time.Now()
	out := s.runner.Try(ctx, s.plan.Cases[i], runs, s.plan.Neighbours...)
	s.ran.Ended(i, begun)
	return &out
}

// shrinkShare is which part of a budget is left for shrinking at most, as one of so many.
const shrinkShare = 5

// late reports whether no case should be begun any more: the budget is spent or, once a violation
// was seen, what is left of it is for its counterexample. The caller holds the lock, or nobody else
// is at work.
func (s *sweep) late() bool {
	b := s.runner.Budget
	if s.worst != verdict.Invalid {
		return b.Late(s.meter.Keeps(b))
	}
	return b.Late(b.Share(shrinkShare, shrink.DefaultBudget))
}

// over reports whether no case should be run again, or thought up, any more.
func (s *sweep) over(ctx context.Context) bool {
	stop := s.worst == verdict.Invalid && !s.limits.KeepGoing
	return s.late() || stop || s.runner.Ended(ctx)
}

// maxRuns is how often a case is run until all of its faults fire: crowdedRuns times among many
// others, and then among a few, because a busy target is what makes faults miss.
const maxRuns, crowdedRuns, quietParallel = 6, 2, 6

// again runs the cases that stayed unknown once more, among a few instead of among many.
func (s *sweep) again(ctx context.Context) {
	var open []int
	for i, o := range s.results {
		if o != nil && o.Undecided() && o.Runs < maxRuns && s.wanted(i) {
			open = append(open, i)
		}
	}
	next := func() (int, bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(open) == 0 || s.over(ctx) {
			return 0, false
		}
		i := open[0]
		open = open[1:]
		return i, true
	}
	s.workers(ctx, min(s.limits.Parallel, quietParallel), shift{next, func(i int) *trial.Trial {
		before := s.results[i]
		result := s.try(ctx, i, trial.Runs{First: before.Runs + 1, Last: maxRuns})
		result.Elapsed += before.Elapsed
		return result
	}, s.replace})
}

// replace files the outcome of a case that was run again.
func (s *sweep) replace(i int, o *trial.Trial) {
	s.tell(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(o)
	s.results[i] = o
}

// note counts an outcome. The caller holds the lock.
func (s *sweep) note(o *trial.Trial) {
	s.saw.Look(o.History, s.runner.Exec.Contract)
	s.meter.Note(o)
	s.kept.DropHistory(o)
	s.find(o)
	if len(o.Suspected) > 0 {
		s.suspects++
		if s.since.IsZero() {
			s.since = time.Now()
		}
	}
	if s.worst == verdict.Valid || o.Verdict.Verdict == verdict.Invalid {
		s.worst = o.Verdict.Verdict
	}
	if s.worst == verdict.Invalid && s.until == 0 {
		s.until = max(s.enough, s.next+(len(s.results)+s.plan.Novelty)/goOn)
		s.wrong = time.Now()
	}
}

// find writes into the violations of an outcome where they were seen, and into those of an invalid
// one how many were found before. The caller holds the lock.
func (s *sweep) find(o *trial.Trial) {
	invalid := o.Verdict.Verdict == verdict.Invalid
	if invalid {
		s.findings = append(s.findings, verdict.Finding{
			Case: o.Case.Index, Scenario: o.Case.Scenario,
			After: value.Duration(time.Since(s.begun).Truncate(time.Microsecond)),
		})
	}
	o.Verdict.Violations = slices.Clone(o.Verdict.Violations) // others were told of them
	for i := range o.Verdict.Violations {
		v := &o.Verdict.Violations[i]
		v.Scenario = o.Case.Scenario
		if invalid {
			v.Found = len(s.findings)
		}
	}
}

// taking takes the next case.
func (s *sweep) taking(ctx context.Context) func() (int, bool) {
	return func() (int, bool) { return s.take(ctx) }
}

// take returns the next case to run; false when there is none or none should be begun.
func (s *sweep) take(ctx context.Context) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.next < len(s.results) && !s.wanted(s.next) {
		s.next++
	}
	stop := s.satisfied() || s.doubtful() || s.runner.Conditions.MayBeDown()
	if s.next == len(s.results) || s.late() || stop || s.runner.Ended(ctx) {
		return 0, false
	}
	s.next++
	return s.next - 1, true
}

// wanted reports whether a case is to be begun.
func (s *sweep) wanted(i int) bool { return s.observer.Want(s.plan.Cases[i]) }

// tell passes the outcome of a case on.
func (s *sweep) tell(o *trial.Trial) { s.observer.Judged(o.Case, o.Verdict) }

// put files the outcome of a case.
func (s *sweep) put(i int, o *trial.Trial) {
	s.tell(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(o)
	s.results[i] = o
	s.done++
	s.observer.Progress(Progress{
		Phase: "run", Done: s.done, Total: len(s.results) + s.plan.Novelty, Result: s.worst,
	})
}

// grow appends cases to the plan and saves it before they run. It returns false when saving failed.
func (s *sweep) grow(cases []model.Case) bool {
	for i := range cases {
		cases[i].Index = len(s.plan.Cases) + i
	}
	s.plan.Cases = append(s.plan.Cases, cases...)
	s.plan.Novelty -= len(cases)
	s.results = append(s.results, make([]*trial.Trial, len(cases))...)
	if err := s.observer.Grow(s.plan); err != nil {
		s.runner.Fail(fmt.Errorf("saving the plan with %d more cases: %w", len(cases), err))
		return false
	}
	return true
}

// shift is work on cases: next returns the index of one, work runs it, and put files what came of
// it.
type shift struct {
	next func() (int, bool)
	work func(int) *trial.Trial
	put  func(int, *trial.Trial)
}

// workers do a shift side by side: as many as the crew lets in, and parallel at most. What comes of
// each case is weighed before it is filed.
func (s *sweep) workers(ctx context.Context, parallel int, all shift) {
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for {
				b := s.runner.Crew.Enter()
				i, ok := all.next()
				if !ok {
					s.runner.Crew.Leave(b)
					return
				}
				o := all.work(i)
				s.judge(ctx, o, s.runner.Crew.Done(b, o.Finish()))
				all.put(i, o)
			}
		})
	}
	wg.Wait()
}

// judge weighs an outcome. What was seen alone counts only if it is not the service that fails.
func (s *sweep) judge(ctx context.Context, o *trial.Trial, alone bool) {
	alone = alone || o.Alone
	s.runner.Weigh(o, alone)
	if (alone || s.runner.Conditions == nil) && !s.runner.Stands(ctx, o) {
		o.Withdraw()
	}
}

// longEnough is for how long a run in real time goes on at most before it looks at what may be a
// violation, and again after the first violation: where keys hang, every case takes many seconds.
const longEnough = 10 * time.Second

// forLong reports whether something was known for long enough. Virtual time counts cases alone.
func (s *sweep) forLong(since time.Time) bool {
	return s.runner.Conditions != nil && !since.IsZero() && time.Since(since) >= longEnough
}

// end returns what came of the cases; none is run any more.
func (s *sweep) end() *swept {
	return &swept{
		plan: s.plan, contract: s.runner.Exec.Contract, conditions: s.runner.Conditions,
		virtual: s.runner.Place.Virtual(), works: s.runner.Exec.Service,
		results: s.results, done: s.done, findings: s.findings, saw: s.saw, ran: s.ran, meter: s.meter,
	}
}
