// Package measuring measures idemcheck itself: how many seeded bugs it finds and how soon, and
// whether it accuses services that are right. What comes of it is a document of package calibrate.
package measuring

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness/plan"
)

// Options say what to measure. The zero value measures nothing: Subjects and Seeds are needed.
type Options struct {
	Subjects []subject.KnownService
	// Seeds each draw a plan for every subject.
	Seeds []uint64
	// Cases is how many cases such a plan has at most; zero means 40 of every scenario.
	Cases int
	// RightCases is the same for subjects that are right, which need all of them; zero means Cases.
	RightCases int
	// Starved runs every case as on a busy machine (see [harness.Starve]); not on the wire.
	Starved bool
	// Keep is a folder that gets the history of every accused case of a right subject; it is made when
	// it is not there. Empty keeps none.
	Keep string
	// Matrix goes on in every scenario until it found the bug or its cases are used up, instead of
	// ending with the first that found it, and makes a counterexample small for each.
	Matrix bool
	// Search is how cases are chosen; empty means as `idemcheck run` does.
	Search plan.Search
	// Wire runs subjects over TCP and in real time instead of in memory and in virtual time.
	Wire bool
	// Stores opens the stores that are not memory; nil leaves their subjects out.
	Stores OpenStore
	// Parallel is how many subjects are measured side by side; zero means 2 in memory and 1 on the
	// wire, where they would disturb each other.
	Parallel int
	// Seconds keeps real times, which differ from run to run.
	Seconds bool
	// T carries the bubbles of the memory world; nil borrows one, which only a plain binary can.
	T *testing.T
	// Progress is told, one call at a time, how many subjects are done; nil tells nobody.
	Progress func(done, total int)
}

// casesPerScenario is the budget of a scenario when nothing else is said.
const casesPerScenario = 40

// Subjects measures all subjects. The error means that one could not be run; what was measured by
// then is lost.
func Subjects(ctx context.Context, o Options) (*calibrate.Calibration, error) {
	defer collectSeldom()()
	m := newMeasurement(o)
	jobs := make(chan int)
	errs := make([]error, len(o.Subjects))
	var wg sync.WaitGroup
	for range m.options.Parallel {
		wg.Go(func() {
			for i := range jobs {
				errs[i] = m.measure(ctx, i)
				m.tell()
			}
		})
	}
	for i := range o.Subjects {
		if ctx.Err() != nil {
			break
		}
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	return m.document(ctx, errs)
}

// collectSeldom lets garbage grow to several times of what is in use: cases leave much and keep
// little, so that collecting it as often as Go does took a quarter of the processor time. What the
// user chose (GOGC) stays. The function it returns undoes it.
func collectSeldom() (undo func()) {
	const usual, seldom = 100, 400
	before := debug.SetGCPercent(seldom)
	if before != usual {
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}

// measurement is one use of [Subjects].
type measurement struct {
	options  Options
	world    world
	bugs     []*calibrate.BugResult
	variants []*calibrate.VariantResult
	mu       sync.Mutex
	done     int // protected by mu
}

func newMeasurement(o Options) *measurement {
	m := &measurement{
		options: o, bugs: make([]*calibrate.BugResult, len(o.Subjects)),
		variants: make([]*calibrate.VariantResult, len(o.Subjects)),
	}
	if o.Wire {
		m.world, m.options.Parallel = onWire{o.Stores}, cmp.Or(o.Parallel, 1)
		return m
	}
	if o.T == nil {
		o.T = borrow()
	}
	m.world, m.options.Parallel = inMemory{o.T}, cmp.Or(o.Parallel, 2)
	return m
}

// tell counts a subject as done.
func (m *measurement) tell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done++
	if m.options.Progress != nil {
		m.options.Progress(m.done, len(m.options.Subjects))
	}
}

// measure measures a subject over all seeds.
func (m *measurement) measure(ctx context.Context, i int) error {
	if err := m.measured(ctx, i); err != nil {
		return fmt.Errorf("calibrating with %s: %w", m.options.Subjects[i].Name, err)
	}
	return nil
}

func (m *measurement) measured(ctx context.Context, i int) (err error) {
	if s := m.options.Subjects[i]; s.Right {
		m.variants[i], err = m.variant(ctx, s)
	} else {
		m.bugs[i], err = m.bug(ctx, s)
	}
	return err
}

// document puts everything together, in the order of the subjects.
func (m *measurement) document(ctx context.Context, errs []error) (*calibrate.Calibration, error) {
	out := &calibrate.Calibration{
		Schema: calibrate.Schema, World: "memory", Seeds: m.options.Seeds,
		Matrix: m.options.Matrix, Starved: m.options.Starved,
		Search:    cmp.Or(m.options.Search, plan.Guided),
		Scenarios: names(m.world.scenarios(subject.KnownService{})),
		Bugs:      []calibrate.BugResult{}, Variants: []calibrate.VariantResult{},
	}
	if m.options.Wire {
		out.World = "wire"
	}
	out.Cases = cmp.Or(m.options.Cases, casesPerScenario*len(out.Scenarios))
	if out.Search != plan.Random {
		out.Scenarios = append(out.Scenarios, plan.Novel)
	}
	for i, err := range errs {
		if err != nil {
			return nil, err
		}
		if m.bugs[i] != nil {
			out.Bugs = append(out.Bugs, *m.bugs[i])
		}
		if m.variants[i] != nil {
			out.Variants = append(out.Variants, *m.variants[i])
		}
	}
	out.Sum()
	return out, ctx.Err()
}

func names(of []plan.Scenario) []string {
	var out []string
	for _, s := range of {
		out = append(out, s.Name)
	}
	return out
}
