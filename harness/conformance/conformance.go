package conformance

import (
	"context"
	"fmt"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Options say whom to ask. Contract and Place are needed.
type Options struct {
	// Contract is what the service promises, with its environment references resolved.
	Contract *model.Contract
	// Secrets are taken out of everything that is shown (see campaign.Options).
	Secrets []string
	// Place lends the sites at which cases are run.
	Place execute.Place
	// Observer is told what the run does; nil tells nobody.
	Observer campaign.Observer
	// Parallel is how many cases run side by side at most; zero means as many as a campaign has.
	Parallel int
}

// Table is what came of the catalogue.
type Table struct {
	// Rows are the rows of the catalogue, in its order; none where nothing could be asked.
	Rows []Row `json:"rows"`
	// Verdict is that of the run: why nothing could be asked, and what was counted.
	Verdict verdict.Verdict `json:"-"`
	// Elapsed is the real time that it took.
	Elapsed time.Duration `json:"-"`
}

// maxWait is how long a retention may be that is waited for in real time.
const maxWait = 10 * time.Second

// seed is that of every conformance plan: the same contract is asked the same.
const seed = 1

// Run asks a service for all rows. The error means that the tool or the target could not run.
func Run(ctx context.Context, o Options) (*Table, error) {
	asked, err := draw(o)
	if err != nil {
		return nil, err
	}
	heard := newWitness(o)
	ran, err := asked.run(ctx, o, heard)
	if err != nil {
		return nil, err
	}
	out := &Table{Verdict: ran.Verdict, Elapsed: ran.Elapsed}
	if len(ran.Tallies) > 0 {
		out.Rows = asked.rows(ran, heard)
	}
	return out, nil
}

// run runs the cases, and when all are over those that may have callers locked out.
func (a *asked) run(ctx context.Context, o Options, heard *witness) (*campaign.RunResult, error) {
	var out *campaign.RunResult
	for _, part := range []*model.Plan{a.plan, a.last} {
		if part == nil {
			continue
		}
		ran, err := campaign.Run(ctx, campaign.Options{
			Contract: o.Contract, Secrets: o.Secrets, Plan: part, Place: o.Place,
			Observer: heard,
			Limits:   campaign.Limits{Parallel: o.Parallel, KeepGoing: true, ShrinkBudget: -1},
		})
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = ran
		} else {
			out.Tallies = append(out.Tallies, ran.Tallies...)
			out.Elapsed += ran.Elapsed
		}
		if len(ran.Tallies) == 0 || interrupted(ctx) {
			break
		}
	}
	return out, nil
}

// interrupted reports whether nothing more is to be begun.
func interrupted(ctx context.Context) bool { return ctx.Err() != nil }

// asked is what of the catalogue is asked, and why the rest is not.
type asked struct {
	contract *model.Contract
	// plan has the cases; those of last are begun when all of them are over.
	plan, last *model.Plan
	// why says by the name of a row why none of its cases can be drawn.
	why map[string]string
}

// draw draws the cases of all rows.
func draw(o Options) (*asked, error) {
	all := *o.Contract
	all.Scenarios, all.Faults = nil, nil // what is chosen of the catalogue of runs is no matter here
	out := &asked{contract: o.Contract, why: map[string]string{}}
	for _, row := range checks() {
		if row.cases == 0 {
			continue
		}
		row.scenario.Name = row.name
		if why := untried(row, &all, o.Place.Virtual()); why != "" {
			out.why[row.name] = why
			continue
		}
		if err := out.add(row, &all); err != nil {
			return nil, fmt.Errorf("drawing the cases of %s: %w", row.name, err)
		}
	}
	if out.plan == nil {
		return nil, fmt.Errorf("drawing the catalogue: nothing of it applies to the contract")
	}
	return out, nil
}

// add draws the cases of a row.
func (a *asked) add(row check, c *model.Contract) error {
	for v := range row.scenario.Variants(c) {
		row.scenario.Variant = v + 1
		drawn, err := plan.Draw(plan.Options{
			Contract: c, Scenarios: []plan.Scenario{row.scenario}, Seed: seed, Cases: row.cases,
		})
		if err != nil {
			return err
		}
		into := &a.plan
		if row.strangers {
			into = &a.last
		}
		if drawn.Novelty = 0; *into == nil {
			*into = drawn
			continue
		}
		for _, one := range drawn.Cases {
			one.Index = len((*into).Cases)
			(*into).Cases = append((*into).Cases, one)
		}
	}
	return nil
}

// untried says why no case of a row can be run, or "".
func untried(row check, c *model.Contract, virtual bool) string {
	if why := plan.Applicable(row.scenario, c); why != "" {
		return why
	}
	kept, waits := c.Promises.Retention, row.scenario.Edge && !virtual && c.Age == nil
	if waits && kept.Std() > maxWait {
		return fmt.Sprintf("keys live for %s, which is too long to wait for: say how their records are "+
			"made older (age), or let the service under test forget them within %s, and say so in "+
			"promises.retention", kept, maxWait)
	}
	return ""
}
