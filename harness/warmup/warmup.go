// Package warmup runs operations without faults before a plan, and finds out what the service is
// like and what its contract leaves open.
package warmup

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/crew"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/harness/warmup/internal/sight"
	"github.com/idemcheck/idemcheck/model"
)

// Run runs some operations of every type for every tenant without faults. It learns how long the
// target works, and with which cases it does.
func Run(ctx context.Context, r *trial.Runner, begin func(cases int)) (Warmth, error) {
	plan, err := plan.WarmUp(r.Exec.Contract)
	if err != nil {
		return Warmth{}, err
	}
	begin(len(plan.Cases))
	outcomes, ears := make([]trial.Trial, len(plan.Cases)), make([]*witness.Ear, len(plan.Cases))
	var wg sync.WaitGroup
	for i := range plan.Cases {
		wg.Go(func() {
			ears[i] = &witness.Ear{}
			outcomes[i] = rehearse(ctx, heardBy(r, ears[i]), plan.Cases[i])
		})
	}
	var moving []string
	alone := r.Place.Virtual() || r.Exec.Contract.Serial()
	if !alone {
		moving = changing(ctx, r, plan.Cases)
	}
	wg.Wait()
	if alone {
		moving = changing(ctx, r, plan.Cases)
	}
	err = r.Fatal()
	if err != nil && r.Exec.Spec.Err() == nil {
		return Warmth{}, err
	}
	measure(outcomes, r.Exec.Service)
	p := &proving{runner: r}
	for i, o := range outcomes {
		p.rehearsed = append(p.rehearsed, sight.New(r, o, ears[i]))
	}
	var warm Warmth
	if mistakes := p.mistakes(ctx); len(moving) > 0 { // lines cannot be proved then
		warm = Warmth{Reasons: moving}
	} else if len(mistakes) > 0 {
		warm, err = mistaken(mistakes), nil
	} else {
		warm = understood(outcomes, r)
	}
	warm.Learnt = learnt(p)
	return warm, err
}

// heardBy is a runner that shows somebody what is read without faults.
func heardBy(r *trial.Runner, heard witness.Witness) *trial.Runner {
	out, exec := *r, *r.Exec
	exec.Witness = heard
	out.Exec = &exec
	return &out
}

// maxRehearsals is how often a case of the warm-up is run until its first attempt is answered, and
// not put off to the end: a target that has just been started, or a busy machine, may be late the
// first time, and the service may keep the answer of that moment under the key for ever.
const maxRehearsals = 3

// rehearse runs a case of the warm-up. Its history is not saved: it is no part of the run.
func rehearse(ctx context.Context, r *trial.Runner, c model.Case) trial.Trial {
	stage := r.Detached()
	if r.Exec.Contract.Target.AutoTimeout {
		stage = stage.By(withTimeout(r.Exec.Contract, execute.MaxTimeout))
	}
	out, begun := trial.Trial{Case: c}, time.Now()
	for range maxRehearsals {
		berth := r.Crew.Enter()
		if r.Fatal() != nil { // another rehearsal has found out that nothing can run
			r.Crew.Leave(berth)
			break
		}
		out = stage.Run(ctx, c, execute.Repetition{Number: 1, Try: 1})
		if err := stage.Fatal(); err != nil && stage.Exec.Spec.Err() == nil {
			r.Fail(err)
		}
		r.Crew.Done(berth, crew.Finish{})
		hangs := time.Since(begun) > observe.Limit // what takes so long once is not tried again
		told := heard(out.History) && !putOff(r.Exec.Contract, out.History)
		if hangs || told || r.Fatal() != nil || ctx.Err() != nil {
			break
		}
	}
	return out
}

// heard reports whether the client got an answer to the first attempt of a history; what could not
// be run at all is not tried again either.
func heard(h *model.History) bool {
	return h == nil || slices.ContainsFunc(h.Events, func(e model.Event) bool {
		return e.Kind == model.Return && e.Attempt == 1 && e.Answer != nil
	})
}

// putOff reports whether every answer to a client asked it to try again.
func putOff(c *model.Contract, h *model.History) bool {
	return h != nil && !slices.ContainsFunc(h.Events, func(e model.Event) bool {
		return e.Kind == model.Return && !c.AsksAgain(e.Answer)
	})
}

// measure notes how long the target works on each type, as the wire saw it: the shortest time
// counts.
func measure(outcomes []trial.Trial, service map[string]time.Duration) {
	for _, o := range outcomes {
		took, ok := worked(o.History)
		if !ok {
			continue
		}
		typ := o.History.Operations[0].Type
		if known := service[typ]; known == 0 || took < known {
			service[typ] = took
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
