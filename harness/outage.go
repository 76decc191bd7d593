package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
)

const (
	// manyFail is for how many keys in a row a service must fail, while nobody gets a definite answer,
	// until a new key is tried alone. It doubles each time that one works.
	manyFail = 3
	// checkUps is how often a new key is tried, recovery apart, until a service is down as a whole.
	checkUps = 2
)

// outage follows whether the service still answers anybody. What fails for new keys too says
// nothing about repeats.
type outage struct {
	mu sync.Mutex
	// begun is when the run began; zero before the warm-up has shown that the service works. failing
	// are the keys of which nothing but failures came since the last definite answer to anybody, since
	// is when the first of them failed, said is what was said last, many is how many are suspicious,
	// and down is why nothing more can be learned. All are protected by mu.
	begun   time.Time
	failing map[string]bool
	since   time.Time
	said    string
	many    int
	down    string
}

func newOutage() *outage { return &outage{failing: map[string]bool{}, many: manyFail} }

// begin says that the service works.
func (o *outage) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.begun = time.Now()
	clear(o.failing)
}

// works files a definite answer to anybody.
func (o *outage) works() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.failing)
}

// fails files that the service failed for a key, and how.
func (o *outage) fails(key, said string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.begun.IsZero() {
		return
	}
	if len(o.failing) == 0 {
		o.since = time.Now()
	}
	o.failing[key], o.said = true, said
}

// suspected reports whether it may be down as a whole.
func (o *outage) suspected() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down == "" && len(o.failing) >= o.many
}

// wrong files that a suspicion was wrong.
func (o *outage) wrong() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.failing)
	o.many *= 2
}

// proven files that the service is down as a whole.
func (o *outage) proven() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.down = fmt.Sprintf("the service is down as a whole since %s after the warm-up: it answers %s "+
		"to everybody, also to a new key alone; find out what stopped it, start it again, and run "+
		"with a lower target.max_rate or fewer --parallel if the load did",
		short(o.since.Sub(o.begun)), o.said)
}

// why says why nothing more can be learned; "" while something can.
func (o *outage) why() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down
}

// met reports whether the service was down as a whole at a time.
func (o *outage) met(at time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down != "" && !at.Before(o.since)
}

// mayBeDown reports whether the service may be down as a whole, so that nothing more should be
// begun before a new key was tried.
func (c *conditions) mayBeDown() bool { return c != nil && c.outage.suspected() }

// heed learns from an attempt whether the service still answers. Faults strike before everything
// healed, so that failures count after that.
func (o *outage) heed(op *bound, a chaos.Attempt, out chaos.Outcome, c *model.Contract) {
	switch {
	case c.Classify(op.Type, out.Answer) != model.Info:
		o.works()
	case !a.Final, c.InVain(op.record, out.Answer):
	case out.Answer == nil:
		o.fails(op.name(), "nothing ("+out.Err+")")
	case out.Answer.Status >= http.StatusInternalServerError:
		o.fails(op.name(), fmt.Sprint(out.Answer.Status))
	}
}

// heedError learns the same from why a case could not be run, where that is no reading, and reports
// whether the service takes no connections any more.
func (c *conditions) heedError(name string, err error) (refused bool) {
	if c == nil {
		return false
	}
	var status *StatusError
	var failed *url.Error
	switch {
	case errors.Is(err, ErrWorld): // whatever it says, it says nothing about the service
		return false
	case errors.As(err, &status):
		if status.Status >= http.StatusInternalServerError && status.Method != http.MethodGet {
			c.outage.fails(name, fmt.Sprint(status.Status))
		}
		return false
	case errors.As(err, &failed):
		c.outage.fails(name, fmt.Sprintf("nothing (%v)", failed.Err))
		return c.outage.working()
	}
	return false
}

// working reports whether the service worked in the warm-up.
func (o *outage) working() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.begun.IsZero()
}

// checkUp tries a new key alone where the service seems to be down as a whole, and ends the run
// when it is.
func (r *runner) checkUp(ctx context.Context) {
	if !r.conditions.mayBeDown() {
		return
	}
	for n := 1; !r.ended(ctx); n++ {
		if r.answersNew(ctx) {
			r.conditions.outage.wrong()
			return
		}
		if n == checkUps {
			r.conditions.outage.proven()
			return
		}
		_ = sleep(ctx, r.contract.Recovery()) // then ctx ended, which the loop sees
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
	o := quiet.runCase(ctx, c, repetition{1, 1})
	r.crew.done(berth, finish{})
	if err := quiet.fatal(); err != nil {
		r.fail(err)
	}
	typ := c.Operations[0].Type
	return o.history != nil && slices.ContainsFunc(o.history.Events, func(e model.Event) bool {
		return e.Kind == model.Return && r.contract.Classify(typ, e.Answer) != model.Info
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
		if op == nil || !o.failedUndeclared(op.ID, r.contract) {
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
	one.ID, one.Client, one.After, one.Await = operationID(0), 0, 0, ""
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
	args := r.contract.Operations[op.Type].Args
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

// down says why the service was down as a whole when an outcome came about; "" when it was not.
func (c *conditions) down(o *outcome) string {
	if c == nil || !c.outage.met(o.until) {
		return ""
	}
	return c.outage.why()
}

// isDown reports whether the service is down as a whole.
func (c *conditions) isDown() bool { return c != nil && c.outage.why() != "" }

// withoutOutage leaves the outcomes out that an outage explains.
func (s *sweep) withoutOutage(all []*outcome) []*outcome {
	return slices.DeleteFunc(all, func(o *outcome) bool { return s.conditions.down(o) != "" })
}

// withdraw takes violations back that say only that the service fails: the case is unknown.
func (o *outcome) withdraw() {
	o.verdict.Violations = slices.DeleteFunc(o.verdict.Violations, func(v model.Violation) bool {
		return v.Timed
	})
	o.verdict.Verdict = model.Unknown
	o.verdict.Reasons = append(o.verdict.Reasons, nameOf(&o.plan)+o.failsAnew)
}
