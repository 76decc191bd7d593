// Package property draws single cases for property-based tests: for a fuzzer, or for a library that
// chooses the dice.
package property

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/draw"
	"github.com/idemcheck/idemcheck/harness/plan/simplify"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
)

// Drawn is a case that shows itself in one line where a library logs what it drew.
type Drawn struct{ model.Case }

// String names the scenario, the operations with their numbers of attempts, and the faults.
func (d Drawn) String() string {
	var ops, faults []string
	for _, op := range d.Operations {
		ops = append(ops, fmt.Sprintf("%s %s ×%d", op.ID, op.Type, len(op.Attempts)))
	}
	for _, f := range d.Faults {
		faults = append(faults, fmt.Sprintf("%s at %s.%d", f.Kind, f.Operation, f.Attempt))
	}
	out := d.Scenario + ": " + strings.Join(ops, ", ")
	if len(faults) > 0 {
		out += "; " + strings.Join(faults, ", ")
	}
	return out
}

// GoString is String: rapid logs with %#v.
func (d Drawn) GoString() string { return d.String() }

// Cases is rapid's generator of cases.
type Cases = rapid.Generator[Drawn]

// Generator draws single cases for somebody who chooses the dice: a fuzzer or a library.
type Generator struct{ options plan.Options }

// New makes the generator of the scenarios that a contract leaves room for. Of the options
// only Contract, Scenarios and Points count. The error says that no scenario applies.
func New(o plan.Options) (*Generator, error) {
	o.Scenarios = plan.Chosen(o.Scenarios, o.Contract)
	if len(o.Scenarios) == 0 {
		return nil, errors.New("no scenario applies to the contract: take scenarios.HTTP()")
	}
	return &Generator{o}, nil
}

// Scenarios counts the scenarios.
func (g *Generator) Scenarios() int { return len(g.options.Scenarios) }

// Cases generates cases of all scenarios.
func (g *Generator) Cases() *Cases {
	return rapid.Custom(func(t *rapid.T) Drawn {
		i := rapid.IntRange(0, g.Scenarios()-1).Draw(t, "scenario")
		return Drawn{g.drawing(i).Draw(t, "case")}
	})
}

// drawing generates cases of one scenario.
func (g *Generator) drawing(scenario int) *rapid.Generator[model.Case] {
	o := g.options
	return draw.Case(o.Scenarios[scenario], o.Contract, o.Points)
}

// Draw returns the case of a seed, the same whenever it is asked.
func (g *Generator) Draw(seed uint64) Drawn {
	i := int(seed % uint64(g.Scenarios()))
	return Drawn{g.drawing(i).Example(dice.Seed(seed, g.options.Scenarios[i].Name, 0))}
}

// Simpler lists simpler cases than one that broke a rule, the boldest first.
func (g *Generator) Simpler(c Drawn) []Drawn {
	all := lists.Map(c.Operations, func(op model.PlannedOperation) string { return op.ID })
	return lists.Map(simplify.Simpler(c.Case, all, g.options.Contract), func(next model.Case) Drawn {
		return Drawn{next}
	})
}

// Decode draws the case of an input: its first byte chooses the scenario, every other byte is one
// choice, and those that are missing are zero, so that every input is a case and no byte is wasted.
func (g *Generator) Decode(t *testing.T, input []byte) Drawn {
	const words = 8192
	scenario := 0
	if len(input) > 0 {
		scenario, input = int(input[0])%g.Scenarios(), input[1:]
	}
	stream := make([]byte, 8*max(words, len(input)))
	for i, b := range input {
		binary.LittleEndian.PutUint64(stream[8*i:], uint64(b)*0x0101010101010101)
	}
	var out Drawn
	cases := rapid.Map(g.drawing(scenario), func(c model.Case) Drawn { return Drawn{c} })
	rapid.MakeFuzz(func(rt *rapid.T) { out = cases.Draw(rt, "case") })(t, stream)
	return out
}
