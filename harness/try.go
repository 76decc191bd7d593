package harness

import (
	"cmp"
	"context"
	"testing"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/model"
)

// Try runs a service as [Check] does, in memory and in virtual time, and returns the verdict
// instead of failing the test: a wrong service is no error. It looks at Suite.Seed and not at the
// environment, and saves nothing. The error means that the suite cannot be run.
func Try(t *testing.T, s Suite, target Target) (*campaign.RunResult, error) {
	t.Helper()
	written, err := s.contract()
	if err != nil {
		return nil, err
	}
	ready, err := inMemory(written, target)
	if err != nil {
		return nil, err
	}
	plan, err := s.plan(ready, cmp.Or(s.Seed, 1))
	if err != nil {
		return nil, err
	}
	c := s.checking(t, target, plan)
	if err := c.run(ready); err != nil {
		return nil, err
	}
	return c.result, nil
}

// run runs the plan that was drawn.
func (c *checking) run(promised *model.Contract) (err error) {
	o := c.options(promised)
	if c.result, err = campaign.Run(context.Background(), o); err != nil {
		return c.bubbles.blame(err)
	}
	return keeps(context.Background(), o, c.result)
}
