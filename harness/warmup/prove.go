package warmup

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/harness/warmup/internal/sight"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// proving compares what operations showed with what the contract says of them.
type proving struct {
	runner *trial.Runner
	// rehearsed are the cases of one operation, which was repeated once.
	rehearsed []*sight.Sight
}

// mistakes finds the lines of the contract that do not describe the service. A type that went in
// one rehearsal as the contract says is described. Otherwise its cases are run again without the
// repeat: what each of them shows then is no work of a repeat, and nothing that a run could find.
// What only a repeat shows is for the run to find.
func (p *proving) mistakes(ctx context.Context) []verdict.Mistake {
	var out []verdict.Mistake
	suspects := p.suspects()
	for _, typ := range slices.Sorted(maps.Keys(suspects)) {
		if ctx.Err() != nil {
			return nil
		}
		out = append(out, p.common(ctx, suspects[typ], 0)...)
	}
	if late := p.late(ctx, suspects, out); late != nil {
		return late
	}
	return sorted(append(out, p.sameNames(ctx, suspects)...))
}

// suspects are the rehearsals of the types that went in none as the contract says.
func (p *proving) suspects() map[string][]*sight.Sight {
	out, fine := map[string][]*sight.Sight{}, map[string]bool{}
	for _, s := range p.rehearsed {
		typ := s.Case.Operations[0].Type
		fine[typ] = fine[typ] || s.Fine()
		out[typ] = append(out[typ], s)
	}
	maps.DeleteFunc(out, func(typ string, _ []*sight.Sight) bool { return fine[typ] })
	return out
}

// common runs the cases of a type once each, and returns the mistakes that all of them show. What
// could not be run at all is not tried again.
func (p *proving) common(
	ctx context.Context, cases []*sight.Sight, settle time.Duration,
) []verdict.Mistake {
	seen := make([][]verdict.Mistake, len(cases))
	var wg sync.WaitGroup
	for i, s := range cases {
		wg.Go(func() {
			if s.History != nil || p.runner.Exec.Spec.Err() != nil { // it was not begun
				s = p.once(ctx, s.Case, settle)
			}
			seen[i] = s.Mistakes()
		})
	}
	wg.Wait()
	return slices.DeleteFunc(seen[0], func(m verdict.Mistake) bool {
		return slices.ContainsFunc(seen[1:], func(other []verdict.Mistake) bool {
			return !slices.ContainsFunc(other, func(o verdict.Mistake) bool {
				return slices.Equal(o.Path, m.Path)
			})
		})
	})
}

// once runs a case without a repeat.
func (p *proving) once(ctx context.Context, c model.Case, settle time.Duration) *sight.Sight {
	out := p.look(ctx, c, settle, true)
	if out.History == nil { // a state may need time before it can be read
		return p.look(ctx, c, settle, false)
	}
	return out
}

// look runs a case without a repeat; measured is to read every state before, also where the
// contract says how it begins.
func (p *proving) look(
	ctx context.Context, c model.Case, settle time.Duration, measured bool,
) *sight.Sight {
	said := *p.runner.Exec.Contract
	said.Promises.Settle = max(said.Promises.Settle, value.Duration(settle))
	if measured {
		said = *withoutBeginnings(&said)
	}
	heard := &witness.Ear{}
	stage := heardBy(p.runner, heard)
	exec := stage.Exec
	exec.Contract, exec.Once = &said, true
	if spec, err := contract.Compile(p.runner.Exec.Contract); err == nil {
		exec.Spec = spec // what it cannot evaluate must not end the run
	}
	out := sight.New(p.runner, rehearse(ctx, stage, c), heard)
	out.Measured = measured
	return out
}

// withoutBeginnings returns a copy of a contract by which every state is read before the first
// operation.
func withoutBeginnings(c *model.Contract) *model.Contract {
	out := *c
	out.Resources = maps.Clone(c.Resources)
	for name, t := range out.Resources {
		t.State = maps.Clone(t.State)
		for variable, v := range t.State {
			v.Initial = nil
			t.State[variable] = v
		}
		out.Resources[name] = t
	}
	return &out
}

// settling are the times that are tried where effects did not come.
var settling = []time.Duration{500 * time.Millisecond, 2 * time.Second, 10 * time.Second}

// late is the line that would let effects come later, where that explains everything that was seen,
// of every type that has any effects.
func (p *proving) late(
	ctx context.Context, suspects map[string][]*sight.Sight, found []verdict.Mistake,
) []verdict.Mistake {
	c := p.runner.Exec.Contract
	for typ, t := range c.Operations {
		if _, is := suspects[typ]; !is && len(t.Effects) > 0 {
			return nil
		}
	}
	if !slices.ContainsFunc(found, isLate) {
		return nil
	}
	for _, settle := range settling {
		if settle <= c.Promises.Settle.Std() {
			continue
		}
		if typ := someLate(suspects, found); len(p.common(ctx, suspects[typ], settle)) == 0 {
			return []verdict.Mistake{{
				Path: []string{"promises", "settle"}, Declared: c.Promises.Settle.Std().String(),
				Observed: "effects within " + settle.String(), Write: "write settle: " + settle.String(),
				Request: found[0].Request, Answer: found[0].Answer,
			}}
		}
	}
	return nil
}

// isLate reports whether what was seen may be that an effect comes later.
func isLate(m verdict.Mistake) bool {
	return m.Path[0] == "operations" && len(m.Path) > 2 &&
		(m.Path[2] == "effects" || m.Path[2] == "then") || m.Path[0] == "ledgers"
}

// someLate is a type of which something may come later.
func someLate(suspects map[string][]*sight.Sight, found []verdict.Mistake) string {
	for _, m := range found {
		if isLate(m) && suspects[m.Path[1]] != nil {
			return m.Path[1]
		}
	}
	return slices.Sorted(maps.Keys(suspects))[0]
}

// sorted orders mistakes, what other parts hang on first, and leaves one of each line.
func sorted(all []verdict.Mistake) []verdict.Mistake {
	parts := []string{"target", "key", "resources", "ledgers", "promises", "operations"}
	slices.SortStableFunc(all, func(a, b verdict.Mistake) int {
		return slices.Index(parts, a.Path[0]) - slices.Index(parts, b.Path[0])
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(m verdict.Mistake) bool {
		line := strings.Join(m.Path, "\n")
		was := seen[line]
		seen[line] = true
		return was
	})
}
