package worlds_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/scenarios"
)

const (
	// agreeVariable says how many cases every variant of the reference service gets in both
	// worlds; 308 is the full count: 14 of every scenario.
	agreeVariable = "IDEMCHECK_AGREE"
	// again is how often a case on which the worlds differ is run once more on the wire.
	again = 8
	// mostInAll: of so many cases one may stay a riddle, because a machine that is busy with
	// something else can hold back any message on the wire for longer than a whole case
	// takes.
	mostInAll = 500
	// slowWork is how long the service works here: long beside the delays of a busy machine,
	// so that they seldom decide on the wire who is first.
	slowWork = 20 * time.Millisecond
)

// judgement is what a world made of a case: the verdict and, when it is invalid, the most telling
// rule.
type judgement struct {
	verdict model.Result
	rule    string
}

// TestTwoWorldsAgree runs the same plan in memory and on the wire. Memory gives the same
// judgement every time; on the wire a busy machine decides close races. So a case on which the
// worlds differ is run some more times on the wire, where memory's judgement must come up. If it
// does not, the case must be so close that memory itself judges as the wire did when the service
// is a little unsteady.
func TestTwoWorldsAgree(t *testing.T) {
	cases := number(t, agreeVariable, len(scenarios.HTTP()))
	variants := []string{""}
	for _, b := range reference.Bugs() {
		variants = append(variants, b.Name)
	}
	var mu sync.Mutex
	var all tally
	t.Run("variants", func(t *testing.T) {
		for i, bug := range variants {
			t.Run(cmp.Or(bug, "right"), func(t *testing.T) {
				t.Parallel()
				one := agree(t, bug, uint64(i+1), cases)
				mu.Lock()
				defer mu.Unlock()
				all.add(one)
			})
		}
	})
	t.Logf("%d variants: %s", len(variants), &all)
	require.Positive(t, all.invalid)
	require.LessOrEqual(t, all.cases-all.rule-all.later-all.close, all.cases/mostInAll)
}

// tally counts cases by how the worlds agreed.
type tally struct {
	cases, invalid int
	// verdict and rule count cases with the same verdict, and also the same rule, at once;
	// later are those that the wire judged as memory did when it was run again, close those
	// that memory judged as the wire did when the service was unsteady.
	verdict, rule, later, close int
}

func (a *tally) add(b tally) {
	a.cases += b.cases
	a.invalid += b.invalid
	a.verdict += b.verdict
	a.rule += b.rule
	a.later += b.later
	a.close += b.close
}

func (a *tally) String() string {
	return fmt.Sprintf("of %d cases (%d invalid) %d got the same verdict and %d the same rule too, "+
		"%d more when the wire ran again, %d were close, %d never",
		a.cases, a.invalid, a.verdict, a.rule, a.later, a.close,
		a.cases-a.rule-a.later-a.close)
}

// agree compares both worlds over one variant of the reference service.
func agree(t *testing.T, bug string, seed uint64, cases int) tally {
	var out tally
	c := resolved(t, "http://in.memory")
	plan := draw(t, c, seed, cases)
	inMemory, onWire := memoryJudges(t, c, plan, target(bug, slowWork)), wireJudges(t, plan, bug)
	for i := range plan.Cases {
		got, want := onWire[i], inMemory[i]
		out.cases++
		out.invalid += count(want.verdict == model.Invalid)
		out.verdict += count(got.verdict == want.verdict)
		out.rule += count(got == want)
		if got != want {
			out.settle(t, differing{only(plan, i), bug, want, []judgement{got}})
		}
	}
	t.Log(&out)
	if bug == "" {
		require.Zero(t, out.invalid)
		require.Equal(t, out.cases, out.rule+out.later)
	}
	return out
}

// differing is a case that the worlds judged differently at first.
type differing struct {
	plan   *model.Plan
	bug    string
	memory judgement
	wire   []judgement
}

