package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/ours"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	session.Flags
	ref      ours.Reference
	file, at string
	times    int
}

// newReplay runs a saved plan again.
func newReplay(a *app) *cobra.Command {
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
			if err := f.Check(c); err != nil {
				return err
			}
			return runReplay(a, c, &f, args[0])
		},
	}
	f.AddSending(c)
	f.ref.Add(c)
	c.Flags().StringVarP(&f.file, "contract", "f", "", "the contract (default: as saved in the plan)")
	c.Flags().StringVar(&f.at, "target", "", "the target's URL, instead of the plan's")
	c.Flags().IntVar(&f.times, "times", 3, "how often to replay a counterexample")
	return c
}

// runReplay loads a plan and finds its target again.
func runReplay(a *app, c *cobra.Command, f *replayFlags, path string) error {
	if f.times < 1 {
		return exit.Usage(errors.New("--times must be at least 1"))
	}
	plan, err := files.LoadPlan(path)
	if err != nil {
		return err
	}
	if len(plan.Cases) == 1 {
		plan = repeated(plan, f.times)
	}
	f.Seed, f.KeepGoing = plan.Seed, true
	if plan.Target.Reference && f.file == "" && f.at == "" {
		if !c.Flags().Changed("bug") {
			f.ref.Bug = plan.Target.Bug
		}
		if !c.Flags().Changed("variant") {
			f.ref.Variant = plan.Target.Variant
		}
		if !c.Flags().Changed("store") && plan.Target.Store != "" {
			f.ref.Store = plan.Target.Store
		}
		return runDemo(c.Context(), a, demonstration{&f.Flags, f.ref, plan})
	}
	return replayContract(c.Context(), a, f, plan)
}

// replayContract replays against the endpoint of a contract: the one given, the one the plan was
// drawn for, or what the plan itself holds.
func replayContract(ctx context.Context, a *app, f *replayFlags, plan *model.Plan) error {
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
	s := &session.Session{
		Streams: a.Streams, Version: thisBuild().Version, Flags: &f.Flags,
		Contract: promised, TargetURL: promised.Target.URL, Hint: plan.Target,
	}
	if f.at != "" {
		s.At(f.at)
		s.Extra = []string{"--target", reach.WithoutUser(f.at)}
	}
	return a.after(s, s.Again(ctx, plan))
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
