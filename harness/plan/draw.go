// Package plan draws, enumerates, changes and simplifies cases: all dice of a run are rolled here,
// and nothing is sent.
package plan

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/bits"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// Options say what to draw.
type Options struct {
	Contract  *model.Contract
	Scenarios []Scenario
	Seed      uint64
	// Cases is how many cases to draw; zero means twenty of every scenario that applies.
	Cases int
	// Points are named points at which the service may crash.
	Points []string
	// Search is how cases are chosen; empty means Guided.
	Search Search
}

// casesPerScenario is how many cases a scenario gets when nothing else is said.
const casesPerScenario = 20

// Draw rolls all dice of a run: the same options give the same plan, byte for byte. Scenarios take
// turns; those that the contract leaves no room for are left out (see [Applicable]). A guided plan
// keeps room for cases that are found while it runs (model.Plan.Novelty); the count includes them.
func Draw(o Options) (*model.Plan, error) {
	scenarios := slices.DeleteFunc(slices.Clone(o.Scenarios), func(s Scenario) bool {
		return Applicable(s, o.Contract) != ""
	})
	if len(scenarios) == 0 {
		return nil, fmt.Errorf("drawing a plan: no chosen scenario applies to the contract")
	}
	if o.Cases == 0 {
		o.Cases = casesPerScenario * len(scenarios)
	}
	plan := &model.Plan{
		Schema: model.PlanSchema, Seed: o.Seed, Contract: *contract.Redacted(o.Contract),
	}
	if err := o.fill(plan, scenarios); err != nil {
		return nil, err
	}
	return plan, nil
}

// caseSeed mixes the plan's seed with the address of a case, so that a case does not depend on the
// others.
func caseSeed(seed uint64, scenario string, i int) int {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%s/%d", seed, scenario, i)
	return int(h.Sum64() >> 1)
}

// Applicable returns "" when a scenario can be drawn for a contract, or else why it cannot.
func Applicable(s Scenario, c *model.Contract) string {
	if s.Edge && c.Promises.Retention == 0 {
		return "the contract does not declare how long a key is remembered (promises.retention)"
	}
	if s.Shape.aboutKeys() && !slices.ContainsFunc(slices.Collect(maps.Keys(c.Operations)),
		func(typ string) bool { return template.SendsKey(c, typ) }) {
		return "the contract sends no key (key.header, or {key} in the path or body of an operation)"
	}
	if s.Failing && len(operationTypes(s, c)) == 0 {
		return "no operation declares arguments for which it fails by itself (operations.NAME.fails_when)"
	}
	switch s.Shape {
	case Mismatch, NearMismatch, OtherResource:
		return mismatchMissing(s, c)
	case Malformed:
		if len(keyform.MalformedStyles(c)) == 0 {
			return "the contract refuses no keys (promises.missing, promises.malformed)"
		}
	case AlikeKeys:
		if len(keyform.AlikeStyles(c)) == 0 {
			return "no two keys of the declared form are alike (key.format, key.pattern)"
		}
	case Tenants:
		if len(Callers(c)) < 2 || !slices.Contains(c.Key.Scope, "tenant") {
			return "the contract has no two tenants with headers and keys of their own (tenants, key.scope)"
		}
	case Routes:
		if len(RouteTypes(c)) < 2 || !slices.Contains(c.Key.Scope, "route") {
			return "the contract has no two routes with keys of their own (operations, key.scope)"
		}
	}
	return ""
}

// mismatchMissing says what a contract lacks for payloads that differ under one key, or returns "".
func mismatchMissing(s Scenario, c *model.Contract) string {
	if len(c.Promises.Mismatch) == 0 && (c.Promises.MismatchAnswer == "" ||
		c.Promises.MismatchAnswer == "refused") {
		return "the contract does not declare what a reused key gets (promises.mismatch)"
	}
	switch {
	case len(operationTypes(s, c)) > 0:
		return ""
	case s.Shape == NearMismatch:
		return "no operation sends {mark} or a number of a range (operations)"
	case s.Shape == OtherResource:
		return "no operation sends the id of a resource (operations)"
	}
	return "all payloads of an operation are the same: none sends {mark} or an argument (operations)"
}

// Callers lists what the tenants can be told apart by.
func Callers(c *model.Contract) []string {
	var out []string
	for name := range c.Tenants {
		out = append(out, callerOf(c, name))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// RouteTypes lists one operation type per method and path, of those that send a key.
func RouteTypes(c *model.Contract) []string {
	seen := map[string]bool{}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(c.Operations)) {
		t := c.Operations[name]
		if route := t.Method + " " + t.Path; !seen[route] && template.SendsKey(c, name) {
			seen[route] = true
			out = append(out, name)
		}
	}
	return out
}

// drawCase is the generator of one case.
func drawCase(s Scenario, o Options) *rapid.Generator[model.Case] {
	return rapid.Custom(func(t *rapid.T) model.Case {
		d := &drawing{T: t, scenario: s, contract: o.Contract, points: o.Points}
		d.out.Scenario = s.Name
		d.operations()
		d.faults()
		d.repeats()
		rapid.Bool().Draw(t, "end") // rapid rejects a case for which no die was rolled
		return d.out
	})
}

// drawing is a case while it is drawn.
type drawing struct {
	*rapid.T
	scenario Scenario
	contract *model.Contract
	points   []string
	out      model.Case
	// struck counts, by operation, the attempts that faults have taken.
	struck map[string]int
	// style and differs, unless empty, are the only key style and difference of payloads to draw.
	style   model.KeyStyle
	differs string
	// more is how many more resources of a type there are to choose from than usual.
	more int
}

// between draws an integer, both ends included and all equally likely: rapid's own ranges prefer
// small numbers, which is right for arguments and wrong for places and kinds.
func (d *drawing) between(low, high int, what string) int {
	if high <= low {
		return low
	}
	span := uint64(high - low + 1)
	width := bits.Len64(span) + 8
	return low + int(drawBits(width).Draw(d.T, what)*span>>width)
}

// drawBits draws a number of some bits, all equally likely.
func drawBits(width int) *rapid.Generator[uint64] {
	return rapid.Custom(func(t *rapid.T) uint64 {
		var n uint64
		for range width {
			n <<= 1
			if rapid.Bool().Draw(t, "bit") {
				n++
			}
		}
		return n
	})
}

// in draws from a range.
func (d *drawing) in(r Range, what string) int { return d.between(r.Min, r.Max, what) }

// micros draws a duration in whole microseconds.
func (d *drawing) micros(low, high time.Duration, what string) value.Duration {
	n := d.between(int(low.Microseconds()), int(high.Microseconds()), what)
	return value.Duration(time.Duration(n) * time.Microsecond)
}

// pick draws one of several, all equally likely.
func pick[T any](d *drawing, from []T, what string) T {
	return from[d.between(0, len(from)-1, what)]
}

// backoff draws the wait before retry n: exponential, capped, with full jitter.
func (d *drawing) backoff(n int) value.Duration {
	const base, ceiling = 4 * time.Millisecond, 64 * time.Millisecond
	return d.micros(0, min(ceiling, base<<min(n, 8)), "backoff")
}
