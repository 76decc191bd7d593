package trial

import (
	"cmp"
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
	"github.com/idemcheck/idemcheck/harness/internal/crew"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Weigh takes the violations out of a verdict that do not count as they were seen: those that
// depend on timing when the case was hindered, or when others were under way beside it. Where
// nothing else was violated, they are suspected: the case is unknown until it is run again alone.
func (r *Runner) Weigh(o *Trial, alone bool) {
	if r.Conditions == nil || o.Verdict.Verdict != verdict.Invalid {
		return
	}
	r.sureOfKeys(o)
	proven := slices.ContainsFunc(o.Verdict.Violations, func(v verdict.Violation) bool {
		return v.Level == verdict.LevelViolation && !o.doubts(v, alone)
	})
	if proven && !o.hindered() {
		return
	}
	var kept []verdict.Violation
	for _, v := range o.Verdict.Violations {
		if o.doubts(v, alone) {
			o.Suspected = append(o.Suspected, v)
		} else {
			kept = append(kept, v)
		}
	}
	o.Verdict.Violations = kept
	if proven {
		o.Suspected = nil
		return
	}
	if len(o.Suspected) > 0 {
		o.Verdict.Verdict = verdict.Unknown
		o.Verdict.Reasons = append(o.Verdict.Reasons, r.suspicion(o))
	}
}

// sureOfKeys takes violations out of doubt that say of a key that the service refuses it for the
// rate for ever: new keys were served each time before, so that neither time nor the rate is why.
func (r *Runner) sureOfKeys(o *Trial) {
	if o.hindered(conditions.Starved, conditions.Silent, conditions.SignedOut) {
		return
	}
	for i := range o.Verdict.Violations {
		v := &o.Verdict.Violations[i]
		sure := len(v.Operations) > 0 && judge.RuleOf(v.Rule).InVain()
		for _, op := range v.Operations {
			key, said := o.lastTold(op)
			limited := said != nil && said.Status == http.StatusTooManyRequests
			sure = sure && limited && r.Conditions.IsStuck(key)
		}
		if sure && v.Timed {
			v.Timed, v.Message = false, v.Message+", each time right after a new key was served"
			o.sure = append(o.sure, v.Rule)
		}
	}
}

// besideOthers is why times mean little.
const besideOthers = "other cases ran beside it"

// suspicion says what was seen and why it does not count.
func (r *Runner) suspicion(o *Trial) string {
	rules := lists.Map(o.Suspected, func(v verdict.Violation) string { return v.Rule })
	slices.Sort(rules)
	return fmt.Sprintf("%s%s depends on timing and was not seen again when the case ran alone: %s",
		NameOf(&o.Case), strings.Join(slices.Compact(rules), ", "),
		cmp.Or(r.causeOf(o.Causes), besideOthers))
}

// causeOf says the first of some causes; "" where there is none.
func (r *Runner) causeOf(causes []conditions.Cause) string {
	if len(causes) == 0 {
		return ""
	}
	return r.Conditions.Text(causes[0])
}

// checkUps is how often a new key is tried, recovery apart, until a service is down as a whole, and
// briefCheckUps how often it is tried after that without waiting for an answer: an outage that came
// just then may be over soon.
const checkUps, briefCheckUps = 2, 4

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
		c.Fails(name, fmt.Sprintf("%s (%v)", conditions.Nothing, failed.Err))
		return c.Worked()
	}
	return false
}

// CheckUp tries a new key alone where the service seems to be down as a whole, and ends the run
// when it is.
func (r *Runner) CheckUp(ctx context.Context) {
	if !r.Conditions.MayBeDown() {
		return
	}
	for n := 1; !r.Ended(ctx); n++ {
		if r.answersNew(ctx, n > checkUps) {
			r.Conditions.NotDown()
			return
		}
		if n == checkUps+briefCheckUps {
			r.Conditions.ProveDown()
			return
		}
		_ = sleep.For(ctx, r.Exec.Contract.Recovery()) // then ctx ended, which the loop sees
	}
}

// answersNew reports whether the service gives a definite answer to any of the operations with
// which it worked in the warm-up, under a new key: at once, or within the contract's bound.
func (r *Runner) answersNew(ctx context.Context, atOnce bool) bool {
	for _, c := range r.Worked {
		if atOnce && r.servesAnew(ctx, &c, c.Operations[0].ID) || !atOnce && r.answersOnce(ctx, c) {
			return true
		}
	}
	return len(r.Worked) == 0
}

