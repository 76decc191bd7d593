package campaign

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

// sweep runs all cases of a plan side by side.
type sweep struct {
	*runner
	mu sync.Mutex
	// enough is how many cases are begun before anything ends the run early, and until how many are
	// begun once a violation was seen (zero before that): the first one seen is seldom the gravest.
	// until is protected by mu.
	enough, until int
	// next, done, results and worst are protected by mu, and so is suspects: how many outcomes wait
	// for the calm (see [sweep.confirm]).
	next, done, suspects int
	results              []*outcome
	worst                model.Result
	// patience is how many of them are waited for before the crowd stops for them. since is when the
	// first of them was seen, and wrong when the first violation was; zero before that, and both are
	// protected by mu.
	patience     int
	since, wrong time.Time
	// kept are the invalid outcomes that still have their histories, and findings what was found, in
	// that order. Both are protected by mu.
	kept     []*outcome
	findings []model.Finding
	// saw is protected by mu.
	saw saw
}

// mostKept is how many histories of invalid cases a run keeps for shrinking: of the gravest ones,
// and so many of what most likely is one mistake, so that a loud one hides no other. All others are
// dropped as soon as they were judged; those that are wanted on disk are there.
const mostKept, keptPerMistake = 4 * mostOrigins, 2 * originsPerRule

// lean drops the history of an outcome unless shrinking may need it.
func (s *sweep) lean(o *outcome) {
	if o.verdict.Verdict != model.Invalid {
		o.history = nil
		return
	}
	s.kept = append(s.kept, o)
	if len(s.kept) < 2*mostKept || s.Plan.Rule != "" {
		return
	}
	slices.SortFunc(s.kept, moreTelling)
	like, kept := map[string]int{}, s.kept[:0]
	for _, o := range s.kept {
		which := gravest(o.verdict).Rule + " " + manner(&o.plan, nil, nil)
		if like[which]++; like[which] > keptPerMistake || len(kept) == mostKept {
			o.history = nil
			continue
		}
		kept = append(kept, o)
	}
	clear(s.kept[len(kept):])
	s.kept = kept
}

// moreTelling orders invalid outcomes: those with the gravest violation first, among equals the
// most telling one, and then the smallest case.
func moreTelling(a, b *outcome) int {
	first, second := gravest(a.verdict).Rule, gravest(b.verdict).Rule
	return cmp.Or(
		cmp.Compare(judge.Gravity(first), judge.Gravity(second)),
		judge.CompareRules(first, second),
		cmp.Compare(size(&a.plan), size(&b.plan)),
		cmp.Compare(a.plan.Index, b.plan.Index),
	)
}