// settle runs a case again until it is known why the worlds differed.
func (a *tally) settle(t *testing.T, d differing) {
	t.Helper()
	d.wire = append(d.wire, rerun(t, d.plan, d.bug)...)
	how := "never"
	var unsteadily []judgement
	if slices.Contains(d.wire, d.memory) {
		a.later++
		how = "later"
	} else if unsteadily = unsteady(t, d.plan, d.bug); slices.ContainsFunc(unsteadily,
		func(j judgement) bool { return slices.Contains(d.wire, j) }) {
		a.close++
		how = "close"
	}
	t.Logf("%s: %s: memory %v, wire %v, memory with an unsteady service %v",
		how, d.plan.Cases[0].Scenario, d.memory, d.wire, unsteadily)
}

// only is a plan of one case.
func only(plan *model.Plan, i int) *model.Plan {
	one := *plan
	one.Cases = slices.Clone(plan.Cases[i : i+1])
	one.Cases[0].Index = 0
	return &one
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rerun runs a plan of one case several times on the wire.
func rerun(t *testing.T, plan *model.Plan, bug string) []judgement {
	t.Helper()
	many := *plan
	many.Cases = slices.Repeat(plan.Cases, again)
	for k := range many.Cases {
		many.Cases[k].Index = k
	}
	return slices.Collect(maps.Values(wireJudges(t, &many, bug)))
}

// unsteady runs a plan of one case in memory against services that work a little longer or shorter
// from one operation to the next.
func unsteady(t *testing.T, plan *model.Plan, bug string) []judgement {
	t.Helper()
	var out []judgement
	for _, by := range []time.Duration{1, -1, 3, -3, 8, -8} {
		paced := &unsteadyProcessor{by: by * time.Millisecond}
		judged := memoryJudges(t, resolved(t, "http://in.memory"), plan, pacedTarget(bug, paced))
		out = append(out, judged[0])
	}
	return out
}

// unsteadyProcessor takes in turns longer, as long as usual, and shorter.
type unsteadyProcessor struct {
	by    time.Duration
	turns atomic.Int64
}

func (p *unsteadyProcessor) Authorize(ctx context.Context, a reference.Authorization) error {
	turn := time.Duration(1 - (p.turns.Add(1)-1)%3)
	return reference.Paced{Work: slowWork + turn*p.by}.Authorize(ctx, a)
}

// memoryJudges runs a plan in memory.
func memoryJudges(
	t *testing.T, c *model.Contract, plan *model.Plan, of harness.Target,
) map[int]judgement {
	t.Helper()
	return judge(t, harness.Options{
		Contract: c, Plan: plan, Enter: harness.Virtual(t, of), Parallel: 2,
	})
}

// wireJudges runs a plan over TCP, against a service of its own.
func wireJudges(t *testing.T, plan *model.Plan, bug string) map[int]judgement {
	t.Helper()
	service, err := reference.New(reference.Options{Store: memory.New(), Work: slowWork, Bug: bug})
	require.NoError(t, err)
	server := httptest.NewServer(service)
	defer server.Close()
	world, err := wire.New(wire.Options{URL: server.URL})
	require.NoError(t, err)
	defer world.Close()
	direct := &http.Transport{MaxIdleConnsPerHost: 64}
	defer direct.CloseIdleConnections()
	return judge(t, harness.Options{
		Contract: resolved(t, server.URL), Plan: plan, World: world, HTTP: direct, Parallel: 12,
	})
}

// judge runs all cases of a plan and returns the judgement of each, from the last of its runs:
// there are several only when faults did not fire.
func judge(t *testing.T, o harness.Options) map[int]judgement {
	t.Helper()
	spec, err := contract.Compile(o.Contract)
	require.NoError(t, err)
	var mu sync.Mutex
	out, last := map[int]judgement{}, map[int]int{}
	o.KeepGoing = true
	o.Save = func(h *model.History) error {
		v := model.Judge(h, o.Contract, spec)
		mu.Lock()
		defer mu.Unlock()
		if h.Run <= last[h.Case] {
			return nil
		}
		last[h.Case] = h.Run
		out[h.Case] = judgement{verdict: v.Verdict}
		if v.Verdict == model.Invalid {
			out[h.Case] = judgement{v.Verdict, v.Violations[0].Rule}
		}
		return nil
	}
	_, err = harness.Replay(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, out, len(o.Plan.Cases))
	return out
}
