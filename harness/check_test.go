package harness_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/choice"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
	"github.com/idemcheck/idemcheck/scenarios"
)

// referenceTarget is the reference service over a store in memory, which refuses the dead.
func referenceTarget(o reference.Options) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		o := o
		o.Work = 2 * time.Millisecond
		o.Store = store.Fence(harness.Keep(env, "store", memory.New), env.Alive)
		o.Point = env.Point
		svc, err := reference.New(o)
		if err != nil {
			panic(err)
		}
		return svc
	})
}

func referenceContract(t testing.TB) *model.Contract {
	t.Helper()
	return variantContract(t, "")
}

func variantContract(t testing.TB, variant string) *model.Contract {
	t.Helper()
	text, err := examples.Contract(variant)
	require.NoError(t, err)
	c, err := contract.Parse("reference.yaml", text)
	require.NoError(t, err)
	return c
}

// inFolder runs the rest of a test in an empty folder, where counterexamples are saved.
func inFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	return dir
}

func TestCheckPassesTheReference(t *testing.T) {
	harness.Check(t, harness.Suite{
		Contract: referenceContract(t), Scenarios: scenarios.Virtual(), Cases: 200,
	}, referenceTarget(reference.Options{}))
}

func TestCheckPassesAnyHonestService(t *testing.T) {
	harness.Check(t, harness.Suite{
		Contract: tinyContract(t), Scenarios: scenarios.Virtual(), Points: []string{"after-effect"},
	}, newTiny(true, nil))
}

func TestCheckFindsWhatACrashBreaks(t *testing.T) {
	for name, points := range map[string][]string{"at a time": nil, "at a point": {"after-effect"}} {
		t.Run(name, func(t *testing.T) {
			inFolder(t)
			s := tinySuite(t, chosen(t, "crashes")...)
			s.Points = points
			message, err := harness.CheckMessage(t, s, newTiny(false, nil))
			require.NoError(t, err)
			require.Contains(t, message, "duplicate-effect")
			require.Contains(t, message, "smallest counterexample")
			require.Contains(t, message, "reproduced 5 of 5")

			message, err = harness.CheckMessage(t, s, newTiny(true, nil))
			require.NoError(t, err)
			require.Empty(t, message)
		})
	}
}

func TestCheckCrossesBothSidesOfRetention(t *testing.T) {
	for _, c := range []struct {
		name      string
		retention time.Duration
		rule      string
	}{
		{"as promised", 24 * time.Hour, ""},
		{"ten times too short", 24 * time.Hour / 10, "early-expiry"},
		{"ten times too long", 240 * time.Hour, "late-answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inFolder(t)
			message, err := harness.CheckMessage(t, harness.Suite{
				Contract: referenceContract(t), Scenarios: chosen(t, "retention-edge"), Cases: 60,
				KeepGoing: true, // the first cases may show another rule
			}, referenceTarget(reference.Options{Retention: c.retention}))
			require.NoError(t, err)
			if c.rule == "" {
				require.Empty(t, message)
				return
			}
			require.Contains(t, message, c.rule)
			require.Contains(t, message, "reproduced 5 of 5")
		})
	}
}

// TestCheckFindsBugsOfEverySort and saves the smallest plan: bugs that show without a fault, by a
// fault, in a crash, at the edge of the retention, and under another contract. That every bug is
// found, harness/worlds tests.
func TestCheckFindsBugsOfEverySort(t *testing.T) {
	sorts := []string{
		"claim-lost-at-restart", "key-ignored", "check-then-act", "retention-in-wrong-unit",
		"expired-key-executes",
	}[:sweep.Of(2, 5)]
	for _, bug := range reference.Bugs() {
		if !slices.Contains(sorts, bug.Name) {
			continue
		}
		sorts = slices.DeleteFunc(sorts, func(name string) bool { return name == bug.Name })
		t.Run(bug.Name, func(t *testing.T) {
			dir := inFolder(t)
			message, err := harness.CheckMessage(t, harness.Suite{
				Contract: variantContract(t, bug.Variant), Scenarios: scenarios.Virtual(),
				Points: reference.Points(),
			}, referenceTarget(reference.Options{Bug: bug.Name}))
			require.NoError(t, err)
			plan := onlyPlan(t, dir)
			require.Contains(t, bug.Rules, plan.Rule)
			require.Contains(t, message, plan.Rule)
			require.Contains(t, message, "smallest counterexample")
			require.LessOrEqual(t, len(plan.Cases[0].Operations), 3)
			require.LessOrEqual(t, len(plan.Cases[0].Faults), 2)
		})
	}
	require.Empty(t, sorts, "there is no such bug")
}