// runAll runs the cases, merges their verdicts, and shrinks the first violation.
func (r *runner) runAll(ctx context.Context, out *Result) {
	within, cancel := r.inBudget(ctx)
	defer cancel()
	for _, learn := range []func(context.Context) error{r.fit, r.learnNames, r.learnKeyLength} {
		if err := learn(within); err != nil {
			r.fail(err)
			return
		}
	}
	s := r.sweep(within)
	s.explore(within)
	s.collect(out)
	if out.Verdict.Verdict == model.Invalid {
		proof, cancel := r.inProof(ctx)
		defer cancel()
		r.prove(proof, out, s.invalid())
	}
	out.Verdict.First = s.first(out.Verdict)
	if out.Verdict = assess(out, r); out.Verdict.Verdict == model.Valid {
		out.Verdict.Untried = s.untried(out.Verdict.Faults)
	}
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

// sweep runs the cases of the plan side by side.
func (r *runner) sweep(ctx context.Context) *sweep {
	s := &sweep{
		runner: r, results: make([]*outcome, len(r.Plan.Cases)), worst: model.Valid,
		enough: rounds * scenariosIn(r.Plan), patience: 1,
	}
	s.runOpen(ctx)
	return s
}

// goOn is how much of a plan is run after the first violation, as one part of so many.
const goOn = 4

// satisfied reports whether enough was run after a violation. The caller holds the lock, or nobody
// else is at work.
func (s *sweep) satisfied() bool {
	return s.worst == model.Invalid && !s.KeepGoing && (s.next >= s.until || s.forLong(s.wrong))
}

// doubtful reports whether the crowd should stop for what may be violations. The caller holds the
// lock.
func (s *sweep) doubtful() bool {
	ripe := s.next >= s.enough || s.forLong(s.since)
	return s.worst != model.Invalid && !s.KeepGoing && s.suspects >= s.patience && ripe
}

// runOpen runs the cases that were not begun yet. When some look like violations that hang on time,
// it stops the crowd, runs those again in the calm, and goes on.
func (s *sweep) runOpen(ctx context.Context) {
	for more := true; more; {
		s.workers(ctx, s.Parallel, shift{s.taking(ctx), func(i int) *outcome {
			result := s.tryCase(ctx, s.Plan.Cases[i], 1, crowdedRuns)
			return &result
		}, s.put})
		s.checkUp(ctx)
		// What may be a violation comes first: where keys hang, all others take long.
		s.confirm(ctx)
		s.again(ctx)
		s.confirm(ctx)
		more = s.next < len(s.results) && !s.late() && !s.satisfied() && !s.ended(ctx)
		s.patience *= 2
	}
	s.checkUp(ctx)
}

// over tells whether no case should be run again, or thought up, any more.
func (s *sweep) over(ctx context.Context) bool {
	stop := s.worst == model.Invalid && !s.KeepGoing
	return s.late() || stop || s.ended(ctx)
}

// late tells whether the budget is spent.
func (r *runner) late() bool { return !r.deadline.IsZero() && time.Now().After(r.deadline) }

// again runs the cases that stayed unknown once more, among a few instead of among many.
func (s *sweep) again(ctx context.Context) {
	var open []int
	for i, o := range s.results {
		if o != nil && o.undecided() && o.runs < mostRuns && s.wanted(i) {
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
	s.workers(ctx, min(s.Parallel, quietParallel), shift{next, func(i int) *outcome {
		before := s.results[i]
		result := s.tryCase(ctx, s.Plan.Cases[i], before.runs+1, mostRuns)
		result.elapsed += before.elapsed
		return &result
	}, s.replace})
}

// replace files the outcome of a case that was run again.
func (s *sweep) replace(i int, o *outcome) {
	s.tell(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(o)
	s.results[i] = o
}

// note counts an outcome. The caller holds the lock.
func (s *sweep) note(o *outcome) {
	s.saw.look(o.history, s.exec.Contract)
	s.lean(o)
	s.find(o)
	if len(o.suspected) > 0 {
		s.suspects++
		if s.since.IsZero() {
			s.since = time.Now()
		}
	}
	if s.worst == model.Valid || o.verdict.Verdict == model.Invalid {
		s.worst = o.verdict.Verdict
	}
	if s.worst == model.Invalid && s.until == 0 {
		s.until = max(s.enough, s.next+(len(s.results)+s.Plan.Novelty)/goOn)
		s.wrong = time.Now()
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
	stop := s.satisfied() || s.doubtful() || s.conditions.MayBeDown()
	if s.next == len(s.results) || s.late() || stop || s.ended(ctx) {
		return 0, false
	}
	s.next++
	return s.next - 1, true
}

// wanted tells whether a case is to be begun.
func (s *sweep) wanted(i int) bool { return s.Want == nil || s.Want(s.Plan.Cases[i]) }

// tell passes the outcome of a case on.
func (s *sweep) tell(o *outcome) {
	if s.Judged != nil {
		s.Judged(o.plan, o.verdict)
	}
}

// put files the outcome of a case.
func (s *sweep) put(i int, o *outcome) {
	s.tell(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(o)
	s.results[i] = o
	s.done++
	if s.Progress != nil {
		total := len(s.results) + s.Plan.Novelty
		s.Progress(Progress{Phase: "run", Done: s.done, Total: total, Result: s.worst})
	}
}

// collect merges the outcomes in the order of the plan.
func (s *sweep) collect(out *Result) {
	out.Skipped = len(s.results) - s.done + s.Plan.Novelty
	thin := s.thinRows()
	var verdicts []model.Verdict
	if !s.conditions.IsDown() {
		verdicts = append(verdicts, thin.verdict)
	}
	open := map[bool][]*outcome{}
	for i, o := range s.results {
		if o == nil {
			continue
		}
		if o.runs > 1 {
			out.Rerun++
		}
		if why := s.conditions.DownAt(o.until); why != "" && o.verdict.Verdict == model.Unknown {
			o.verdict.Reasons = []string{why}
		}
		v := o.verdict
		if v.Verdict == model.Unknown {
			open[thin.holds(&s.Plan.Cases[i])] = append(open[thin.holds(&s.Plan.Cases[i])], o)
			v.Reasons, v.Judged.Undecided = nil, 1
		}
		verdicts = append(verdicts, v)
		tally(out, s.Plan.Cases[i].Scenario, o)
	}
	verdicts = append(verdicts, s.reasons(open))
	out.Verdict = judge.MergeAll(slices.Values(verdicts))
}

// reasons says why cases are undecided: under true those on which the verdict hangs.
func (s *sweep) reasons(open map[bool][]*outcome) model.Verdict {
	v := model.NewVerdict()
	v.Reasons, v.Undecided = grouped(open[true]), grouped(open[false])
	if s.conditions.IsDown() { // which is the one reason (see assess)
		v.Reasons, v.Undecided = nil, grouped(s.withoutOutage(slices.Concat(open[true], open[false])))
	}
	var causes []conditions.Cause
	for _, o := range slices.Concat(open[true], open[false]) {
		causes = append(causes, o.causes...)
	}
	notes := s.conditions.Notes(causes)
	v.Undecided = append(append(v.Undecided, notes...), s.notes...)
	return v
}

// tally files an outcome under its scenario.
func tally(out *Result, scenario string, o *outcome) {
	i := slices.IndexFunc(out.Tallies, func(t Tally) bool { return t.Scenario == scenario })
	if i < 0 {
		i = len(out.Tallies)
		out.Tallies = append(out.Tallies, Tally{Scenario: scenario, Result: model.Valid})
	}
	t := &out.Tallies[i]
	t.Cases++
	t.Elapsed += o.elapsed
	t.Violations = append(t.Violations, o.verdict.Violations...)
	t.Reasons = append(t.Reasons, o.verdict.Reasons...)
	if t.Result == model.Valid || o.verdict.Verdict == model.Invalid {
		t.Result = o.verdict.Verdict
	}
}

// invalid lists the outcomes that are invalid, in the order of [moreTelling].
func (s *sweep) invalid() []*outcome {
	var out []*outcome
	for _, o := range s.results {
		if o != nil && o.verdict.Verdict == model.Invalid && o.history != nil {
			o.beside = s.beside(o)
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, moreTelling)
	return out
}

// size is how much there is in a case.
func size(c *model.Case) int {
	return 100*len(c.Operations) + 100*len(c.Faults) + c.Attempts()
}

// assess turns a run that shows nothing into an unknown one: a run that tested nothing must not
// pass. A counterexample, whose plan names a rule, may hold nothing but refusals.
func assess(out *Result, r *runner) model.Verdict {
	v := out.Verdict
	if v.Verdict == model.Invalid {
		if r.conditions.IsDown() {
			v.Undecided = append(v.Undecided, r.conditions.Stopped())
		}
		return v
	}
	if why := r.conditions.Stopped(); why != "" {
		return judge.Merge(v, unknown([]string{why}))
	}
	switch {
	case v.Judged.Cases == 0:
		v = judge.Merge(v, unknown([]string{"no case was run: raise --budget or --cases"}))
	case v.Judged.Effects == 0 && r.Plan.Rule == "":
		v = judge.Merge(v, unknown([]string{"no effect was seen in any ledger, so nothing was counted"}))
	}
	return v
}
