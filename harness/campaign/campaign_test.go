package campaign

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

func TestARightServiceIsValid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(3)...)
		b.Plan.Seed = 7
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		v := res.Verdict
		require.Equal(t, verdict.Valid, v.Verdict, v)
		require.Equal(t, tally.Judged{Cases: 3, Operations: 3, Attempts: 6, Effects: 3}, v.Judged)
		require.Equal(t, uint64(7), v.Seed)
		require.Nil(t, res.Found)
		require.Zero(t, res.Skipped+res.Rerun)
		require.Len(t, res.Tallies, 1)
		require.Equal(t, 3, res.Tallies[0].Cases)
	})
}

func TestMisfiredCasesAreRunAgain(t *testing.T) {
	for _, tt := range []struct{ firesAt, runs int }{{1, 1}, {2, 2}, {4, 4}, {99, 6}} {
		t.Run(fmt.Sprint(tt.firesAt), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				again := []model.PlannedAttempt{{Repeat: true}}
				b := newBench(stub.Contract(t), stub.Charging(again,
					fault.Fault{Kind: fault.Delay, Operation: "a", Attempt: 1}))
				faulted := 0
				b.world.Fires = func(fault.Fault) bool {
					faulted++
					return faulted >= tt.firesAt
				}
				var made []int
				b.Save = func(h *model.History) error { made = append(made, h.Run); return nil }
				r := b.runner(t)
				out := r.Try(context.Background(), b.Plan.Cases[0], trial.Runs{First: 1, Last: maxRuns})
				require.Equal(t, tt.runs, out.Runs)
				require.Equal(t, tt.firesAt > 6, out.Verdict.Verdict == verdict.Unknown)
				keys := map[string]bool{}
				for _, key := range b.Seen() {
					keys[key] = true
				}
				require.Len(t, keys, tt.runs, "every run has a key of its own")
				require.Len(t, made, tt.runs)
				for i, run := range made {
					require.Equal(t, i+1, run)
				}
			})
		})
	}
}

func TestAViolationCountsAlthoughAFaultDidNotFire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{Repeat: true}},
			fault.Fault{Kind: fault.Delay, Operation: "a", Attempt: 1}))
		b.world.Fires = func(fault.Fault) bool { return false }
		b.world.Carry = answers(503)
		r := b.runner(t)
		out := r.Try(context.Background(), b.Plan.Cases[0], trial.Runs{First: 1, Last: maxRuns})
		require.Equal(t, verdict.Invalid, out.Verdict.Verdict)
		require.Equal(t, 1, out.Runs)
	})
}

func TestRerunsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delay := fault.Fault{Kind: fault.Delay, Operation: "a", Attempt: 1}
		again := []model.PlannedAttempt{{Repeat: true}}
		b := newBench(stub.Contract(t), stub.Charging(again), stub.Charging(again, delay))
		faulted := 0
		b.world.Fires = func(fault.Fault) bool { faulted++; return faulted > 1 }
		b.Parallel = 1
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Valid, res.Verdict.Verdict, res.Verdict)
		require.Equal(t, 1, res.Rerun)
		want := tally.KindCount{Planned: 1, Fired: 1, Cases: 1}
		require.Equal(t, want, res.Verdict.Faults.ByKind[fault.Delay])
	})
}

func TestFaultsThatTheWorldCannotMakeAreUnknown(t *testing.T) {
	b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{Repeat: true}},
		fault.Fault{Kind: fault.Delay, Operation: "a", Attempt: 1}))
	b.world.Refuses = errors.New("no clock to delay by")
	_, v := b.once(t)
	require.Equal(t, verdict.Unknown, v.Verdict)
	require.Equal(t, []string{"case 0 (test): delay at a.1: no clock to delay by"}, v.Reasons)
	require.Empty(t, b.world.Attempts())
}

func TestWhatDoesNotLandIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		b.world.Stuck = errors.New("a.1 has not landed")
		_, v := b.once(t)
		require.Equal(t, verdict.Unknown, v.Verdict)
		require.Contains(t, v.Reasons[0], "a.1 has not landed")
	})
}

