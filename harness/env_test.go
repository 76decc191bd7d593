package harness_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// After a time, or at a point, the service of the tests below crashes. Its work begins after 1 ms.
var (
	before = fault.Fault{Span: value.Duration(500 * time.Microsecond)}
	during = fault.Fault{Span: value.Duration(1500 * time.Microsecond)}
	midway = fault.Fault{Point: "midway"}
)

// crashPlan is one payment that is made twice, with a crash during the first attempt.
func crashPlan(t *testing.T, f fault.Fault) *model.Plan {
	t.Helper()
	f.Kind, f.Operation, f.Attempt = fault.Crash, "a", 1
	return &model.Plan{
		Schema: model.PlanSchema, Contract: *tinyContract(t),
		Cases: []model.Case{{
			Scenario: "crashes",
			Operations: []model.PlannedOperation{{
				ID: "a", Type: "pay", Key: model.KeyPlan{Name: "k1", Style: model.KeyPlain}, CorrelationID: "m1",
				Attempts: []model.PlannedAttempt{{Repeat: true}, {Repeat: true}},
			}},
			Faults: []fault.Fault{f},
		}},
	}
}

// crash runs the plan with a crash and returns what was seen of its first attempt.
func crash(t *testing.T, f fault.Fault, target harness.Target) model.Event {
	t.Helper()
	var first *model.Event
	plan := crashPlan(t, f)
	result, err := campaign.Run(t.Context(), campaign.Options{
		Contract: resolved(t), Plan: plan, Place: harness.Virtual(t, target),
		Observer: saving{to: func(h *model.History) error {
			for _, e := range h.Events {
				if e.Kind == model.Return && e.Attempt == 1 && first == nil {
					first = &e
				}
			}
			return nil
		}},
	})
	require.NoError(t, err)
	require.Equal(t, verdict.Valid, result.Verdict.Verdict, "%+v", result.Verdict)
	require.Equal(t, 1, result.Verdict.Faults.Fired)
	require.NotNil(t, first)
	return *first
}

// instances counts what the instances of the planned case did; the warm-up has two cases of its
// own.
type instances struct {
	mu sync.Mutex
	// made, ended and after are protected by mu.
	made, ended, after int
	fenced             []error
}

func (i *instances) count(n *int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	*n++
}

func TestACrashEndsAnInstance(t *testing.T) {
	for name, f := range map[string]fault.Fault{"at a time": during, "at a point": midway} {
		t.Run(name, func(t *testing.T) {
			var seen instances
			target := harness.Handler(func(env *harness.Env) http.Handler {
				seen.count(&seen.made)
				inner := newTinyIn(env)
				inner.work = func(r *http.Request) {
					env.Point("midway")
					takes(time.Millisecond)
					if err := env.Alive(); err != nil {
						<-env.Context().Done()
						<-r.Context().Done()
						seen.mu.Lock()
						seen.fenced = append(seen.fenced, err)
						seen.mu.Unlock()
					}
					seen.count(&seen.ended)
					env.Point("midway")
					seen.count(&seen.after)
				}
				return inner
			})
			first := crash(t, f, target)
			require.Equal(t, "reset", first.Err)
			require.Equal(t, 5, seen.made, "three in the warm-up, one before and one after the crash")
			if f.Point == "" {
				require.Equal(t, []error{harness.ErrCrashed}, seen.fenced)
				require.Equal(t, seen.after+1, seen.ended, "the dead do not get beyond a point")
			} else {
				require.Empty(t, seen.fenced)
				require.Equal(t, 4, seen.ended, "three of the warm-up and one; the dead do nothing more")
			}
		})
	}
}

// newTinyIn makes an honest tiny service.
func newTinyIn(env *harness.Env) *tiny {
	s := &tiny{
		env: env, disk: harness.Keep(env, "disk", newDisk), claims: make(chan map[string]bool, 1),
		atOnce: true,
	}
	s.claims <- map[string]bool{}
	return s
}

