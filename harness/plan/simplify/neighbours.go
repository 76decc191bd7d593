package simplify

import (
	"fmt"
	"maps"

	"github.com/idemcheck/idemcheck/harness/plan/internal/request"
	"github.com/idemcheck/idemcheck/model"
)

// Crowd is a case with n neighbours of each of its operations: others like it at the same time,
// with keys and resources of their own. It returns false when two of them would be one to a
// service.
func Crowd(c model.Case, n int, contract *model.Contract) (model.Case, bool) {
	out := c.Clone()
	clients := 0
	for _, op := range c.Operations {
		clients = max(clients, op.Client+1)
	}
	for k := 2; k <= n+1; k++ {
		for _, one := range c.Resources {
			one.Name = fmt.Sprintf("%s-%d", one.Name, k)
			out.Resources = append(out.Resources, one)
		}
		for _, op := range c.Clone().Operations {
			op.Client += (k - 1) * clients
			out.Operations = append(out.Operations, another(op, &c, k))
		}
	}
	return out, request.OnePerRequest(&out, contract)
}

// another is neighbour number k of an operation.
func another(op model.PlannedOperation, c *model.Case, k int) model.PlannedOperation {
	op.ID = fmt.Sprint(op.ID, k)
	op.Key.Name = fmt.Sprintf("%s-%d", op.Key.Name, k)
	op.CorrelationID = fmt.Sprintf("%s-%d", op.CorrelationID, k)
	if op.Await != "" {
		op.Await = fmt.Sprint(op.Await, k)
	}
	op.Args = maps.Clone(op.Args)
	for _, one := range c.Resources {
		for name, v := range op.Args {
			if v == one.Name {
				op.Args[name] = fmt.Sprintf("%s-%d", v, k)
			}
		}
	}
	return op
}
