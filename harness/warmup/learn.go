package warmup

import (
	"context"
	"fmt"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
)

// Known is what was found out about a service before the plan runs: what runs cases by it, and
// what of the plan cannot be done as it was meant.
type Known struct {
	Runner *trial.Runner
	Notes  []string
}

// Learn finds out what the contract leaves open: the timeout, whether tenants share the names of
// resources, and how long keys may be. The plan is changed by it, and saved by grow.
func Learn(
	ctx context.Context, r *trial.Runner, p *model.Plan, grow func(*model.Plan) error,
) (Known, error) {
	out := Known{Runner: r}
	for _, find := range []func(context.Context, *trial.Runner, *model.Plan) (lesson, error){
		learnTimeout, learnNames, learnKeyLength,
	} {
		found, err := find(ctx, out.Runner, p)
		if err != nil {
			return out, err
		}
		if found.what == "" {
			continue
		}
		out.Runner, out.Notes = found.runner, append(out.Notes, found.notes...)
		if err := grow(p); err != nil {
			return out, fmt.Errorf("saving the plan with %s: %w", found.what, err)
		}
	}
	return out, nil
}

// lesson is what one of the questions taught; what is "" when it was nothing.
type lesson struct {
	what   string
	runner *trial.Runner
	notes  []string
}

// Recalled returns a contract with what was found out when a plan was run, where the contract says
// nothing.
func Recalled(c *model.Contract, p *model.Plan) *model.Contract {
	if c.Target.AutoTimeout && p.Contract.Target.AutoTimeout {
		c = withTimeout(c, p.Contract.Timeout()) // as it was measured
	}
	c = withNamesOf(&p.Contract, c)
	if c.Key.MaxLength == 0 {
		c = withKeyLength(c, p.Contract.Key.MaxLength)
	}
	return c
}