func TestTheBudgetStopsNewCases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(9)...)
		b.taking(500 * time.Millisecond) // a case has one attempt and one repeat: 1s
		b.Parallel, b.Budget = 2, 3500*time.Millisecond
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, 6, res.Verdict.Judged.Cases)
		require.Equal(t, 3, res.Skipped)
		require.Equal(t, verdict.Valid, res.Verdict.Verdict, res.Verdict)
	})
}

func TestABudgetThatAllowsNothingIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		b := newBench(stub.Contract(t), several(2)...)
		res, err := Run(ctx, b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Unknown, res.Verdict.Verdict)
		require.Contains(t, res.Verdict.Reasons[0], "no case was run: it was interrupted")
		require.Equal(t, 2, res.Skipped)
	})
}

func TestACancelledRunFinishesWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		b := newBench(stub.Contract(t), several(5)...)
		b.taking(500 * time.Millisecond)
		b.Parallel = 2
		var saved []*model.History
		var mu sync.Mutex
		b.Save = func(h *model.History) error {
			mu.Lock()
			defer mu.Unlock()
			saved = append(saved, h)
			return nil
		}
		go func() {
			_ = sleep.For(context.Background(), 1200*time.Millisecond) // the warm-up took 1s
			cancel()
		}()
		res, err := Run(ctx, b.options())
		require.NoError(t, err)
		require.Equal(t, 2, res.Verdict.Judged.Cases)
		require.Equal(t, 3, res.Skipped)
		require.Equal(t, verdict.Valid, res.Verdict.Verdict, res.Verdict)
		require.Len(t, saved, 2)
		for _, h := range saved {
			kinds := map[model.EventKind]int{}
			for _, e := range h.Events {
				kinds[e.Kind]++
			}
			require.Equal(t, 2, kinds[model.Return])
			require.Equal(t, 1, kinds[model.Healed])
			require.Equal(t, 1, kinds[model.Listed])
		}
		opened, healed, open, _ := b.world.Count()
		require.Equal(t, opened, healed)
		require.Zero(t, open)
	})
}

// TestFarClientsAreNotCountedTo: a plan from elsewhere may number its clients as it likes.
func TestFarClientsAreNotCountedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		b.Plan.Cases[0].Operations[0].Client = math.MaxInt
		begun := time.Now()
		_, v := b.once(t)
		require.Equal(t, verdict.Valid, v.Verdict, v)
		require.Less(t, time.Since(begun), time.Second)
	})
}

func TestHistoriesAreSavedBeforeTheyAreJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(2)...)
		b.Save = func(h *model.History) error {
			h.Events = append(h.Events, model.Event{Kind: model.Unreadable, Name: "a page", Err: "torn"})
			return nil
		}
		_, v := b.once(t)
		require.Equal(t, []string{"case 0 (test): could not read a page: torn"}, v.Reasons,
			"what was saved is what is judged")
	})
}

func TestARunThatCannotSaveStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("the disk is full")
		b := newBench(stub.Contract(t), several(5)...)
		b.Parallel = 1
		saves := 0
		b.Save = func(*model.History) error { saves++; return full }
		_, err := Run(context.Background(), b.options())
		require.ErrorIs(t, err, full)
		require.ErrorContains(t, err, "saving the history of case 0")
		require.Equal(t, 1, saves)
	})
}

func TestNeverMoreCasesAtOnceThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := stub.Contract(t)
		for i := range 6 { // the warm-up has a case per type
			c.Operations[fmt.Sprint("charge", i)] = c.Operations["charge"]
		}
		attempts := []model.PlannedAttempt{{Repeat: true}, {Repeat: true}, {Repeat: true}}
		cases := make([]model.Case, 6)
		for i := range cases {
			cases[i] = stub.Charging(attempts, fault.Fault{
				Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close,
			})
		}
		b := newBench(c, cases...)
		b.taking(time.Millisecond)
		b.world.Lost = func(_ chaos.Attempt, key string) { b.Forget(key) } // so that it shrinks, too
		b.Parallel, b.KeepGoing = 2, true
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
		_, _, open, maxOpen := b.world.Count()
		require.Zero(t, open)
		require.Equal(t, 2, maxOpen)
	})
}