// onlyPlan loads the first plan that a failed check saved below a folder; those of further
// counterexamples have a number.
func onlyPlan(t *testing.T, dir string) *model.Plan {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "testdata", "idemcheck", "*", "*[^0-9].json"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	plan, err := files.LoadPlan(found[0])
	require.NoError(t, err)
	return plan
}

func TestReplaySaysWhatBecameOfAPlan(t *testing.T) {
	inFolder(t)
	message, err := harness.CheckMessage(t, tinySuite(t, chosen(t, "crashes")...), newTiny(false, nil))
	require.NoError(t, err)
	plan := filepath.Join("testdata", "idemcheck", t.Name(), "duplicate-effect.json")
	require.Contains(t, message, harness.ReplayLine(t.Name(), plan))
	require.FileExists(t, filepath.Join(t.ArtifactDir(), "plan.json"))
	require.FileExists(t, filepath.Join(t.ArtifactDir(), "history.jsonl"))

	t.Setenv(harness.ReplayVariable, plan)
	message, err = harness.CheckMessage(t, tinySuite(t), newTiny(false, nil))
	require.NoError(t, err)
	require.Contains(t, message, "FAILED: 5 of 5 replays broke duplicate-effect")
	message, err = harness.CheckMessage(t, tinySuite(t), newTiny(true, nil))
	require.NoError(t, err)
	require.Empty(t, message)
}

// A counterexample may hold nothing but refusals: that it leaves no effect is right then.
func TestReplayOfRefusalsIsNoVacuousPass(t *testing.T) {
	dir := inFolder(t)
	suite := harness.Suite{
		Contract: referenceContract(t),
		Scenarios: []plan.Scenario{{
			Name: "refused", Types: []string{"overdraw"}, Repeats: plan.Range{Min: 1, Max: 1},
		}},
	}
	message, err := harness.CheckMessage(t, suite,
		referenceTarget(reference.Options{Bug: "refusal-not-stored"}))
	require.NoError(t, err)
	require.NotEmpty(t, message)
	plan := onlyPlan(t, dir)
	t.Setenv(harness.ReplayVariable, filepath.Join("testdata", "idemcheck", t.Name(), plan.Rule+".json"))
	message, err = harness.CheckMessage(t, suite, referenceTarget(reference.Options{}))
	require.NoError(t, err)
	require.Empty(t, message)
}

// The first instances answer too late, and say then that there is nothing to say: a busy machine on
// which every operation of the warm-up has to be asked for again.
func TestATargetThatIsLateAtFirstIsWarmedUpAgain(t *testing.T) {
	var instances atomic.Int32
	suite := tinySuite(t, chosen(t, "no-fault-repeat")...)
	message, err := harness.CheckMessage(t, suite, harness.Handler(func(e *harness.Env) http.Handler {
		right := &tiny{e, harness.Keep(e, "disk", newDisk), make(chan map[string]bool, 1), true, nil}
		right.claims <- map[string]bool{}
		late := instances.Add(1) == 1
		var asked atomic.Int32
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case !late || r.Method == http.MethodGet:
				right.ServeHTTP(w, r)
			case asked.Add(1) > 1:
				w.WriteHeader(http.StatusTeapot)
			default:
				<-time.After(time.Minute)
			}
		})
	}))
	require.NoError(t, err)
	require.Empty(t, message)
	require.Greater(t, instances.Load(), int32(suite.Cases+1), "one more than the cases and a warm-up")
}

