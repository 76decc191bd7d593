package worlds_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/scenarios"
)

// repeatsVariable says how often the plan is run at each GOMAXPROCS; 200 is the full count.
const repeatsVariable = "IDEMCHECK_REPEATS"

// TestTheSamePlanGivesTheSameHistory: events, their order and their times, to the nanosecond,
// however many processors there are. The plan holds two cases of every scenario.
func TestTheSamePlanGivesTheSameHistory(t *testing.T) {
	c := resolved(t, "http://in.memory")
	repeats(t, c, draw(t, c, 1, 2*len(scenarios.HTTP())), sweep.Of(1, 3))
}

// TestTheSamePausesGiveTheSameHistory of a case that is run as on a busy machine.
func TestTheSamePausesGiveTheSameHistory(t *testing.T) {
	c := resolved(t, "http://in.memory")
	unstarved := drawVirtual(t, c, 1, 4*len(scenarios.Virtual()))
	starved := drawVirtual(t, c, 1, 4*len(scenarios.Virtual()))
	plan.Starve(starved, "the reference service")
	repeats(t, c, starved, sweep.Of(1, 3))
	different := differences(histories(t, c, unstarved), histories(t, c, starved))
	require.Greater(t, len(different), len(unstarved.Cases)/2)
}

// repeats runs a plan again and again, so often unless [repeatsVariable] says otherwise, and compares
// what came of it.
func repeats(t *testing.T, c *model.Contract, plan *model.Plan, times int) {
	t.Helper()
	repeats := number(t, repeatsVariable, times)
	first := histories(t, c, plan)
	for _, processors := range []int{1, 2, 4} {
		t.Run(strconv.Itoa(processors), func(t *testing.T) {
			before := runtime.GOMAXPROCS(processors)
			defer runtime.GOMAXPROCS(before)
			same, differing := 0, map[string]int{}
			for range repeats {
				names := differences(first, histories(t, c, plan))
				for _, name := range names {
					differing[name]++
				}
				if len(names) == 0 {
					same++
				}
			}
			t.Logf("GOMAXPROCS %d: %d of %d runs of %d cases gave the same histories",
				processors, same, repeats, len(plan.Cases))
			require.Equal(t, repeats, same, "%v", differing)
		})
	}
}

// number reads a count from the environment.
func number(tb testing.TB, variable string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(tb, err, "reading %s", variable)
	return n
}

// histories runs a plan in memory and returns the history of every run of every case.
func histories(t *testing.T, c *model.Contract, plan *model.Plan) map[string]string {
	t.Helper()
	var mu sync.Mutex
	out := map[string]string{}
	_, err := campaign.Run(t.Context(), campaign.Options{
		Contract: c, Plan: plan, Place: harness.Virtual(t, target("", work)),
		Limits: campaign.Limits{Parallel: 2, KeepGoing: true},
		Observer: saving{to: func(h *model.History) error {
			text, err := written(h)
			mu.Lock()
			defer mu.Unlock()
			out[fmt.Sprintf("case %d (%s), run %d", h.Case, h.Scenario, h.Run)] = text
			return err
		}},
	})
	require.NoError(t, err)
	return out
}

// written is a history with all its events, one on a line.
func written(h *model.History) (string, error) {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	err := lines.Encode(h)
	for _, e := range h.Events {
		err = errors.Join(err, lines.Encode(e))
	}
	return out.String(), err
}

// differences names what is not the same in two sets of histories.
func differences(a, b map[string]string) []string {
	var out []string
	for name, text := range a {
		if b[name] != text {
			out = append(out, name)
		}
	}
	for name := range b {
		if a[name] == "" {
			out = append(out, name)
		}
	}
	return out
}
