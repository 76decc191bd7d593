package calibrate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/confidence"
)

// run is a run with a detection after some cases; none when cases is 0.
func run(seed uint64, cases int) Run {
	out := Run{Seed: seed, Needs: map[string]int{}}
	if cases > 0 {
		out.First = &Detection{Scenario: "slow", Rule: "stuck-key", Cases: cases, Attempts: 6 * cases}
		out.Needs["slow"] = cases
	}
	return out
}

// document is a calibration of two bugs and a variant that was never made.
func document() *Calibration {
	d := &Calibration{
		Schema: Schema, World: "memory", Seeds: []uint64{1, 2}, Cases: 100, Matrix: true,
		Scenarios: []string{"slow", "concurrent-clients"},
		Bugs: []BugResult{
			{
				Name: "key-ignored", Rules: []string{"stuck-key"}, Runs: []Run{run(1, 4), run(2, 9)},
				Matrix: []Cell{{Detection{"slow", "stuck-key", 4, 20}, &verdict.Size{Operations: 1, Attempts: 2}}},
				Smallest: &Smallest{
					Rule: "stuck-key", Size: verdict.Size{Operations: 1, Attempts: 2}, Reproduced: 5, Replays: 5,
					Plan: []string{"a.1 attempt"}, History: []string{"0s invoke a.1"},
				},
			},
			{Name: "seldom", Rules: []string{"stuck-key"}, Runs: []Run{run(1, 70), run(2, 0)}, Matrix: []Cell{}},
		},
		Variants: []VariantResult{{Name: "stripe", Cases: 50, Accused: []Accusation{}, Reasons: []string{}}},
	}
	d.Sum()
	return d
}

func TestTotals(t *testing.T) {
	require.Equal(t, Totals{
		Bugs: 2, Found: 1, Runs: 4, Detected: 3, Variants: 1, VariantCases: 50,
		MedianCases: 9, MedianAttempts: 54, Reproduced: 1,
		Median: verdict.Size{Operations: 1, Attempts: 2},
		Worst:  verdict.Size{Operations: 1, Attempts: 2},
	}, document().Totals)
}

func TestNothingIsWorseThanItself(t *testing.T) {
	require.Equal(t, Comparison{}, Compare(document(), document()))
}

func TestABugThatIsNoLongerFoundIsWorse(t *testing.T) {
	now := document()
	now.Bugs[0].Runs[1] = run(2, 0)
	require.Equal(t, Comparison{Worse: []string{
		"key-ignored is no longer found with seed 2: it took 9 cases, and now 100 are not enough",
	}}, Compare(document(), now))

	now.Bugs[0].Runs = []Run{run(77, 0)}
	require.Len(t, Compare(document(), now).Worse, 1, "every seed found it, so another one should")
	now.Cases = 5
	c := Compare(document(), now)
	require.Empty(t, c.Worse, "with fewer cases it could not be found")
	require.Len(t, c.Notes, 1)

	now = document()
	now.Bugs[1].Runs = []Run{run(2, 0), run(3, 0)}
	require.Equal(t, Comparison{}, Compare(document(), now), "these seeds never were sure to find it")
}

func TestWhatIsNewIsMentioned(t *testing.T) {
	before, now := document(), document()
	before.Bugs = before.Bugs[:1]
	now.Bugs = append(now.Bugs, BugResult{Name: "other", Runs: []Run{run(1, 0)}})
	require.Equal(t, Comparison{Notes: []string{"seldom is new, and found", "other is new, and not found"}},
		Compare(before, now))

	before = document()
	before.Bugs[1].Runs = []Run{run(1, 0)}
	require.Equal(t, Comparison{Notes: []string{"seldom is found, which it was not before"}},
		Compare(before, document()))

	now = document()
	now.Variants[0].Unknown = 3
	require.Equal(t, Comparison{Notes: []string{"stripe is right and could not be judged in 3 cases"}},
		Compare(document(), now))
}

func TestWorthOfABudget(t *testing.T) {
	d := document()
	require.Equal(t, &confidence.Seeded{Found: 1, Of: 2, Missed: []confidence.MissedBug{{Name: "seldom"}}},
		d.Worth(map[string]int{"slow": 9}))
	require.Equal(t, &confidence.Seeded{Found: 1, Of: 2, Missed: []confidence.MissedBug{
		{Name: "seldom", Share: 0.5},
	}}, d.Worth(map[string]int{"slow": 70}))
	require.Equal(t, &confidence.Seeded{Found: 0, Of: 2, Missed: []confidence.MissedBug{
		{Name: "seldom"}, {Name: "key-ignored", Share: 0.5},
	}}, d.Worth(map[string]int{"slow": 8, "concurrent-clients": 1000}))
	d.Bugs[1].Runs, d.Bugs[1].Unfit = nil, "memory only"
	require.Equal(t, 1, d.Worth(nil).Of)
}

func TestFormats(t *testing.T) {
	for format, parts := range map[string][]string{
		"text":     {"2 seeded bugs and 1 right variants", "1 of 2", "  2 concurrent-clients", "stripe"},
		"markdown": {"| key-ignored | 4 a 1/2/0 | · |", "Rules: a stuck-key.", "| stripe | 50 | 0 | 0 |  |"},
		"json":     {`"median_cases": 9`},
	} {
		var out bytes.Buffer
		require.NoError(t, Writer(format)(&out, document()))
		for _, part := range parts {
			require.Contains(t, out.String(), part)
		}
	}
	require.Nil(t, Writer("html"))
	starved := document()
	require.NotContains(t, starved.headline(), "starved")
	starved.Starved = true
	require.Contains(t, starved.headline(), "starved")
	page, err := document().Page("key-ignored")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(page, "# "), page)
	require.Contains(t, page, "## Smallest known counterexample\n\n1 operation, 2 attempts, 0 faults; breaks")
	require.Contains(t, page, "0s invoke a.1")
}

func TestBugsHaveAPageForEachFamily(t *testing.T) {
	d := document()
	d.Bugs = d.Bugs[:1]
	d.Bugs[0].Family = "claiming"
	pages, err := d.BugPages()
	require.NoError(t, err)
	require.Len(t, pages, 2)
	require.Contains(t, pages["README.md"],
		"\n## [claiming](claiming.md)\n\n- [key-ignored](claiming.md#key-ignored): It ")
	require.Contains(t, pages["claiming.md"], "\n## key-ignored\n")
	require.Contains(t, pages["claiming.md"], "\n### Smallest known counterexample\n")
	d.Bugs[0].Name = "nobody"
	_, err = d.BugPages()
	require.ErrorContains(t, err, "nobody")
}
