package harness

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// mostUndeclared is how long keys are where the contract does not say how long they may be.
const mostUndeclared = 255

// shorter are the lengths that are tried when longer keys are refused: usual columns, two UUIDs
// with a colon between them, one UUID. The contract must let keys be as short.
func shorter(c *model.Contract) []int {
	least := c.Key.MinLength
	if c.Key.Formed() {
		least = len(keyValue(c, model.KeyPlan{Style: model.KeyPlain}, plannedNonce))
	}
	return slices.DeleteFunc([]int{128, 100, 73, 64, 50, 36}, func(n int) bool { return n < least })
}

// longest is how long the longest keys are.
func longest(c *model.Contract) int {
	if c.Key.MaxLength == 0 {
		return max(mostUndeclared, c.Key.MinLength)
	}
	return c.Key.MaxLength
}

// stretches tells whether keys of the contract's form may be longer than others.
func stretches(c *model.Contract) bool {
	plan := model.KeyPlan{Style: model.KeyPlain}
	plain := keyValue(c, plan, plannedNonce)
	plan.Style = model.KeyLong
	return len(keyValue(c, plan, plannedNonce)) > len(plain)
}

// learnKeyLength finds out which keys are too long, where the contract does not say: a service may
// refuse those, and nothing can be seen by them. The plan is saved with what it takes.
func (r *runner) learnKeyLength(ctx context.Context) error {
	c, long := r.longKeyed()
	said := r.contract
	if !long || !r.refuses(ctx, c) {
		return r.fatal()
	}
	takes := longest(said)
	for _, takes = range shorter(said) {
		if r.contract = withKeyLength(said, takes); !r.refuses(ctx, c) {
			break
		}
	}
	r.contract = withKeyLength(said, takes)
	r.Plan.Contract = *withKeyLength(&r.Plan.Contract, takes)
	r.notes = append(r.notes, fmt.Sprintf("keys of %d characters are refused and keys of %d are the "+
		"longest that were sent: say in key.max_length which are taken", longest(said), takes))
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
	if !sent || r.contract.Key.MaxLength > 0 || !stretches(r.contract) {
		return out, false
	}
	plan, err := warmUpPlan(r.contract)
	if err == nil {
		for _, one := range plan.Cases {
			if op := one.Operations[0]; contract.SendsKey(r.contract, op.Type) {
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
	said := r.contract
	defer func() { r.contract = said }()
	hasty := *said
	hasty.Promises.Recovery = briefly
	r.contract = &hasty
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
	t := r.contract.Operations[typ]
	p := r.contract.Promises
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
