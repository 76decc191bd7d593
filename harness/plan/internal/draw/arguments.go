package draw

import (
	"fmt"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/span"
	"github.com/idemcheck/idemcheck/model"
)

// argumentsOf draws the arguments of an operation of a type: such that it fails, where the scenario
// is about that.
func (d *Draft) argumentsOf(typ string) map[string]any {
	t := d.contract.Operations[typ]
	out := d.arguments(t.Args)
	if d.Scenario.Failing {
		maps.Copy(out, dice.Pick(d.Dice, t.FailsWhen, "failure").Args)
	}
	return out
}

// arguments draws arguments.
func (d *Draft) arguments(args map[string]model.Arg) map[string]any {
	out := map[string]any{}
	offset, taken := map[string]int{}, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		a := args[name]
		switch {
		case a.Resource != "":
			pool := d.pool(args, a.Resource)
			if taken[a.Resource] == 0 {
				offset[a.Resource] = d.Between(0, pool-1, "resource")
			}
			n := (offset[a.Resource]+taken[a.Resource])%pool + 1
			taken[a.Resource]++
			out[name] = d.hold(a.Resource, fmt.Sprintf("%s-%d", a.Resource, n))
		case len(a.OneOf) > 0:
			out[name] = dice.Pick(d.Dice, a.OneOf, name)
		default:
			out[name] = span.Draw(d.T, a, name)
		}
	}
	return out
}

// pool is how many resources of a type a case chooses from: as many as one operation needs, and two
// unless all operations are to meet on the same ones.
func (d *Draft) pool(args map[string]model.Arg, typ string) int {
	n := 0
	for _, a := range args {
		if a.Resource == typ {
			n++
		}
	}
	if d.Scenario.OneResource {
		return n + d.more
	}
	return max(n, 2) + d.more
}

// hold adds a resource to the case, what it needs first, and returns its name.
func (d *Draft) hold(typ, name string) string {
	if slices.ContainsFunc(d.Case.Resources, func(r model.Resource) bool { return r.Name == name }) {
		return name
	}
	needs := d.contract.Resources[typ].Needs
	for _, need := range slices.Sorted(maps.Keys(needs)) {
		d.hold(needs[need], needs[need]+"-1")
	}
	d.Case.Resources = append(d.Case.Resources, model.Resource{Name: name, Type: typ})
	return name
}

// even draws the numbers of an operation anew, all of a range equally likely.
func (d *Draft) even(op model.PlannedOperation) {
	const widest = 1 << 24 // of a wider range it matters less
	args := d.contract.Operations[op.Type].Args
	for _, name := range slices.Sorted(maps.Keys(args)) {
		a := args[name]
		between := func(low, high int) int { return d.Between(low, high, name) }
		if a.Decimal != nil {
			op.Args[name] = span.Even(a, op.Args[name], widest, between)
		}
		_, number := op.Args[name].(int64)
		if number && len(a.OneOf) == 0 && a.Max-a.Min < widest {
			op.Args[name] = a.Min + int64(between(0, int(a.Max-a.Min)))
		}
	}
}
