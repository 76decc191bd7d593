package subject_test

import (
	"net/http"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/scenarios"
)

// casesVariable sets how many cases every right variant is given.
const casesVariable = "IDEMCHECK_CASES"

// run runs cases of the whole catalogue in memory and in virtual time.
func run(t *testing.T, variant string, promised *model.Contract, cases int) *harness.Result {
	c := *promised
	c.Target.URL, c.Target.MaxRate = "http://in.memory", 1_000_000
	ready, err := contract.Resolve(&c, os.LookupEnv)
	require.NoError(t, err)
	plan, err := harness.Draw(harness.DrawOptions{
		Contract: ready, Scenarios: scenarios.Virtual(), Seed: 1, Cases: cases,
		Points: reference.Points(),
	})
	require.NoError(t, err)
	result, err := harness.Run(t.Context(), harness.Options{
		Contract: ready, Plan: plan, Enter: harness.Virtual(t, target(variant)),
		Parallel: runtime.GOMAXPROCS(0),
	})
	require.NoError(t, err)
	return result
}

// target is a variant of the reference service.
func target(variant string) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		service, err := reference.New(reference.Options{
			Store: harness.Keep(env, "store", memory.New), Work: 2 * time.Millisecond,
			Variant: variant, Point: env.Point,
		})
		if err != nil {
			panic(err)
		}
		return service
	})
}

// TestRightVariantsAreNotAccused under the contract that they keep.
func TestRightVariantsAreNotAccused(t *testing.T) {
	cases := 60
	if text := os.Getenv(casesVariable); text != "" {
		var err error
		cases, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	variants, err := subject.Variants()
	require.NoError(t, err)
	for _, s := range variants {
		if s.Store != "memory" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			result := run(t, s.Variant, s.Contract, cases)
			v := result.Verdict
			if result.Found != nil {
				t.Log(result.Found.Violation, model.Format(result.Found.History))
			}
			require.Equal(t, model.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
			require.Equal(t, cases, v.Judged.Cases)
			t.Logf("%d cases, %d attempts", v.Judged.Cases, v.Judged.Attempts)
		})
	}
}
