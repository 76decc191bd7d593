// Package simplify makes a case smaller, or gives it neighbours: what the shrinker tries. It holds
// no dice.
package simplify

import (
	"reflect"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/kinds"
	"github.com/idemcheck/idemcheck/harness/plan/internal/request"
	"github.com/idemcheck/idemcheck/harness/plan/internal/span"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Simpler lists simpler cases than c, the boldest first: only the operations that the violation
// names, one fault only, fewer operations, fewer faults, fewer attempts, fewer copies, and at last
// simpler values.
func Simpler(c model.Case, named []string, contract *model.Contract) []model.Case {
	var out []model.Case
	add := func(next model.Case) {
		next = Normalize(next, contract)
		known := slices.ContainsFunc(out, func(o model.Case) bool { return reflect.DeepEqual(o, next) })
		if len(next.Operations) > 0 && size(&next) < size(&c) && !known {
			out = append(out, next)
		}
	}
	add(withoutPauses(c))
	fewerReplicas(c, add)
	only := Normalize(KeepOperations(c, named), contract)
	add(withoutFaults(only))
	for i := range only.Faults {
		add(atOnce(keepFault(only, i)))
		add(keepFault(only, i))
	}
	add(atOnce(only))
	add(only)
	add(atOnce(c))
	chunks(c, add)
	pairs(c, add)
	for i := range c.Operations {
		add(dropOperation(c, i))
	}
	add(withoutFaults(c))
	for i := range c.Faults {
		add(keepFault(c, i))
	}
	for i := range c.Faults {
		add(dropFault(c, i))
	}
	fewerAttempts(c, add)
	simplerValues(c, contract, add)
	return out
}

// fewerReplicas sends all attempts to the first replica, those of all operations but one, and then
// one attempt after the other.
func fewerReplicas(c model.Case, add func(model.Case)) {
	if c.Replicas() == 1 {
		return
	}
	first := func(here func(op, attempt int) bool) {
		out := c.Clone()
		for i := range out.Operations {
			for n := range out.Operations[i].Attempts {
				if here(i, n) {
					out.Operations[i].Attempts[n].Replica = 0
				}
			}
		}
		add(out)
	}
	first(func(int, int) bool { return true })
	for i := range c.Operations {
		first(func(op, _ int) bool { return op != i })
	}
	for i, op := range c.Operations {
		for n := range op.Attempts {
			first(func(o, a int) bool { return o == i && a == n })
		}
	}
}

// size is what cases are compared by: operations, faults and pauses first, then attempts and
// copies, then everything drawn.
func size(c *model.Case) int {
	w := 1_000_000*(len(c.Operations)+len(c.Faults)+nonZero(int(c.Starve))) +
		10_000*c.Attempts() + 100*len(c.Resources)
	for _, op := range c.Operations {
		w += nonZero(op.Client, int(op.After), len(op.Await))
		for _, a := range op.Attempts {
			w += nonZero(int(a.After), int(a.Timeout)) + 10*nonZero(a.Replica)
		}
		for _, v := range op.Args {
			w += span.Length(v)
		}
	}
	for _, f := range c.Faults {
		w += 1000*f.Copies + nonZero(f.PerMille, int(f.Span))
	}
	return w
}

// nonZero counts the values that are not zero.
func nonZero(values ...int) int {
	return len(lists.Where(values, func(v int) bool { return v != 0 }))
}

// KeepOperations keeps the operations of some names.
func KeepOperations(c model.Case, names []string) model.Case {
	c = c.Clone()
	c.Operations = slices.DeleteFunc(c.Operations, func(op model.PlannedOperation) bool {
		return !slices.Contains(names, op.ID)
	})
	return c
}

// maxPaired is up to how many operations every two are tried: of more there are too many pairs.
const maxPaired = 8

// chunks leaves out halves, and then quarters, of a case with many operations: leaving out one
// after the other would take long.
func chunks(c model.Case, add func(model.Case)) {
	n := len(c.Operations)
	if n <= 3 {
		return
	}
	for _, parts := range []int{2, 4} {
		for i := range parts {
			next := c.Clone()
			next.Operations = slices.Delete(next.Operations, i*n/parts, (i+1)*n/parts)
			add(next)
		}
	}
}

// pairs keeps two operations at a time of a case with many: a crowd is seldom needed.
func pairs(c model.Case, add func(model.Case)) {
	if len(c.Operations) <= 3 || len(c.Operations) > maxPaired {
		return
	}
	for i, a := range c.Operations {
		for _, b := range c.Operations[:i] {
			add(KeepOperations(c, []string{a.ID, b.ID}))
		}
	}
}

// dropOperation leaves one operation out.
func dropOperation(c model.Case, i int) model.Case {
	c = c.Clone()
	c.Operations = slices.Delete(c.Operations, i, i+1)
	return c
}

// withoutFaults leaves all faults out.
func withoutFaults(c model.Case) model.Case {
	c = c.Clone()
	c.Faults = nil
	return c
}

// keepFault keeps one fault.
func keepFault(c model.Case, i int) model.Case {
	c = c.Clone()
	c.Faults = c.Faults[i : i+1]
	return c
}

// atOnce takes away what depends on how long the service works: on a busy machine a share of that
// time falls elsewhere, so a case without one reproduces better, and everything tried after it is
// told apart more surely. Staggered duplicates become concurrent ones, and a gateway fails when it
// has the answer.
func atOnce(c model.Case) model.Case {
	c = c.Clone()
	for i := range c.Faults {
		kinds.AtOnce(&c.Faults[i])
	}
	return c
}

// dropFault leaves one fault out.
func dropFault(c model.Case, i int) model.Case {
	c = c.Clone()
	c.Faults = slices.Delete(c.Faults, i, i+1)
	return c
}

// fewerAttempts leaves attempts and copies out.
func fewerAttempts(c model.Case, add func(model.Case)) {
	for i, op := range c.Operations {
		if need := constraints.LastFault(&c, op.ID); need < len(op.Attempts) {
			next := c.Clone()
			next.Operations[i].Attempts = next.Operations[i].Attempts[:max(1, need)]
			add(next)
		}
		for n := len(op.Attempts); n > 1; n-- {
			add(dropAttempt(c, i, n))
		}
	}
	for i, f := range c.Faults {
		for _, copies := range []int{2, f.Copies / 2, f.Copies - 1} {
			if copies >= 2 && copies < f.Copies {
				next := c.Clone()
				next.Faults[i].Copies = copies
				add(next)
			}
		}
	}
}

// dropAttempt leaves attempt n out; faults on it go too, and those behind it move up.
func dropAttempt(c model.Case, i, n int) model.Case {
	c = c.Clone()
	op := &c.Operations[i]
	op.Attempts = slices.Delete(op.Attempts, n-1, n)
	c.Faults = slices.DeleteFunc(c.Faults, func(f fault.Fault) bool {
		return f.Operation == op.ID && f.Attempt == n && f.Copies <= 1
	})
	for j := range c.Faults {
		if f := &c.Faults[j]; f.Operation == op.ID && f.Attempt > n {
			f.Attempt--
		}
	}
	return c
}

// simplerValues takes waits away and makes arguments small.
func simplerValues(c model.Case, contract *model.Contract, add func(model.Case)) {
	next := c.Clone()
	for i := range next.Operations {
		op := &next.Operations[i]
		op.After = 0
		for j := range op.Attempts {
			op.Attempts[j].After = 0
		}
	}
	add(next)
	one, unawaited := c.Clone(), c.Clone()
	for i := range c.Operations {
		one.Operations[i].Client, unawaited.Operations[i].Await = 0, ""
	}
	add(one)
	add(unawaited)
	add(smallValues(c, contract))
	for i, f := range c.Faults {
		if f.PerMille > 0 && (f.Phase != "" || f.Kind.Traits().LeavesEarly) {
			next := c.Clone()
			next.Faults[i].PerMille = 0
			add(next)
		}
	}
}

// smallValues makes the arguments of all operations small, except where two would become one.
func smallValues(c model.Case, contract *model.Contract) model.Case {
	c = c.Clone()
	for i := range c.Operations {
		before := c.Operations[i].Args
		smallArgs(&c.Operations[i], contract)
		if !request.OnePerRequest(&c, contract) {
			c.Operations[i].Args = before
		}
	}
	return c
}

// smallArgs sets arguments to the least that the contract allows, all to the same, so that
// operations that were twins stay twins.
func smallArgs(op *model.PlannedOperation, contract *model.Contract) {
	args := map[string]any{}
	for name, v := range op.Args {
		args[name] = span.Min(contract.Operations[op.Type].Args[name], v)
	}
	op.Args = args
}

// Normalize makes a case consistent after something was taken away: faults need their attempts, and
// resources their operations.
func Normalize(c model.Case, contract *model.Contract) model.Case {
	c.Faults = slices.DeleteFunc(slices.Clone(c.Faults), func(f fault.Fault) bool {
		op := c.Operation(f.Operation)
		return op == nil || f.Attempt > len(op.Attempts)
	})
	if len(c.Faults) == 0 {
		c.Faults = nil // equal cases must look equal
	}
	for i := range c.Operations {
		op := &c.Operations[i]
		for len(op.Attempts) < constraints.LastFault(&c, op.ID) {
			op.Attempts = append(op.Attempts, model.PlannedAttempt{Repeat: true})
		}
		if !earlier(&c, i, op.Await) {
			op.Await = ""
		}
	}
	c.Resources = request.UsedResources(c, contract)
	return c
}

// earlier reports whether operation i comes after one with an ID, by the same client.
func earlier(c *model.Case, i int, id string) bool {
	return slices.ContainsFunc(c.Operations[:i], func(o model.PlannedOperation) bool {
		return o.ID == id && o.Client == c.Operations[i].Client
	})
}

// withoutPauses returns a case on a machine that is not busy.
func withoutPauses(c model.Case) model.Case {
	c = c.Clone()
	c.Starve = 0
	return c
}
