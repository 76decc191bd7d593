package warmup

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// learnKeyLength finds out which keys are too long, where the contract does not say: a service may
// refuse those, and nothing can be seen by them. The plan is saved with what it takes.
func learnKeyLength(ctx context.Context, r *trial.Runner, p *model.Plan) (lesson, error) {
	said := r.Exec.Contract
	c, long := longKeyed(p, said)
	if !long || !refuses(ctx, r, c) {
		return lesson{}, r.Fatal()
	}
	takes := keyform.MaxLength(said.Key)
	for _, takes = range keyform.Shorter(said) {
		if !refuses(ctx, r.By(withKeyLength(said, takes)), c) {
			break
		}
	}
	p.Contract = *withKeyLength(&p.Contract, takes)
	return lesson{
		what: "the length of its keys", runner: r.By(withKeyLength(said, takes)),
		notes: []string{fmt.Sprintf("keys of %d characters are refused and keys of %d are the longest "+
			"that were sent: say in key.max_length which are taken", keyform.MaxLength(said.Key), takes)},
	}, nil
}

// longKeyed is a case of an operation with a long key, and another one with a plain key after it;
// false when the plan has no long key, or the contract says how long keys may be.
func longKeyed(p *model.Plan, c *model.Contract) (model.Case, bool) {
	var out model.Case
	long := func(op model.PlannedOperation) bool { return op.Key.Style == model.KeyLong }
	sent := slices.ContainsFunc(p.Cases, func(one model.Case) bool {
		return slices.ContainsFunc(one.Operations, long)
	})
	if !sent || c.Key.MaxLength > 0 || !keyform.Stretches(c) {
		return out, false
	}
	plan, err := plan.WarmUp(c)
	if err == nil {
		for _, one := range plan.Cases {
			if op := one.Operations[0]; template.SendsKey(c, op.Type) {
				join(&out, one, op.Tenant, op.Tenant)
				out.Operations[0].Key.Style = model.KeyLong
				return out, true
			}
		}
	}
	return out, false
}

// refuses reports whether the first operation of a case is refused for its key: it gets nothing but
// refusals that no contract needs to declare, and the second one is done.
func refuses(ctx context.Context, r *trial.Runner, c model.Case) bool {
	const briefly = value.Duration(1) // it asks for no time to recover
	said := r.Exec.Contract
	hasty := *said
	hasty.Promises.Recovery = briefly
	h := rehearse(ctx, r.By(&hasty), c).History
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
		case !refusal(said, c.Operations[0].Type, e.Answer.Status):
			return false
		default:
			refused++
		}
	}
	return refused > 0 && done
}

// refusal reports whether a status may refuse a key for its length.
func refusal(c *model.Contract, typ string, status int) bool {
	t := c.Operations[typ]
	p := c.Promises
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
