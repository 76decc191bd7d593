package plan_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

var updatePlans = flag.Bool("update-plans", false, "write the hashes of plans instead of comparing them")

const (
	// hashedPlans holds a line for each contract, search and seed, with the hash of its plan.
	hashedPlans = "testdata/plans.txt"
	// hashedSeeds is how many seeds each contract is drawn with, and hashedCases how many cases a
	// scenario gets.
	hashedSeeds, hashedCases = 20, 3
	// everyDay is how many seeds of each are drawn where not all are asked for.
	everyDay = 2
)

// TestPlansStayAsTheyAre: a seed in a report, and every measurement, hangs on what is drawn from it.
// The contract that a plan carries is left out: it is copied and not drawn. Scenarios have the names
// that they had when the hashes were written: a new name changes nothing that is drawn. Whoever means
// to change plans writes the hashes anew (-update-plans) and says so in the changelog.
func TestPlansStayAsTheyAre(t *testing.T) {
	contracts := hashedContracts(t)
	seeds := sweep.Of(everyDay, hashedSeeds)
	if *updatePlans {
		seeds = hashedSeeds
	}
	lines := make([]string, len(contracts))
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, c := range contracts {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			lines[i] = hashesOf(t, c, seeds)
		})
	}
	wg.Wait()
	got := strings.Join(lines, "")
	if *updatePlans {
		require.NoError(t, os.WriteFile(hashedPlans, []byte(got), 0o600))
	}
	want, err := os.ReadFile(hashedPlans)
	require.NoError(t, err)
	require.Equal(t, ofSeeds(string(want), seeds), got)
}

// ofSeeds leaves of the lines of hashes those of the first seeds.
func ofSeeds(lines string, seeds int) string {
	var out strings.Builder
	for line := range strings.Lines(lines) {
		_, after, _ := strings.Cut(line, " seed ")
		number, _, _ := strings.Cut(after, ":")
		if n, err := strconv.Atoi(number); err != nil || n <= seeds { // a line without a seed is no line of ours
			out.WriteString(line)
		}
	}
	return out.String()
}

// hashedContract is a contract with the name that its hashes have.
type hashedContract struct {
	name    string
	promise *model.Contract
}

// hashedContracts are those of the reference service and of its variants, and one by which no
// operation sends a key.
func hashedContracts(t *testing.T) []hashedContract {
	t.Helper()
	names := []string{""}
	for _, v := range reference.Variants() {
		names = append(names, v.Name)
	}
	var out []hashedContract
	for _, name := range names {
		text, err := examples.Contract(name)
		require.NoError(t, err)
		c, err := contract.Parse(name+".yaml", text)
		require.NoError(t, err)
		out = append(out, hashedContract{"reference/" + name, c})
	}
	keyless, err := contract.Parse("keyless.yaml",
		bytes.ReplaceAll(examples.Reference, []byte("header: Idempotency-Key"), []byte(`header: ""`)))
	require.NoError(t, err)
	return append(out, hashedContract{"keyless", keyless})
}

// nameAsBefore gives scenarios that were renamed their old names.
func nameAsBefore(p *model.Plan) {
	before := map[string]string{}
	for _, s := range scenarios.Virtual() {
		before[s.Name] = cmp.Or(s.Formerly, s.Name)
	}
	for i := range p.Cases {
		p.Cases[i].Scenario = before[p.Cases[i].Scenario]
	}
}

// hashesOf draws the plans of a contract with so many seeds, the whole catalogue with each, and returns
// their lines.
func hashesOf(t *testing.T, c hashedContract, seeds int) string {
	var out strings.Builder
	for _, search := range []plan.Search{plan.Guided, plan.Random} {
		for seed := range seeds {
			drawn, err := plan.Draw(plan.Options{
				Contract: c.promise, Scenarios: scenarios.Virtual(), Seed: uint64(seed + 1),
				Cases: hashedCases * len(scenarios.Virtual()), Search: search, Points: reference.Points(),
			})
			require.NoError(t, err, c.name)
			plan.Starve(drawn, c.name)
			drawn.Contract = model.Contract{}
			nameAsBefore(drawn)
			text, err := json.Marshal(drawn)
			require.NoError(t, err)
			sum := sha256.Sum256(text)
			fmt.Fprintf(&out, "%s %s seed %d: %d cases, %x\n",
				c.name, search, seed+1, len(drawn.Cases), sum[:8])
		}
	}
	return out.String()
}
