package warmup

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/harness/warmup/internal/sight"
	"github.com/idemcheck/idemcheck/internal/lists"
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

// mistakes finds the lines of the contract that do not describe the service. A rehearsal that did
// not go as the contract says is run again without its repeat: what it shows then was not done by a
// repeat, and is nothing that a run could find. What only a repeat shows is for the run to find.
func (p *proving) mistakes(ctx context.Context) []verdict.Mistake {
	var out []verdict.Mistake
	suspects, odd := p.suspects()
	late := map[string]time.Duration{}
	for _, typ := range slices.Sorted(maps.Keys(suspects)) {
		if ctx.Err() != nil {
			return nil
		}
		found, after := p.settled(ctx, suspects[typ])
		if out = append(out, found...); after > 0 {
			late[typ] = after
		}
	}
	out = append(out, p.late(late)...)
	for _, typ := range slices.Sorted(maps.Keys(odd)) {
		if ctx.Err() != nil {
			return nil
		}
		out = append(out, p.persistent(ctx, odd[typ])...)
	}
	return sorted(append(out, p.sameNames(ctx, suspects)...))
}

// suspects are the rehearsals, by type, that did not go as the contract says: suspects those of
// types that were done in no rehearsal as it says, and odd those that were done, of types of which
// another one was. One that was refused as it is declared says nothing of what one that is done
// leaves behind.
func (p *proving) suspects() (suspects, odd map[string][]*sight.Sight) {
	suspects, odd = map[string][]*sight.Sight{}, map[string][]*sight.Sight{}
	fine := map[string]bool{}
	for _, s := range p.rehearsed {
		typ, asDeclared := s.Case.Operations[0].Type, s.Fine()
		fine[typ] = fine[typ] || asDeclared && s.Done()
		if asDeclared {
			continue
		}
		if suspects[typ] = append(suspects[typ], s); s.Done() {
			odd[typ] = append(odd[typ], s)
		}
	}
	maps.DeleteFunc(suspects, func(typ string, _ []*sight.Sight) bool { return fine[typ] })
	maps.DeleteFunc(odd, func(typ string, _ []*sight.Sight) bool { return !fine[typ] })
	return suspects, odd
}

// persistent returns the mistakes that rehearsals of a type show each time, however long nothing
// happens before they are read. That others of the type show none may be because of their
// arguments: a fee of nothing for a small amount. It returns none where the service does by itself
// more than once what others of the type show once: that is for the run to find.
func (p *proving) persistent(ctx context.Context, cases []*sight.Sight) []verdict.Mistake {
	twice := append(slices.Clone(cases), cases...)
	seen := p.alone(ctx, twice, 0)
	if slices.ContainsFunc(common(seen), isLate) {
		seen = p.alone(ctx, twice, settling[len(settling)-1])
	}
	if slices.ContainsFunc(seen, (*sight.Sight).Doubled) {
		return nil
	}
	return common(seen)
}

// alone runs cases once each, without their repeats. What could not be run at all is not tried
// again.
func (p *proving) alone(
	ctx context.Context, cases []*sight.Sight, settle time.Duration,
) []*sight.Sight {
	seen := slices.Clone(cases)
	var wg sync.WaitGroup
	for i, s := range cases {
		if s.History != nil || p.runner.Exec.Spec.Err() != nil { // it was not begun
			wg.Go(func() { seen[i] = p.once(ctx, s.Case, settle) })
		}
	}
	wg.Wait()
	return seen
}

// common returns the mistakes that all of the cases show.
func common(seen []*sight.Sight) []verdict.Mistake {
	others := lists.Map(seen[1:], (*sight.Sight).Mistakes)
	return lists.Where(seen[0].Mistakes(), func(m verdict.Mistake) bool {
		return !slices.ContainsFunc(others, func(other []verdict.Mistake) bool {
			return !speaksOf(other, m.Path)
		})
	})
}

// speaksOf reports whether one of some mistakes is in a line of the contract.
func speaksOf(all []verdict.Mistake, path []string) bool {
	return slices.ContainsFunc(all, func(m verdict.Mistake) bool { return slices.Equal(m.Path, path) })
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
	exec.Spec = exec.Spec.Anew() // what it cannot evaluate must not end the run
	out := sight.New(p.runner, rehearse(ctx, stage, c), heard)
	out.Measured = measured
	return out
}

// withoutBeginnings returns a copy of a contract by which every state is read before the first
// operation.
func withoutBeginnings(c *model.Contract) *model.Contract {
	return withResources(c, func(_ string, t *model.ResourceType) { t.State = anywhere(t.State) })
}

// anywhere is a state that begins with any values.
func anywhere(state map[string]model.Variable) map[string]model.Variable {
	out := maps.Clone(state)
	for variable, v := range out {
		v.Initial = nil
		out[variable] = v
	}
	return out
}

// settling are the times that are tried where effects did not come.
var settling = []time.Duration{500 * time.Millisecond, 2 * time.Second, 5 * time.Second}

// settled returns the mistakes that all cases of a type show, and the time after which late effects
// had come and all was as the contract says; zero where nothing came late.
func (p *proving) settled(
	ctx context.Context, cases []*sight.Sight,
) (found []verdict.Mistake, after time.Duration) {
	found = common(p.alone(ctx, cases, 0))
	for _, after = range settling {
		if after <= p.runner.Exec.Contract.Promises.Settle.Std() {
			continue
		}
		if ctx.Err() != nil || !slices.ContainsFunc(found, isLate) {
			break
		}
		if later := common(p.alone(ctx, cases, after)); !slices.ContainsFunc(later, isLate) {
			return later, after
		}
	}
	return found, 0
}

// late is the line that lets effects come later, where those of all types do. Where only some do,
// the service answers before it has done its work, which a run may find.
func (p *proving) late(late map[string]time.Duration) []verdict.Mistake {
	c, maxLate := p.runner.Exec.Contract, time.Duration(0)
	var last *sight.Sight
	for _, s := range p.rehearsed {
		typ := s.Case.Operations[0].Type
		done := s.Answer != nil && c.Classify(typ, s.Answer) == model.OK
		if done && len(s.Type.Effects) > 0 && late[typ] == 0 {
			return nil
		}
		if late[typ] > maxLate {
			last, maxLate = s, late[typ]
		}
	}
	if last == nil {
		return nil
	}
	return []verdict.Mistake{last.Mistake([]string{"promises", "settle"},
		c.Promises.Settle.Std().String(), "effects and state within "+maxLate.String(),
		"write settle: "+maxLate.String())}
}

// isLate reports whether what was seen may be that an effect comes later.
func isLate(m verdict.Mistake) bool {
	return m.Path[0] == "ledgers" ||
		len(m.Path) > 2 && (m.Path[2] == "effects" || m.Path[2] == "then") ||
		m.Path[len(m.Path)-1] == "lookup" || m.Path[len(m.Path)-1] == "field"
}

// sorted orders mistakes and keeps one of each line. Those that other mistakes may follow from come
// first.
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
