package captured

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/fault"
)

// expectations checks how fast a contract says that its service is.
func expectations(c *model.Contract) (out []problem.Problem) {
	if c.Expect == nil {
		return nil
	}
	names := []string{expect.Calm}
	for _, k := range fault.Kinds() {
		names = append(names, string(k.Kind))
	}
	for _, name := range c.Expect.Names() {
		path := problem.At("expect", "p99", name)
		wrong := func(message, advice string) {
			out = append(out, problem.Problem{Path: path, Message: message, Advice: advice})
		}
		d := c.Expect.P99[name].Std()
		switch {
		case !slices.Contains(names, name):
			wrong(fmt.Sprintf("there is no kind of fault %q", name), problem.Suggest(name, names))
		case name != expect.Calm && !c.Faults.Has(name):
			wrong(fmt.Sprintf("faults leaves %s out, so that nothing is measured under it", name),
				"remove this line, or let the fault be made")
		case d <= 0:
			wrong(fmt.Sprintf("the service cannot answer within %s", d), "write a time such as 200ms")
		case !c.Target.AutoTimeout && d >= c.Timeout():
			wrong(fmt.Sprintf("%s is not shorter than target.timeout (%s), after which clients give up",
				d, c.Timeout()), "write a shorter time, or a longer target.timeout")
		}
	}
	return append(out, recovers(c)...)
}

// recovers checks the time in which a key is to be answered again.
func recovers(c *model.Contract) []problem.Problem {
	d := c.Expect.Recover.Std()
	if d <= c.Recovery() {
		return nil
	}
	return []problem.Problem{{
		Path: problem.At("expect", "recover"),
		Message: fmt.Sprintf("%s is longer than promises.recovery (%s), after which a key counts as "+
			"stuck", d, c.Recovery()),
		Advice: fmt.Sprintf("write a shorter time, or `promises: {recovery: %s}`", d),
	}}
}
