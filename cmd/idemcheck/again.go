package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	runFlags
	ref      referenceFlags
	file, at string
	times    int
}

// replay runs a saved plan again.
func (a *app) replay() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay PLAN",
		Short: "Run a saved plan again, with fresh keys and resources",
		Long: `Run a saved plan again, with fresh keys and resources. A counterexample is replayed
several times: FIXED means that no replay broke its rule, FAILED that all did, FLAKY that some
did, NOT SEEN that none did and that none had when it was found.`,
		Example: `  idemcheck replay idemcheck-out/20260102-150405-seed7/counterexample/plan.json
  idemcheck replay plan.json --target http://127.0.0.1:9090 --times 10
  idemcheck replay plan.json --bug ''        # against the right reference service`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			return a.runReplay(c, &f, args[0])
		},
	}
	f.addSending(c)
	f.ref.add(c)
	c.Flags().StringVarP(&f.file, "contract", "f", "", "the contract (default: as saved in the plan)")
	c.Flags().StringVar(&f.at, "target", "", "the target's URL, instead of the plan's")
	c.Flags().IntVar(&f.times, "times", 3, "how often to replay a counterexample")
	return c
}

// runReplay loads a plan and finds its target again.
func (a *app) runReplay(c *cobra.Command, f *replayFlags, path string) error {
	if f.times < 1 {
		return usageError{errors.New("--times must be at least 1")}
	}
	plan, err := files.LoadPlan(path)
	if err != nil {
		return err
	}
	if len(plan.Cases) == 1 {
		plan = repeated(plan, f.times)
	}
	f.seed, f.keepGoing = plan.Seed, true
	if plan.Target.Reference && f.file == "" && f.at == "" {
		if !c.Flags().Changed("bug") {
			f.ref.bug = plan.Target.Bug
		}
		if !c.Flags().Changed("variant") {
			f.ref.variant = plan.Target.Variant
		}
		if !c.Flags().Changed("store") && plan.Target.Store != "" {
			f.ref.store = plan.Target.Store
		}
		return a.runDemo(c.Context(), &f.runFlags, f.ref, plan)
	}
	return a.replayContract(c.Context(), f, plan)
}

// replayContract replays against the endpoint of a contract: the one given, the one the plan was
// drawn for, or what the plan itself holds.
func (a *app) replayContract(ctx context.Context, f *replayFlags, plan *model.Plan) error {
	promised := &plan.Contract
	file := f.file
	if file == "" && plan.Target.Contract != "" {
		if _, err := os.Stat(plan.Target.Contract); err == nil {
			file = plan.Target.Contract
		}
	}
	if file != "" {
		loaded, err := contract.Load(file)
		if err != nil {
			return err
		}
		promised = contract.Restore(promised, loaded)
	}
	s := &session{app: a, flags: &f.runFlags, contract: promised, targetURL: promised.Target.URL}
	s.hint = plan.Target
	if f.at != "" {
		s.targetURL = f.at
		s.extra = []string{"--target", withoutUser(f.at)}
	}
	return s.again(ctx, plan)
}

// repeated returns a plan with its only case several times.
func repeated(p *model.Plan, times int) *model.Plan {
	out := *p
	out.Cases = nil
	for range times {
		out.Cases = append(out.Cases, p.Cases[0])
	}
	return &out
}

// again runs a saved plan and says whether what it showed is still there.
func (s *session) again(ctx context.Context, plan *model.Plan) error {
	run := func(ctx context.Context, o campaign.Options) (*campaign.Result, error) {
		result, err := campaign.Replay(ctx, o)
		if err == nil {
			s.replayed = campaign.ReplayNote(plan, result)
		}
		return result, err
	}
	return s.execute(ctx, plan, run)
}
