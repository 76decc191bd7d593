package campaign

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// warmUp runs some operations of every type for every tenant without faults. It learns how long the
// target works, and returns reasons when a run could not mean anything.
func (r *runner) warmUp(ctx context.Context) ([]string, error) {
	plan, err := plan.WarmUp(r.exec.Contract)
	if err != nil {
		return nil, err
	}
	if r.Progress != nil {
		r.Progress(Progress{Phase: "warm-up", Total: len(plan.Cases), Result: model.Valid})
	}
	outcomes := make([]outcome, len(plan.Cases))
	var wg sync.WaitGroup
	for i := range plan.Cases {
		wg.Go(func() { outcomes[i] = r.rehearse(ctx, plan.Cases[i]) })
	}
	wg.Wait()
	if err := r.fatal(); err != nil {
		return nil, err
	}
	r.learn(outcomes)
	return r.meaningless(outcomes), nil
}

// mostRehearsals is how often a case of the warm-up is run until its first attempt is answered: a
// target that has just been started, or a busy machine, may be late the first time.
const mostRehearsals = 3

// rehearse runs a case of the warm-up. Its history is not saved: it is no part of the run.
func (r *runner) rehearse(ctx context.Context, c model.Case) outcome {
	quiet := r.quiet()
	if r.exec.Contract.Target.AutoTimeout {
		quiet.exec.Contract = withTimeout(r.exec.Contract, execute.MaxTimeout)
	}
	out, begun := outcome{plan: c}, time.Now()
	for range mostRehearsals {
		berth := r.crew.enter()
		if r.fatal() != nil { // another rehearsal has found out that nothing can run
			r.crew.leave(berth)
			break
		}
		out = quiet.runCase(ctx, c, execute.Repetition{Number: 1, Try: 1})
		if err := quiet.fatal(); err != nil {
			r.fail(err)
		}
		r.crew.done(berth, finish{})
		hangs := time.Since(begun) > observe.Limit // what takes so long once is not tried again
		if hangs || heard(out.history) || r.fatal() != nil || ctx.Err() != nil {
			break
		}
	}
	return out
}

// heard tells whether the client got an answer to the first attempt of a history; what could not be
// run at all is not tried again either.
func heard(h *model.History) bool {
	return h == nil || slices.ContainsFunc(h.Events, func(e model.Event) bool {
		return e.Kind == model.Return && e.Attempt == 1 && e.Answer != nil
	})
}

// quiet is the runner without anybody who saves or watches.
func (r *runner) quiet() *runner {
	o := r.Options
	o.Save, o.Progress = nil, nil
	exec := *r.exec
	return &runner{
		Options: o, exec: &exec, crew: r.crew, conditions: r.conditions, deadline: r.deadline,
		worked: r.worked,
	}
}

// learn measures how long the target works on each type, as the wire saw it: the shortest time
// counts.
func (r *runner) learn(outcomes []outcome) {
	for _, o := range outcomes {
		took, ok := worked(o.history)
		if !ok {
			continue
		}
		typ := o.history.Operations[0].Type
		if known := r.exec.Service[typ]; known == 0 || took < known {
			r.exec.Service[typ] = took
		}
	}
}

// worked is how long the target worked on the first attempt of a history; false when it did not
// answer.
func worked(h *model.History) (time.Duration, bool) {
	if h == nil {
		return 0, false
	}
	var sent time.Duration
	for _, e := range h.Events {
		switch {
		case e.Kind == model.Sent && e.Attempt == 1:
			sent = e.At
		case e.Kind == model.Answered && e.Attempt == 1:
			return e.At - sent, true
		}
	}
	return 0, false
}

// meaningless lists why a run could not mean anything: an operation type or a tenant with which
// nothing worked, or ledgers that stayed empty.
func (r *runner) meaningless(outcomes []outcome) []string {
	acknowledged, effects := 0, 0
	works := map[string]bool{}
	for i := range outcomes {
		o := &outcomes[i]
		effects += o.verdict.Judged.Effects
		if o.history != nil {
			ok, why := r.answers(o.history)
			acknowledged += ok
			if why != "" {
				o.verdict.Reasons = append(o.verdict.Reasons, why)
			}
		}
		if op := o.plan.Operations[0]; len(o.verdict.Reasons) == 0 {
			if !works[op.Type] {
				r.worked = append(r.worked, o.plan)
			}
			works[op.Type], works["@"+op.Tenant] = true, true
		}
	}
	var reasons []string
	for _, o := range outcomes {
		if op := o.plan.Operations[0]; !works[op.Type] || !works["@"+op.Tenant] {
			reasons = append(reasons, o.verdict.Reasons...)
		}
	}
	if len(reasons) > 0 {
		slices.Sort(reasons)
		return slices.Compact(reasons)
	}
	r.leaveOut(outcomes)
	return r.silent(acknowledged, effects)
}

// leaveOut notes with which arguments an operation failed that works with others.
func (r *runner) leaveOut(outcomes []outcome) {
	var notes []string
	for _, o := range outcomes {
		if len(o.verdict.Reasons) > 0 {
			notes = append(notes, fmt.Sprintf("left out of the warm-up%s: %s",
				r.with(&o.plan.Operations[0]), o.verdict.Reasons[len(o.verdict.Reasons)-1]))
		}
	}
	slices.Sort(notes)
	r.notes = append(r.notes, slices.Compact(notes)...)
}

// silent lists what is missing when nothing went wrong and yet nothing was seen.
func (r *runner) silent(acknowledged, effects int) []string {
	switch {
	case acknowledged == 0:
		return []string{"no operation was acknowledged without any fault: " +
			"check operations.*.ok, the headers and the setup"}
	case effects == 0 && len(r.exec.Contract.Ledgers) > 0:
		return []string{fmt.Sprintf("the ledgers stayed empty although %d operations were "+
			"acknowledged: check ledgers.*.path, items, key, mark and kind", acknowledged)}
	}
	return nil
}

// answers tells whether the operation of a warm-up history was acknowledged, and what is odd about
// an answer the contract does not declare.
func (r *runner) answers(h *model.History) (acknowledged int, odd string) {
	op := h.Operations[0]
	for _, e := range h.Events {
		if e.Kind != model.Return {
			continue
		}
		switch r.exec.Contract.Classify(op.Type, e.Answer) {
		case model.OK:
			return 1, ""
		case model.Fail:
			return 0, ""
		}
		if e.Answer == nil {
			odd = fmt.Sprintf("operation %s got no answer without any fault: %s", op.Type, e.Err)
			if took, ok := worked(h); ok && took > r.exec.Contract.Timeout() {
				odd = fmt.Sprintf("operation %s is answered after %s, and clients give up after %s: set "+
					"target.timeout: auto, or a longer one", op.Type, conditions.Short(took),
					r.exec.Contract.Timeout())
			}
			continue
		}
		if r.exec.Contract.AsksAgain(e.Answer) {
			odd = fmt.Sprintf("operation %s is still answered %d, which asks to try again, after the "+
				"contract's bound (promises.recovery)", op.Type, e.Answer.Status)
			continue
		}
		odd = fmt.Sprintf("operation %s was answered %d without any fault, which the contract does "+
			"not declare: %s", op.Type, e.Answer.Status, mask.Excerpt([]byte(e.Answer.Body)))
		if conditions.Unauthorized(e.Answer.Status) {
			odd = fmt.Sprintf("operation %s was answered %d: check target.headers and tenants.*.headers",
				op.Type, e.Answer.Status)
		}
	}
	return 0, odd
}
