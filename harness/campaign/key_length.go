package campaign

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// learnKeyLength finds out which keys are too long, where the contract does not say: a service may
// refuse those, and nothing can be seen by them. The plan is saved with what it takes.
func (r *runner) learnKeyLength(ctx context.Context) error {
	c, long := r.longKeyed()
	said := r.exec.Contract
	if !long || !r.refuses(ctx, c) {
		return r.fatal()
	}
	takes := keyform.Longest(said.Key)
	for _, takes = range keyform.Shorter(said) {
		if r.exec.Contract = withKeyLength(said, takes); !r.refuses(ctx, c) {
			break
		}
	}
	r.exec.Contract = withKeyLength(said, takes)
	r.Plan.Contract = *withKeyLength(&r.Plan.Contract, takes)
	r.notes = append(r.notes, fmt.Sprintf("keys of %d characters are refused and keys of %d are the "+
		"longest that were sent: say in key.max_length which are taken",
		keyform.Longest(said.Key), takes))
	return r.save("the length of its keys")
}

// longKeyed is a case of an operation with a long key, and another one with a plain key after it;
// false when the plan has no long key, or the contract says how long keys may be.
func (r *runner) longKeyed() (model.Case, bool) {
	var out model.Case
	long := func(op model.PlannedOperation) bool { return op.Key.Style == model.KeyLong }
	sent := slices.ContainsFunc(r.Plan.Cases, func(c model.Case) bool {
		return slices.ContainsFunc(c.Operations, long)
	})
	if !sent || r.exec.Contract.Key.MaxLength > 0 || !keyform.Stretches(r.exec.Contract) {
		return out, false
	}
	plan, err := plan.WarmUp(r.exec.Contract)
	if err == nil {
		for _, one := range plan.Cases {
			if op := one.Operations[0]; template.SendsKey(r.exec.Contract, op.Type) {
				join(&out, one, op.Tenant, op.Tenant)
				out.Operations[0].Key.Style = model.KeyLong
				return out, true
			}
		}
	}
	return out, false
}

// refuses tells whether the first operation of a case is refused for its key: it gets nothing but
// refusals that no contract needs to declare, and the second one is done.
func (r *runner) refuses(ctx context.Context, c model.Case) bool {
	const briefly = model.Duration(1) // it asks for no time to recover
	said := r.exec.Contract
	defer func() { r.exec.Contract = said }()
	hasty := *said
	hasty.Promises.Recovery = briefly
	r.exec.Contract = &hasty
	h := r.rehearse(ctx, c).history
	if h == nil {
		return false
	}
	refused, done := 0, false
	for _, e := range h.Events {
		if e.Kind != model.Return || e.Answer == nil {
			continue
		}
		switch {
		case e.Operation != c.Operations[0].ID:
			done = done || said.Classify(c.Operations[1].Type, e.Answer) == model.OK
		case !r.refusal(c.Operations[0].Type, e.Answer.Status):
			return false
		default:
			refused++
		}
	}
	return refused > 0 && done
}

// refusal tells whether a status may refuse a key for its length.
func (r *runner) refusal(typ string, status int) bool {
	t := r.exec.Contract.Operations[typ]
	p := r.exec.Contract.Promises
	other := slices.Concat(t.OK, t.Refused, p.Transient, p.InFlight, []int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout,
		http.StatusTooManyRequests,
	})
	return status/100 == 4 && !slices.Contains(other, status)
}

// withKeyLength returns a copy of a contract that says how long keys may be.
func withKeyLength(c *model.Contract, n int) *model.Contract {
	out := *c
	out.Key.MaxLength = n
	return &out
}
