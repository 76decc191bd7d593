package harness

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// warmUp runs some operations of every type for every tenant without faults. It learns how long the
// target works, and returns reasons when a run could not mean anything.
func (r *runner) warmUp(ctx context.Context) ([]string, error) {
	plan, err := warmUpPlan(r.contract)
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
	if r.contract.Target.AutoTimeout {
		quiet.contract = withTimeout(r.contract, maxTimeout)
	}
	out, begun := outcome{plan: c}, time.Now()
	for range mostRehearsals {
		berth := r.crew.enter()
		if r.fatal() != nil { // another rehearsal has found out that nothing can run
			r.crew.leave(berth)
			break
		}
		out = quiet.runCase(ctx, c, repetition{1, 1})
		if err := quiet.fatal(); err != nil {
			r.fail(err)
		}
		r.crew.done(berth, finish{})
		hangs := time.Since(begun) > plainLimit // what takes so long once is not tried again
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
	return &runner{
		Options: o, contract: r.contract, spec: r.spec, base: r.base,
		limit: r.limit, crew: r.crew, conditions: r.conditions,
		ledgerFields: r.ledgerFields, service: r.service, heavy: r.heavy, deadline: r.deadline,
		mask: r.mask, worked: r.worked,
	}
}

// What one amount does need not be what others do: a service may be slow for one, or fail the first
// time. So the warm-up has several operations of a type, as different as their arguments let them
// be: rehearsals of them, the first that differ among maxDrawn.
const rehearsals, maxDrawn = 2, 8

// warmUpPlan draws operations of every type for every tenant.
func warmUpPlan(c *model.Contract) (*model.Plan, error) {
	var scenarios []Scenario
	for _, typ := range (&drawing{contract: c}).types() {
		scenarios = append(scenarios, Scenario{
			Name: "warm-up", Types: []string{typ}, Operations: Range{1, 1}, OneResource: true,
		})
	}
	plan, err := Draw(DrawOptions{
		Contract: c, Scenarios: scenarios, Cases: maxDrawn * len(scenarios), Search: Random,
	})
	if err != nil {
		return nil, err
	}
	first := differing(plan.Cases)
	plan.Cases = nil
	for _, tenant := range tenantNames(c) {
		for _, one := range first {
			one = clone(one)
			one.Operations[0].Tenant = tenant
			plan.Cases = append(plan.Cases, one)
		}
	}
	return plan, nil
}

// differing keeps the first cases of every type whose arguments differ, as many as are rehearsed,
// and one of a type without a choice.
func differing(drawn []model.Case) []model.Case {
	var out []model.Case
	for _, one := range drawn {
		op, same, known := one.Operations[0], false, 0
		for _, other := range out {
			if other.Operations[0].Type == op.Type {
				known++
				same = same || reflect.DeepEqual(other.Operations[0].Args, op.Args)
			}
		}
		if !same && known < rehearsals {
			out = append(out, one)
		}
	}
	return out
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
		if known := r.service[typ]; known == 0 || took < known {
			r.service[typ] = took
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
	case effects == 0 && len(r.contract.Ledgers) > 0:
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
		switch r.contract.Classify(op.Type, e.Answer) {
		case model.OK:
			return 1, ""
		case model.Fail:
			return 0, ""
		}
		if e.Answer == nil {
			odd = fmt.Sprintf("operation %s got no answer without any fault: %s", op.Type, e.Err)
			if took, ok := worked(h); ok && took > timeout(r.contract) {
				odd = fmt.Sprintf("operation %s is answered after %s, and clients give up after %s: set "+
					"target.timeout: auto, or a longer one", op.Type, short(took), timeout(r.contract))
			}
			continue
		}
		if r.contract.AsksAgain(e.Answer) {
			odd = fmt.Sprintf("operation %s is still answered %d, which asks to try again, after the "+
				"contract's bound (promises.recovery)", op.Type, e.Answer.Status)
			continue
		}
		odd = fmt.Sprintf("operation %s was answered %d without any fault, which the contract does "+
			"not declare: %s", op.Type, e.Answer.Status, excerpt([]byte(e.Answer.Body)))
		if unauthorized(e.Answer.Status) {
			odd = fmt.Sprintf("operation %s was answered %d: check target.headers and tenants.*.headers",
				op.Type, e.Answer.Status)
		}
	}
	return 0, odd
}

// unauthorized tells whether a status says that the caller is not let in.
func unauthorized(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}