func TestBadFilesGetAClearMessage(t *testing.T) {
	dir := inFolder(t)
	target := newTiny(true, nil)
	fails := func(s harness.Suite, parts ...string) {
		t.Helper()
		message, err := harness.CheckMessage(t, s, target)
		require.Empty(t, message)
		for _, part := range parts {
			require.ErrorContains(t, err, part)
		}
	}
	fails(harness.Suite{Scenarios: scenarios.HTTP()},
		"no idemcheck.yaml beside the test", "idemcheck init", "set Suite.Contract")
	require.NoError(t, os.WriteFile("idemcheck.yaml", []byte("version: 1\nnamme: x\n"), 0o600))
	_, err := harness.CheckMessage(t, harness.Suite{Scenarios: scenarios.HTTP()}, target)
	require.Regexp(t, `^idemcheck.yaml:2:1: unknown field "namme"`, err.Error())
	fails(harness.Suite{Contract: tinyContract(t)}, "take scenarios.HTTP()")
	t.Setenv(harness.SeedVariable, "seven")
	fails(tinySuite(t), "IDEMCHECK_SEED=seven", "whole number")
	t.Setenv(harness.SeedVariable, "")
	t.Setenv(harness.ReplayVariable, filepath.Join(dir, "none.json"))
	fails(tinySuite(t), "IDEMCHECK_REPLAY", "none.json")
	require.NoError(t, os.WriteFile("none.json", []byte(`{"schema": "idemcheck/plan/v1", "cases"`), 0o600))
	fails(tinySuite(t), "IDEMCHECK_REPLAY", "none.json")
}

func TestMistakesInASuiteGetAClearMessage(t *testing.T) {
	inFolder(t)
	few := tinySuite(t)
	few.Cases = -1
	// One name beside it is right, and would be all that is tried.
	misspelt, narrowed := tinySuite(t), *tinyContract(t)
	narrowed.Scenarios = &choice.Selection{Include: []string{"no-fault-repeat", "lost-answer"}}
	misspelt.Contract = &narrowed
	for name, c := range map[string]struct {
		suite  harness.Suite
		target harness.Target
		says   string
	}{
		"negative": {few, newTiny(true, nil), "Suite.Cases is -1: write a number of cases, or 0 for 20 of"},
		"zero":     {tinySuite(t), harness.Target{}, "make it with harness.Handler"},
		"misspelt": {misspelt, newTiny(true, nil), `no scenario "lost-answer"; did you mean "lost-answers"?`},
		"nil":      {tinySuite(t), harness.Handler(nil), "make it with harness.Handler"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := harness.CheckMessage(t, c.suite, c.target)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestAnchored(t *testing.T) {
	require.Equal(t, "^TestA$", harness.Anchored("TestA"))
	require.Equal(t, "^TestA$/^b$", harness.Anchored("TestA/b"))
	require.Equal(t, `^TestA$/^b\(c\)_d#01$`, harness.Anchored("TestA/b(c)_d#01"))
	require.Equal(t, `IDEMCHECK_REPLAY=testdata/p.json go test -v -run '^TestA$/^it'\''s$' .`,
		harness.ReplayLine("TestA/it's", "testdata/p.json"))
}

// TestWhatIsExecutedAgainIsTheHeadline: the bug breaks payload-mismatch too, and with fewer
// operations.
func TestWhatIsExecutedAgainIsTheHeadline(t *testing.T) {
	result, err := harness.Try(t, harness.Suite{
		Contract: referenceContract(t), Scenarios: chosen(t, "resources-share-a-key", "concurrent-duplicates"),
		Cases: 24, KeepGoing: true, ShrinkBudget: -1,
	}, referenceTarget(reference.Options{Bug: "keys-in-one-document"}))
	require.NoError(t, err)
	require.True(t, rulesOf(result.Verdict)["payload-mismatch"], "%v", result.Verdict.Violations)
	require.Contains(t, []string{"key-ignored", "duplicate-effect"}, result.Found.Violation.Rule)
}
