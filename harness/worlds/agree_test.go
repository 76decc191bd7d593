package worlds_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/scenarios"
)

const (
	// agreeVariable says how many cases every variant of the reference service gets, all of them in
	// both worlds; 308 is the full count: 14 of every scenario. Without it a variant gets one case of
	// every scenario in memory, and some of these on the wire.
	agreeVariable = "IDEMCHECK_AGREE"
	// fewOnWire is how many cases of a variant with a seeded bug are compared by default: of those
	// that show the bug at most maxBroken, so that what must not be accused is compared too.
	fewOnWire, maxBroken = 8, 5
	// again is how often a case on which the worlds differ is run once more on the wire.
	again = 8
	// maxInAll: of so many cases one may stay a riddle, because a machine that is busy with
	// something else can hold back any message on the wire for longer than a whole case takes.
	maxInAll = 500
	// slowWork is how long the service works here: long beside the delays of a busy machine,
	// so that they seldom decide on the wire who is first.
	slowWork = 20 * time.Millisecond
	// sideBySide is how many variants are run at a time: on the wire nearly all time is waited.
	sideBySide = 10
)

// judgement is what a world made of a case: the verdict and the rules that are broken, by
// priority.
type judgement struct {
	verdict verdict.Result
	rules   []string
}

// agrees reports whether two judgements say the same: the verdict, and of two invalid ones the first
// rule of one is named by the other. A case that breaks several rules may show one more or
// one less of them when a message is a little late. The order of the rest is that of the table of
// rules, so that another first rule is no other accusation while both name it.
func (j judgement) agrees(with judgement) bool {
	if j.verdict != with.verdict || j.verdict != verdict.Invalid {
		return j.verdict == with.verdict
	}
	return slices.Contains(with.rules, j.rules[0]) || slices.Contains(j.rules, with.rules[0])
}

// among reports whether a judgement agrees with one of several.
func (j judgement) among(all []judgement) bool { return slices.ContainsFunc(all, j.agrees) }

func (j judgement) String() string { return fmt.Sprint(j.verdict, " ", strings.Join(j.rules, ", ")) }

// TestTwoWorldsAgree runs the same plan in memory and on the wire. Memory gives the same
// judgement every time; on the wire a busy machine decides close races. So a case on which the
// worlds differ is run some more times on the wire, where memory's judgement must come up. If it
// does not, the case must be so close that memory itself judges as the wire did when the service
// is a little unsteady.
func TestTwoWorldsAgree(t *testing.T) {
	all := variants(t, number(t, agreeVariable, 0))
	jobs := make(chan *variant)
	var wg sync.WaitGroup
	for range sideBySide {
		wg.Go(func() {
			for v := range jobs {
				v.err = v.agree(t)
			}
		})
	}
	for _, v := range all {
		jobs <- v
	}
	close(jobs)
	wg.Wait()
	var sum tally
	for _, v := range all {
		require.NoError(t, v.err, v.name)
		t.Logf("%s: %s", v.name, &v.tally)
		sum.add(v.tally)
	}
	riddles := strings.Join(sum.riddles, "\n")
	t.Logf("%d variants: %s\n%s", len(all), &sum, riddles)
	require.Zero(t, all[0].invalid, "the right service")
	require.Equal(t, all[0].cases, all[0].same+all[0].later, "the right service: %s", &all[0].tally)
	require.Positive(t, sum.invalid)
	require.LessOrEqual(t, len(sum.riddles), max(1, sum.cases/maxInAll), riddles)
}

// tally counts cases by how the worlds agreed.
type tally struct {
	cases, invalid int
	// verdict counts cases with the same verdict, same those with the same judgement, at once;
	// later are those that the wire judged as memory did when it was run again, close those
	// that memory judged as the wire did when the service was unsteady.
	verdict, same, later, close int
	// riddles are the others, each in a line.
	riddles []string
}

func (a *tally) add(b tally) {
	a.cases += b.cases
	a.invalid += b.invalid
	a.verdict += b.verdict
	a.same += b.same
	a.later += b.later
	a.close += b.close
	a.riddles = append(a.riddles, b.riddles...)
}