func TestAViolationStopsTheRunUnlessToldOtherwise(t *testing.T) {
	for _, keepGoing := range []bool{false, true} {
		t.Run(fmt.Sprint(keepGoing), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), several(4)...) // three of a scenario are run in any case
				b.Parallel, b.KeepGoing, b.ShrinkBudget = 1, keepGoing, -1
				b.hollow()
				var heard []Progress
				b.Progress = func(p Progress) { heard = append(heard, p) }
				res, err := Run(context.Background(), b.options())
				require.NoError(t, err)
				require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
				want := map[bool]int{false: 3, true: 4}[keepGoing]
				require.Equal(t, want, res.Verdict.Judged.Cases)
				require.Equal(t, 4-want, res.Skipped)
				require.Len(t, heard, want+1)
				require.Equal(t, Progress{Phase: "warm-up", Total: 2, Result: verdict.Valid}, heard[0])
				require.Equal(t, Progress{Phase: "run", Done: 1, Total: 4, Result: verdict.Invalid}, heard[1])
			})
		})
	}
}

func TestTalliesAreByScenario(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cases := several(5)
		for i := range cases {
			cases[i].Scenario = []string{"one", "two"}[i%2]
		}
		b := newBench(stub.Contract(t), cases...)
		var refused atomic.Int32
		b.Answer = func(r *http.Request) *stub.Reply {
			if r.URL.Path == "/book" && refused.Add(1) > 5 { // from the second case on
				return &stub.Reply{Status: 500}
			}
			return nil
		}
		b.Parallel = 1
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Unknown, res.Verdict.Verdict)
		require.Equal(t, []string{"one", "two"}, []string{res.Tallies[0].Scenario, res.Tallies[1].Scenario})
		require.Equal(t, []int{3, 2}, []int{res.Tallies[0].Cases, res.Tallies[1].Cases})
		require.Len(t, res.Tallies[1].Reasons, 2)
	})
}

func TestReplayCountsHowOftenTheRuleBroke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lose := fault.Fault{Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close}
		attempts := []model.PlannedAttempt{{Repeat: true}, {Repeat: true}}
		b := newBench(stub.Contract(t),
			stub.Charging(attempts), stub.Charging(attempts, lose), stub.Charging(attempts, lose))
		b.world.Lost = func(_ chaos.Attempt, key string) { b.Forget(key) }
		b.Plan.Rule = "duplicate-effect"
		res, err := Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
		require.Equal(t, 2, res.Found.Reproduced)
		require.Equal(t, 3, res.Found.Replays)
		require.Equal(t, 1, res.Found.Case.Index)
		require.Equal(t, "duplicate-effect", res.Verdict.Counterexample.Rule)
		b.Plan.Rule = "hollow-answer"
		res, err = Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Nil(t, res.Found)
	})
}

func TestOptionsThatCannotWorkAreErrors(t *testing.T) {
	b := newBench(stub.Contract(t, func(c *model.Contract) { c.Target.URL = "http://[::1" }), several(1)...)
	_, err := Run(context.Background(), b.options())
	require.ErrorContains(t, err, "finding the target")
	b = newBench(stub.Contract(t, func(c *model.Contract) {
		op := c.Operations["charge"]
		op.When = "nothing.there > 1"
		c.Operations["charge"] = op
	}), several(1)...)
	_, err = Run(context.Background(), b.options())
	require.ErrorContains(t, err, "compiling the contract")
}

func TestAPlanForAnotherContractIsUnknown(t *testing.T) {
	for says, change := range map[string]func(*model.Case){
		`the contract has no operation "gone"`: func(c *model.Case) {
			c.Operations[0].Type = "gone"
		},
		"the plan sets up no resource account-1": func(c *model.Case) { c.Resources = nil },
		`setting up account-1: the contract has no resource "x"`: func(c *model.Case) {
			c.Resources[0].Type = "x"
		},
	} {
		t.Run(says, func(t *testing.T) {
			b := newBench(stub.Contract(t), several(1)...)
			change(&b.Plan.Cases[0])
			_, v := b.once(t)
			require.Equal(t, verdict.Unknown, v.Verdict)
			require.Contains(t, v.Reasons[0], says)
		})
	}
}
