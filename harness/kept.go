package harness

import (
	"context"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// forgotten is what a service did whose store dies with its process. No service in use is like
// that, but a test whose constructor makes a store is.
const forgotten = "what the service stores dies with a crash: an operation was done and " +
	"answered, nothing was under way, and after a crash and a restart it was gone.\n" +
	"next: make what stands for a database with harness.Keep(env, \"store\", newStore), or in a " +
	"folder of env.Dir, so that every instance gets the same; a store that the constructor makes " +
	"by itself is a new one after each crash"

// crashes reports whether a crash of the service is planned in a case.
func crashes(c model.Case) bool {
	return slices.ContainsFunc(c.Faults, func(f fault.Fault) bool {
		return f.Kind.Traits().EndsService
	})
}

// suspected reports whether what a result says may come of a store that died in a crash. It may be
// a pass, too: what a repeat does again in an empty store looks as if it had been done once.
func suspected(r *campaign.RunResult) bool {
	if r.Found != nil {
		return crashes(r.Found.Case)
	}
	return slices.ContainsFunc(r.Plan.Cases, crashes)
}

// keeps returns an error where a service that was to crash keeps nothing at all.
func keeps(ctx context.Context, o campaign.Options, r *campaign.RunResult) error {
	if !suspected(r) {
		return nil
	}
	one, reasons, err := campaign.NewSingle(ctx, o)
	if err != nil || len(reasons) > 0 {
		return nil //nolint:nilerr // what was found stands as it is
	}
	return lives(ctx, one, o.Contract)
}

// lives returns an error where what is stored does not outlive a crash while nothing is under way.
func lives(ctx context.Context, one *campaign.Single, c *model.Contract) error {
	calm, crashing, ok := atRest(c)
	if !ok {
		return nil
	}
	for _, tried := range []struct {
		model.Case
		valid bool
	}{{crashing, false}, {calm, true}} {
		probe, err := one.Once().Try(ctx, tried.Case)
		happened := probe.Verdict.Faults.Fired == probe.Verdict.Faults.Planned
		if err != nil || !happened || (probe.Verdict.Verdict == verdict.Valid) != tried.valid {
			return nil //nolint:nilerr // what was found stands as it is
		}
	}
	return &trial.UnfitError{Message: forgotten}
}

// rest is how long before and after the crash nothing is under way, in virtual time.
const rest = value.Duration(10 * time.Second)

// atRest returns two cases of an operation that leaves something behind, and of a second one much
// later: one case in which nothing goes wrong, and one in which the service crashes between the
// two. It returns false for a contract of which nothing is to be seen.
func atRest(c *model.Contract) (calm, crashing model.Case, ok bool) {
	warm, err := plan.WarmUp(c)
	if err != nil {
		return calm, crashing, false
	}
	i := slices.IndexFunc(warm.Cases, func(one model.Case) bool {
		typ := c.Operations[one.Operations[0].Type]
		return len(typ.Effects) > 0 || len(typ.Then) > 0
	})
	if i < 0 {
		return calm, crashing, false
	}
	calm = warm.Cases[i].Clone()
	first := &calm.Operations[0]
	first.Attempts = []model.PlannedAttempt{{}}
	second := *first
	second.ID, second.After = "later", 2*rest
	second.CorrelationID += second.ID
	second.Key.Name += second.ID
	calm.Operations = append(calm.Operations, second)
	crashing = calm.Clone()
	crashing.Faults = []fault.Fault{{
		Kind: fault.Crash, Operation: first.ID, Attempt: 1, Span: rest,
	}}
	return calm, crashing, true
}