func (a *tally) String() string {
	return fmt.Sprintf("of %d cases (%d invalid) %d got the same verdict and %d the same judgement, "+
		"%d more when the wire ran again, %d were close, %d never",
		a.cases, a.invalid, a.verdict, a.same, a.later, a.close, len(a.riddles))
}

// variant is the right service or one with a seeded bug.
type variant struct {
	name, bug string
	contract  *model.Contract
	plan      *model.Plan
	// few is how many of the cases are compared, turn where choosing them begins, so that all
	// scenarios have their turn.
	few, turn int
	tally
	err error
}

// acrossCases is the bug that hangs on what runs beside a case: an attempt of any other may send the
// receipts that it finds in the one outbox. On the wire all cases have one service, in memory each
// has its own.
const acrossCases = "outbox-relayed-twice"

// hangs is the bug whose repeats hang, half a minute each: it is compared when all are, first.
const hangs = "repeat-awaits-past-signal"

// variants are the right service and then bugs that a case shows by itself, each with a plan of
// so many cases; of zero, with one case of every scenario.
func variants(t *testing.T, cases int) []*variant {
	t.Helper()
	all := len(scenarios.HTTP())
	few := fewOnWire
	if cases > 0 {
		all, few = cases, cases
	}
	right := &variant{name: "right", contract: resolved(t, "http://in.memory"), few: all}
	out := []*variant{right}
	sample := number(t, everyVariable, 8) > 1
	for i, b := range some(t, 16) {
		if b.Name == acrossCases || sample && b.Name == hangs {
			continue
		}
		out = append(out, &variant{
			name: b.Name, bug: b.Name, few: few, turn: i,
			contract: resolvedFor(t, b.Variant, "http://in.memory"),
		})
	}
	for i, v := range out {
		v.plan = drawFrom(t, plan.Options{
			Contract: v.contract, Scenarios: steady(v.bug), Seed: uint64(i + 1), Cases: all,
		})
	}
	slices.SortStableFunc(out[1:], func(a, b *variant) int {
		return cmp.Compare(count(b.bug == hangs), count(a.bug == hangs))
	})
	return out
}

// steady lists the scenarios that are compared: all for the right service. With a bug, what copies
// meet whose client leaves hangs on how soon the service notices, and what a dozen operations in a
// row meet on how long they take; both differ from memory by more than an unsteady service does.
// Whether these scenarios show their bugs on the wire is tested where seeded bugs are hunted.
func steady(bug string) []plan.Scenario {
	return slices.DeleteFunc(scenarios.HTTP(), func(s plan.Scenario) bool {
		return bug != "" && (s.Shape == plan.AbandonedDuplicates || s.Shape == plan.RetryAfterOtherTraffic)
	})
}

// agree compares both worlds over some cases.
func (v *variant) agree(t *testing.T) error {
	inMemory, err := v.memoryJudges(t, v.plan, target(v.bug, slowWork))
	if err != nil {
		return err
	}
	chosen := v.choose(inMemory)
	onWire, err := v.wireJudges(t.Context(), only(v.plan, chosen...))
	if err != nil {
		return err
	}
	for k, i := range chosen {
		got, want := onWire[k], inMemory[i]
		v.cases++
		v.invalid += count(want.verdict == verdict.Invalid)
		v.verdict += count(got.verdict == want.verdict)
		v.same += count(got.agrees(want))
		if got.agrees(want) {
			continue
		}
		if err := v.settle(t, differing{only(v.plan, i), want, []judgement{got}}); err != nil {
			return err
		}
	}
	return nil
}

// choose returns the cases to compare: some that show the bug and some that do not.
func (v *variant) choose(inMemory []judgement) []int {
	var broken, kept []int
	for i, j := range inMemory {
		if j.verdict == verdict.Invalid {
			broken = append(broken, i)
		} else {
			kept = append(kept, i)
		}
	}
	n := min(len(broken), max(maxBroken*v.few/fewOnWire, v.few-len(kept)))
	return append(turned(broken, v.turn)[:n], turned(kept, v.turn)[:min(len(kept), v.few-n)]...)
}

// turned is a list that begins elsewhere.
func turned(all []int, turn int) []int {
	if len(all) == 0 {
		return nil
	}
	turn %= len(all)
	return slices.Concat(all[turn:], all[:turn])
}

