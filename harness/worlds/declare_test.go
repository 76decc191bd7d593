package worlds_test

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/judge/declare"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

// TestEveryViolationNamesItsLine: of every violation of every seeded bug a report says which line of
// the contract would declare it, or that there is none. With that line in the file the same history
// is no such violation.
func TestEveryViolationNamesItsLine(t *testing.T) {
	for _, b := range some(t, sweep.Of(16, 8)) {
		t.Run(b.Name, func(t *testing.T) {
			c := resolvedFor(t, b.Variant, "http://in.memory")
			kept := &lastHistories{}
			result, err := campaign.Run(t.Context(), campaign.Options{
				Contract: c, Plan: fewFor(t, b, c), Place: harness.Virtual(t, target(b.Name, work)),
				Limits:   campaign.Limits{Parallel: runtime.GOMAXPROCS(0), ShrinkBudget: -1},
				Observer: kept,
			})
			require.NoError(t, err)
			tried := map[string]bool{}
			for _, v := range result.Verdict.Violations {
				if v.Level != verdict.LevelViolation {
					continue
				}
				require.NotEqual(t, v.Line == "", v.NoLine == "", "%s", v.Message)
				if once := v.Rule + v.Line; !tried[once] {
					tried[once] = true
					t.Logf("%s: %s\n    %s%s", v.Rule, v.Message, v.Line, v.NoLine)
					requireDeclared(t, b.Variant, kept.of(v.Case), v)
				}
			}
		})
	}
}

// fewFor draws fewer cases than a bug is found by: what is missed here is missed by nobody.
func fewFor(t *testing.T, b reference.Bug, c *model.Contract) *model.Plan {
	t.Helper()
	if b.Needs == "" {
		return draw(t, c, 1, 3*len(scenarios.HTTP()))
	}
	return drawVirtual(t, c, 1, 3*len(scenarios.Virtual()))
}

// requireDeclared judges a history again by the contract file with the line of a violation.
func requireDeclared(t *testing.T, variant string, h *model.History, v verdict.Violation) {
	t.Helper()
	if v.Line == "" {
		return
	}
	text, err := examples.Contract(variant)
	require.NoError(t, err)
	require.True(t, violates(t, text, h, v), "the history of %s shows it", v.Message)
	written := withLine(t, text, v.Line)
	require.False(t, violates(t, written, h, v), "%s allows %s: %s", v.Line, v.Rule, v.Message)
}

// withLine writes a line, by its whole name, into a contract file.
func withLine(t *testing.T, text []byte, line string) []byte {
	t.Helper()
	var all, what map[string]any
	require.NoError(t, yaml.Unmarshal(text, &all))
	name, value, _ := strings.Cut(line, ": ")
	path := strings.Split(name, ".")
	last := len(path) - 1
	require.NoError(t, yaml.Unmarshal([]byte(path[last]+": "+value), &what))
	at := all
	for _, above := range path[:last] {
		below, ok := at[above].(map[string]any)
		require.True(t, ok || at[above] == nil, "%s of %s", above, line)
		if below == nil {
			below = map[string]any{}
		}
		at[above], at = below, below
	}
	at[path[last]] = what[path[last]]
	out, err := yaml.Marshal(all)
	require.NoError(t, err)
	return out
}

// violates reports whether a history shows a violation by a contract file.
func violates(t *testing.T, text []byte, h *model.History, v verdict.Violation) bool {
	t.Helper()
	c, err := contract.Parse("reference.yaml", text)
	require.NoError(t, err)
	c, err = contract.Resolve(c, os.LookupEnv)
	require.NoError(t, err)
	spec, err := contract.Compile(c)
	require.NoError(t, err)
	found := judge.Judge(h, c, spec).Violations
	return slices.ContainsFunc(found, func(o verdict.Violation) bool {
		return o.Level == v.Level && declare.Same(&o, &v)
	})
}

// lastHistories keeps the last history of every case.
type lastHistories struct {
	campaign.Unobserved
	mu  sync.Mutex
	all map[int]*model.History
}

// Save implements [campaign.Observer].
func (k *lastHistories) Save(h *model.History) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[int]*model.History{}
	}
	k.all[h.Case] = h
	return nil
}

func (k *lastHistories) of(number int) *model.History {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all[number]
}