// answersOnce reports whether the operation of a case gets a definite answer under a new key.
func (r *Runner) answersOnce(ctx context.Context, c model.Case) bool {
	other := r.Detached()
	berth := r.Crew.Enter()
	o := other.Run(ctx, c, execute.Repetition{Number: 1, Try: 1})
	r.Crew.Done(berth, crew.Finish{})
	if err := other.Fatal(); err != nil {
		r.Fail(err)
	}
	return r.served(o)
}

// servesAnew reports whether an operation of a case is served under a new key, with the same
// arguments, at once. It takes no place in the crew: the case that asks has one.
func (r *Runner) servesAnew(ctx context.Context, c *model.Case, operation string) bool {
	const briefly = value.Duration(1) // it asks for no time to recover
	hasty := *r.Exec.Contract
	hasty.Promises.Recovery = briefly
	other := r.Detached().By(&hasty)
	other.Exec.Anew, other.Exec.Elsewhere = nil, nil
	other.service = nil // the case that asks has its part of it
	one := aloneWith(c, c.Operation(operation))
	return other.served(other.Run(ctx, one, execute.Repetition{Number: 1, Try: 1}))
}

// served reports whether the only operation of a case got a definite answer.
func (r *Runner) served(o Trial) bool {
	typ := o.Case.Operations[0].Type
	return o.History != nil && slices.ContainsFunc(o.History.Events, func(e model.Event) bool {
		return e.Kind == model.Return && r.Exec.Contract.Classify(typ, e.Answer) != model.Info
	})
}

// Stands reports whether violations that were seen alone stand: where an operation failed to the
// end, a new key must get an answer. One with its arguments must, unless the contract says that
// what it was told is never stored.
func (r *Runner) Stands(ctx context.Context, o *Trial) bool {
	if o.Verdict.Verdict != verdict.Invalid || !o.speaksOfFailure() {
		return true
	}
	for _, v := range o.Verdict.Violations {
		op := o.Case.Operation(v.Operations[0])
		if op == nil || !o.failedUndeclared(op.ID, r.Exec.Contract) {
			return !r.passed(o, v) && r.standsInOutage(ctx, o)
		}
		if r.answersOnce(ctx, aloneWith(&o.Case, op)) {
			return !r.passed(o, v)
		}
		o.failsAnew = fmt.Sprintf("operation %s%s fails under a new key too, so that it tells "+
			"nothing about repeats: mend it, or declare it (operations.%s.fails_when)",
			op.Type, ArgumentsOf(op, r.Exec.Contract), op.Type)
	}
	return o.failsAnew == ""
}

// passed reports whether the service failed an operation after everything healed, and it is not
// known to be because of its key: so it does to anybody while it is down for a while. What carries
// the marker of replays is of the key.
func (r *Runner) passed(o *Trial, v verdict.Violation) bool {
	key, said := o.lastTold(v.Operations[0])
	op := o.Case.Operation(v.Operations[0])
	plain := key != "" && op != nil && op.Key.Style == model.KeyPlain
	failed := said != nil && !said.ReplayMarker && o.failedFinally(v.Operations[0], r.Exec.Contract)
	if r.Conditions == nil || !v.Timed || !failed || !plain || r.Conditions.IsStuck(key) {
		return false
	}
	o.failsAnew = fmt.Sprintf("the service failed for a while, and not for one key alone (operation "+
		"%s was told %d at last): find out what stopped it, and raise promises.recovery if that is "+
		"as it should be", op.Type, said.Status)
	return true
}

// standsInOutage reports whether the service answers anybody new while an operation failed. In
// virtual time every case has a service of its own.
func (r *Runner) standsInOutage(ctx context.Context, o *Trial) bool {
	if r.Conditions == nil || r.answersNew(ctx, false) {
		return true
	}
	o.failsAnew = "the service fails, also under a new key: see whether it is running"
	return false
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

// ArgumentsOf shows the arguments of an operation that are no resources, "" without any.
func ArgumentsOf(op *model.PlannedOperation, c *model.Contract) string {
	args := c.Operations[op.Type].Args
	isPlain := func(name string) bool { return args[name].Resource == "" }
	plain := lists.Where(slices.Sorted(maps.Keys(args)), isPlain)
	if len(plain) == 0 {
		return ""
	}
	text := func(name string) string { return fmt.Sprintf("%s %v", name, op.Args[name]) }
	return " with " + strings.Join(lists.Map(plain, text), ", ")
}
