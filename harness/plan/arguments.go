package plan

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/model"
)

// argumentsOf draws the arguments of an operation of a type: such that it fails, where the scenario
// is about that.
func (d *drawing) argumentsOf(typ string) map[string]any {
	t := d.contract.Operations[typ]
	out := d.arguments(t.Args)
	if d.scenario.Failing {
		maps.Copy(out, pick(d, t.FailsWhen, "failure").Args)
	}
	return out
}

// arguments draws arguments.
func (d *drawing) arguments(args map[string]model.Arg) map[string]any {
	out := map[string]any{}
	offset, taken := map[string]int{}, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		a := args[name]
		switch {
		case a.Resource != "":
			pool := d.pool(args, a.Resource)
			if taken[a.Resource] == 0 {
				offset[a.Resource] = d.between(0, pool-1, "resource")
			}
			n := (offset[a.Resource]+taken[a.Resource])%pool + 1
			taken[a.Resource]++
			out[name] = d.hold(a.Resource, fmt.Sprintf("%s-%d", a.Resource, n))
		case len(a.OneOf) > 0:
			out[name] = pick(d, a.OneOf, name)
		default:
			out[name] = rapid.Int64Range(a.Min, max(a.Min, a.Max)).Draw(d.T, name)
		}
	}
	return out
}

// pool is how many resources of a type a case chooses from: as many as one operation needs, and two
// unless all operations are to meet on the same ones.
func (d *drawing) pool(args map[string]model.Arg, typ string) int {
	n := 0
	for _, a := range args {
		if a.Resource == typ {
			n++
		}
	}
	if d.scenario.OneResource {
		return n + d.more
	}
	return max(n, 2) + d.more
}

// hold adds a resource to the case, what it needs first, and returns its name.
func (d *drawing) hold(typ, name string) string {
	if slices.ContainsFunc(d.out.Resources, func(r model.Resource) bool { return r.Name == name }) {
		return name
	}
	needs := d.contract.Resources[typ].Needs
	for _, need := range slices.Sorted(maps.Keys(needs)) {
		d.hold(needs[need], needs[need]+"-1")
	}
	d.out.Resources = append(d.out.Resources, model.Resource{Name: name, Type: typ})
	return name
}

// even draws the numbers of an operation anew, all of a range equally likely.
func (d *drawing) even(op model.PlannedOperation) {
	const widest = 1 << 24 // of a wider range it matters less
	args := d.contract.Operations[op.Type].Args
	for _, name := range slices.Sorted(maps.Keys(args)) {
		a := args[name]
		_, number := op.Args[name].(int64)
		if number && len(a.OneOf) == 0 && a.Max-a.Min < widest {
			op.Args[name] = a.Min + int64(d.between(0, int(a.Max-a.Min), name))
		}
	}
}
