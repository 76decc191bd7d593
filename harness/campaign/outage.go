package campaign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// checkUps is how often a new key is tried, recovery apart, until a service is down as a whole.
const checkUps = 2

// heedError learns from why a case could not be run, where that is no reading, whether the service
// still answers anybody. It reports whether the service takes no connections any more.
func heedError(c *conditions.Conditions, name string, err error) (refused bool) {
	var status *observe.StatusError
	var failed *url.Error
	switch {
	case errors.Is(err, execute.ErrWorld): // whatever it says, it says nothing about the service
		return false
	case errors.As(err, &status):
		if status.Status >= http.StatusInternalServerError && status.Method != http.MethodGet {
			c.Fails(name, fmt.Sprint(status.Status))
		}
		return false
	case errors.As(err, &failed):
		c.Fails(name, fmt.Sprintf("nothing (%v)", failed.Err))
		return c.Worked()
	}
	return false
}

// checkUp tries a new key alone where the service seems to be down as a whole, and ends the run
// when it is.
func (r *runner) checkUp(ctx context.Context) {
	if !r.conditions.MayBeDown() {
		return
	}
	for n := 1; !r.ended(ctx); n++ {
		if r.answersNew(ctx) {
			r.conditions.NotDown()
			return
		}
		if n == checkUps {
			r.conditions.ProveDown()
			return
		}
		_ = sleep.For(ctx, r.exec.Contract.Recovery()) // then ctx ended, which the loop sees
	}
}

// answersNew reports whether the service gives a definite answer to any of the operations with
// which it worked in the warm-up, under a new key.
func (r *runner) answersNew(ctx context.Context) bool {
	for _, c := range r.worked {
		if r.answersOnce(ctx, c) {
			return true
		}
	}
	return len(r.worked) == 0
}

// answersOnce reports whether the operation of a case gets a definite answer under a new key.
func (r *runner) answersOnce(ctx context.Context, c model.Case) bool {
	quiet := r.quiet()
	berth := r.crew.enter()
	o := quiet.runCase(ctx, c, execute.Repetition{Number: 1, Try: 1})
	r.crew.done(berth, finish{})
	if err := quiet.fatal(); err != nil {
		r.fail(err)
	}
	typ := c.Operations[0].Type
	return o.history != nil && slices.ContainsFunc(o.history.Events, func(e model.Event) bool {
		return e.Kind == model.Return && r.exec.Contract.Classify(typ, e.Answer) != model.Info
	})
}

// speaksOfFailure reports whether what an outcome shows may be that the service fails: all that it
// violates hangs on time, and some request failed to the end.
func (o *outcome) speaksOfFailure() bool {
	if o.history == nil || slices.ContainsFunc(o.verdict.Violations, func(v model.Violation) bool {
		return v.Level == model.LevelViolation && !v.Timed
	}) {
		return false
	}
	final := map[int]bool{}
	return slices.ContainsFunc(o.history.Events, func(e model.Event) bool {
		if e.Kind == model.Invoke && e.Final {
			final[e.Attempt] = true
		}
		return e.Kind == model.Return && final[e.Attempt] &&
			(e.Answer == nil || e.Answer.Status >= http.StatusInternalServerError)
	})
}

// stands reports whether violations that were seen alone stand: where an operation failed to the
// end, a new key must get an answer. One with its arguments must, unless the contract says that
// what it was told is never stored.
func (r *runner) stands(ctx context.Context, o *outcome) bool {
	if o.verdict.Verdict != model.Invalid || !o.speaksOfFailure() {
		return true
	}
	for _, v := range o.verdict.Violations {
		op := o.plan.Operation(v.Operations[0])
		if op == nil || !o.failedUndeclared(op.ID, r.exec.Contract) {
			return r.standsInOutage(ctx, o)
		}
		if r.answersOnce(ctx, aloneWith(&o.plan, op)) {
			return true
		}
		o.failsAnew = fmt.Sprintf("operation %s%s fails under a new key too, so that it tells "+
			"nothing about repeats: mend it, or declare it (operations.%s.fails_when)",
			op.Type, r.with(op), op.Type)
	}
	return o.failsAnew == ""
}

// standsInOutage reports whether the service answers anybody new while an operation failed. In
// virtual time every case has a service of its own.
func (r *runner) standsInOutage(ctx context.Context, o *outcome) bool {
	if r.conditions == nil || r.answersNew(ctx) {
		return true
	}
	o.failsAnew = "the service fails, also under a new key: see whether it is running"
	return false
}

// failedUndeclared reports whether an operation was last told, after everything healed, a failure
// that the contract has nowhere.
func (o *outcome) failedUndeclared(operation string, c *model.Contract) bool {
	var last *model.Answer
	for _, e := range o.history.Events {
		if e.Kind == model.Return && e.Operation == operation {
			last = e.Answer
		}
	}
	return last != nil && last.Status >= http.StatusInternalServerError && !c.AsksAgain(last)
}

// aloneWith is a case of one operation of another case, sent once.
func aloneWith(of *model.Case, op *model.PlannedOperation) model.Case {
	one := *op
	one.ID, one.Client, one.After, one.Await = plan.OperationID(0), 0, 0, ""
	one.Key = model.KeyPlan{Name: "k1", Style: model.KeyPlain}
	one.Attempts = []model.PlannedAttempt{{}}
	return model.Case{
		Index: of.Index, Scenario: of.Scenario, Resources: of.Resources,
		Operations: []model.PlannedOperation{one},
	}
}

// with shows the arguments of an operation that are no resources, "" without any.
func (r *runner) with(op *model.PlannedOperation) string {
	var out []string
	args := r.exec.Contract.Operations[op.Type].Args
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if args[name].Resource == "" {
			out = append(out, fmt.Sprintf("%s %v", name, op.Args[name]))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " with " + strings.Join(out, ", ")
}

// withoutOutage leaves the outcomes out that an outage explains.
func (s *sweep) withoutOutage(all []*outcome) []*outcome {
	return slices.DeleteFunc(all, func(o *outcome) bool { return s.conditions.DownAt(o.until) != "" })
}

// withdraw takes violations back that say only that the service fails: the case is unknown.
func (o *outcome) withdraw() {
	o.verdict.Violations = slices.DeleteFunc(o.verdict.Violations, func(v model.Violation) bool {
		return v.Timed
	})
	o.verdict.Verdict = model.Unknown
	o.verdict.Reasons = append(o.verdict.Reasons, nameOf(&o.plan)+o.failsAnew)
}