func TestKeptValuesSurviveACrashAndNotACase(t *testing.T) {
	var mu sync.Mutex
	dirs, values := map[string]int{}, map[*disk]int{}
	crash(t, before, harness.Handler(func(env *harness.Env) http.Handler {
		dir, err := env.Dir()
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "log"), nil, 0o600))
		// A constructor of what is kept may use the Env.
		value := harness.Keep(env, "value", func() *disk {
			_, _ = env.Dir()
			return harness.Keep(env, "inner", newDisk)
		})
		mu.Lock()
		defer mu.Unlock()
		dirs[dir]++
		values[value]++
		return newTinyIn(env)
	}))
	require.ElementsMatch(t, []int{1, 1, 1, 2}, counts(dirs))
	require.ElementsMatch(t, []int{1, 1, 1, 2}, counts(values))
	for dir := range dirs {
		require.NoDirExists(t, dir)
	}
}

func counts[K comparable](m map[K]int) []int {
	var out []int
	for _, n := range m {
		out = append(out, n)
	}
	return out
}

func TestCleanupsRunBackwardsWhenTheCaseIsOver(t *testing.T) {
	var mu sync.Mutex
	var order []int
	add := func(n int) func() {
		return func() {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, n)
		}
	}
	made := 0
	crash(t, before, harness.Handler(func(env *harness.Env) http.Handler {
		mu.Lock()
		made++
		n := 10 * made
		mu.Unlock()
		env.Cleanup(add(n + 1))
		env.Cleanup(add(n + 2))
		return newTinyIn(env)
	}))
	require.Equal(t, []int{12, 11, 22, 21, 32, 31, 52, 51, 42, 41}, order, "three cases of the warm-up first")
}

func TestDownstreamOutlivesACrash(t *testing.T) {
	var processors, charged, cut, refused atomic.Int32
	crash(t, during, harness.Handler(func(env *harness.Env) http.Handler {
		client := env.Downstream("processor", func() http.Handler {
			processors.Add(1)
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				charged.Add(1)
				takes(time.Millisecond)
			})
		})
		inner := newTinyIn(env)
		inner.work = func(*http.Request) { // not the attempt's context: the crash alone must cut it
			if err := post(client); err != nil {
				cut.Add(1)
			}
			if env.Alive() == nil {
				return
			}
			if err := post(client); err != nil {
				refused.Add(1)
			}
		}
		return inner
	}))
	require.EqualValues(t, 4, processors.Load(), "one for each case, of which three are the warm-up's")
	require.EqualValues(t, 1, cut.Load())
	require.EqualValues(t, 1, refused.Load())
	require.EqualValues(t, 5, charged.Load(), "what the processor was asked it did, three times in the warm-up")
}

func post(client *http.Client) error {
	resp, err := client.Post("https://processor.example/charge", "text/plain", http.NoBody)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

func TestNilEnvIsHarmless(t *testing.T) {
	var env *harness.Env
	env.Point("anywhere")
	env.Cleanup(func() { t.Error("called") })
	require.NoError(t, env.Alive())
	require.NoError(t, env.Context().Err())
	require.Equal(t, 7, harness.Keep(env, "seven", func() int { return 7 }))
	dir, err := env.Dir()
	require.NoError(t, err)
	require.NoError(t, os.Remove(dir))
	client := env.Downstream("echo", func() http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	})
	require.NoError(t, post(client))
}

// BenchmarkPoint is what a point costs outside a run.
func BenchmarkPoint(b *testing.B) {
	var env *harness.Env
	for b.Loop() {
		env.Point("after-effect")
	}
}

// resolved is the tiny contract as the runner takes it.
func resolved(t *testing.T) *model.Contract {
	t.Helper()
	c, err := contract.Resolve(tinyContract(t), os.LookupEnv)
	require.NoError(t, err)
	return c
}

// saving gives a run's histories to a function.
type saving struct {
	campaign.Unobserved
	to func(*model.History) error
}

func (s saving) Save(h *model.History) error { return s.to(h) }