// differing is a case that the worlds judged differently at first.
type differing struct {
	plan   *model.Plan
	memory judgement
	wire   []judgement
}

// settle runs a case again until it is known why the worlds differed.
func (v *variant) settle(t *testing.T, d differing) error {
	more, err := v.wireJudges(t.Context(), repeated(d.plan))
	if err != nil {
		return err
	}
	d.wire = append(d.wire, more...)
	if d.memory.among(d.wire) {
		v.later++
		return nil
	}
	unsteadily, err := v.unsteady(t, d.plan)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(unsteadily, func(j judgement) bool { return j.among(d.wire) }) {
		v.close++
		return nil
	}
	v.riddles = append(v.riddles, fmt.Sprintf(
		"%s, %s: memory %v, wire %v, memory with an unsteady service %v",
		v.name, d.plan.Cases[0].Scenario, d.memory, d.wire, unsteadily))
	return nil
}

// only is a plan of some of a plan's cases.
func only(plan *model.Plan, chosen ...int) *model.Plan {
	some := *plan
	some.Cases = make([]model.Case, len(chosen))
	for k, i := range chosen {
		some.Cases[k] = plan.Cases[i]
		some.Cases[k].Index = k
	}
	return &some
}

// repeated is a plan of one case that is run some times.
func repeated(plan *model.Plan) *model.Plan { return only(plan, make([]int, again)...) }

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// unsteady runs a plan of one case in memory against services that work a little longer or shorter
// from one operation to the next, and whose bugs last a little longer or shorter: on a busy machine
// each message is late by some milliseconds, and what a bug leaves open for a time is met or missed.
func (v *variant) unsteady(t *testing.T, plan *model.Plan) ([]judgement, error) {
	var out []judgement
	for _, by := range []time.Duration{1, -1, 3, -3, 8, -8} {
		by *= time.Millisecond
		judged, err := v.memoryJudges(t, plan, options(reference.Options{
			Work: slowWork + by, Processor: &unsteadyProcessor{by: by}, Bug: v.bug,
		}))
		if err != nil {
			return nil, err
		}
		out = append(out, judged...)
	}
	return out, nil
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
func (v *variant) memoryJudges(
	t *testing.T, plan *model.Plan, of harness.Target,
) ([]judgement, error) {
	return judgeAll(t.Context(), campaign.Options{
		Contract: v.contract, Plan: plan, Place: harness.Virtual(t, of),
		Limits: campaign.Limits{Parallel: 1},
	})
}

// wireJudges runs a plan over TCP, against a service of its own.
func (v *variant) wireJudges(ctx context.Context, plan *model.Plan) ([]judgement, error) {
	service, err := reference.New(reference.Options{
		Store: memory.New(), Work: slowWork, Bug: v.bug,
	})
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(service)
	defer server.Close()
	world, err := wire.New(wire.Options{URL: server.URL})
	if err != nil {
		return nil, err
	}
	defer world.Close()
	direct := &http.Transport{MaxIdleConnsPerHost: 64}
	defer direct.CloseIdleConnections()
	there := *v.contract
	there.Target.URL = server.URL
	return judgeAll(ctx, campaign.Options{
		Contract: &there, Plan: plan, Place: execute.Site{World: world, HTTP: direct},
		Limits: campaign.Limits{Parallel: 12},
	})
}

// judgeAll runs all cases of a plan and returns the judgement of each, from the last of its runs:
// there are several only when faults did not fire.
func judgeAll(ctx context.Context, o campaign.Options) ([]judgement, error) {
	spec, err := contract.Compile(o.Contract)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	out, last := make([]judgement, len(o.Plan.Cases)), make([]int, len(o.Plan.Cases))
	o.Limits.KeepGoing = true
	o.Observer = saving{to: func(h *model.History) error {
		judged := judgementOf(judge.Judge(h, o.Contract, spec))
		mu.Lock()
		defer mu.Unlock()
		if h.Run > last[h.Case] {
			out[h.Case], last[h.Case] = judged, h.Run
		}
		return nil
	}}
	if _, err := campaign.Replay(ctx, o); err != nil {
		return nil, err
	}
	if i := slices.Index(last, 0); i >= 0 {
		return nil, fmt.Errorf("case %d was not run", i)
	}
	return out, nil
}
