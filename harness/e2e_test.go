package harness_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
)

// payments serves the reference service with a seeded bug or none and returns options to run scenarios
// against it over TCP.
func payments(t *testing.T, bug string, draw plan.Options) campaign.Options {
	t.Helper()
	service, err := reference.New(reference.Options{Work: 2 * time.Millisecond, Bug: bug})
	require.NoError(t, err)
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	world, err := wire.New(wire.Options{URL: server.URL})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, world.Close()) })
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	draw.Contract = promised(t)
	plan, err := plan.Draw(draw)
	require.NoError(t, err)
	c := promised(t, func(c *model.Contract) { c.Target.URL = server.URL })
	c, err = contract.Resolve(c, os.LookupEnv)
	require.NoError(t, err)
	return campaign.Options{
		Contract: c, Plan: plan, Place: execute.Site{World: world, HTTP: transport},
		Limits: campaign.Limits{Parallel: 16},
	}
}

// quick are the scenarios that need no long waits.
func quick(t *testing.T) []plan.Scenario {
	return slices.DeleteFunc(named(t), func(s plan.Scenario) bool { return s.Name == "late-repeats" })
}

func TestTheRightServiceIsValidOverTheWire(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			of := quick(t)
			o := payments(t, "", plan.Options{Scenarios: of, Seed: seed, Cases: 2 * len(of)})
			res, err := campaign.Run(t.Context(), o)
			require.NoError(t, err)
			v := res.Verdict
			require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
			require.Equal(t, 2*len(of), v.Judged.Cases)
			require.Positive(t, v.Judged.Effects)
			require.Equal(t, v.Faults.Planned, v.Faults.Fired)
			require.Equal(t, v.Races.Planned, v.Races.Overlapped)
			require.Len(t, res.Tallies, len(of)+1, "novel cases are counted apart")
			require.Zero(t, res.Skipped)
		})
	}
}

// TestAWrongServiceIsFoundSavedAndReplayed follows one seeded bug through the whole pipeline: run, shrink,
// save, load, replay, judge again.
func TestAWrongServiceIsFoundSavedAndReplayed(t *testing.T) {
	dir := t.TempDir()
	o := payments(t, "key-ignored", plan.Options{
		Scenarios: named(t, "lost-answers"), Seed: 1, Cases: 8,
	})
	history := filepath.Join(dir, "history.jsonl")
	w, err := files.CreateHistory(history, files.Header{Seed: 1, Contract: *contract.Redacted(o.Contract)})
	require.NoError(t, err)
	o.Observer = saving{to: w.Add}
	res, err := campaign.Run(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
	require.Len(t, res.Found.Case.Operations, 1)
	require.LessOrEqual(t, len(res.Found.Case.Faults), 1)
	require.GreaterOrEqual(t, res.Found.Reproduced, 4)

	plan := *o.Plan
	plan.Rule, plan.Cases = res.Found.Violation.Rule, []model.Case{res.Found.Case, res.Found.Case}
	path := filepath.Join(dir, "plan.json")
	require.NoError(t, files.SavePlan(path, &plan))
	o.Plan, err = files.LoadPlan(path)
	require.NoError(t, err)
	o.Observer = nil
	again, err := campaign.Replay(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, 2, again.Found.Reproduced)
	require.Equal(t, plan.Rule, again.Found.Violation.Rule)
	requireJudgedAlike(t, history, res.Verdict)
}

// requireJudgedAlike judges saved histories again and compares the violations.
func requireJudgedAlike(t *testing.T, path string, want verdict.Verdict) {
	t.Helper()
	got := verdict.New()
	require.NoError(t, files.EachHistory(path, func(h files.Header, one *model.History) error {
		spec, err := contract.Compile(&h.Contract)
		if err != nil {
			return err
		}
		got = judge.Merge(got, judge.Judge(one, &h.Contract, spec))
		return nil
	}))
	require.Equal(t, verdict.Invalid, got.Verdict)
	for _, v := range want.Violations {
		require.True(t, slices.ContainsFunc(got.Violations, func(o verdict.Violation) bool {
			return o.Rule == v.Rule && o.Message == v.Message && o.Case == v.Case
		}), "judged again, %s of case %d is gone: %s", v.Rule, v.Case, v.Message)
	}
}
