package campaign

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/warmup"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Checked is what operations showed that were sent without any fault.
type Checked struct {
	// Verdict is valid where the contract describes the service, and else unknown.
	Verdict verdict.Verdict
	// Learnt is what the operations of each type showed, Notes what was left out.
	Learnt  []warmup.Learnt
	Notes   []string
	Elapsed time.Duration
}

// Check does only what every run begins with: it sends a few operations of every type, each with a
// repeat, and compares what they show with the contract. Of the options, the plan is not used.
func Check(ctx context.Context, o Options) (*Checked, error) {
	begun := time.Now()
	o.Plan = &model.Plan{Contract: *o.Contract}
	p, err := prepare(o)
	if err != nil {
		return nil, err
	}
	defer p.runner.Conditions.Watch(ctx)()
	warm, err := p.warmUp(ctx)
	cleaned := execute.CleanUp(ctx, p.runner.Exec, o.Place)
	if err != nil {
		return nil, err
	}
	out := &Checked{Verdict: verdict.New(), Learnt: warm.Learnt, Notes: append(warm.Notes, cleaned...)}
	if len(warm.Reasons) > 0 {
		out.Verdict = unprepared(warm)
	}
	out.Elapsed = time.Since(begun)
	return out, nil
}
