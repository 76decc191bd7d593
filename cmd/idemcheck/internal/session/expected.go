package session

import (
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/fault"
)

// expected says what a contract expects of time, and which cases of a plan measure that.
func expected(c *model.Contract, plan *model.Plan) []string {
	if c.Expect == nil {
		return nil
	}
	var out []string
	for _, name := range c.Expect.Names() {
		cases := casesUnder(plan, name)
		out = append(out, fmt.Sprintf("99 of 100 answers within %s %s: 100 are needed, and %d cases "+
			"show some", c.Expect.P99[name], under(name), cases))
	}
	if c.Expect.Recover > 0 {
		out = append(out, fmt.Sprintf("a key recovers within %s: 30 must, and %d cases have faults",
			c.Expect.Recover, len(plan.Cases)-casesUnder(plan, expect.Calm)))
	}
	return out
}

// under says in words what a threshold is for.
func under(name string) string {
	if name == expect.Calm {
		return "without faults"
	}
	return "under " + name
}

// casesUnder counts the cases of a plan that have a kind of fault, or no fault at all.
func casesUnder(plan *model.Plan, name string) int {
	return len(lists.Where(plan.Cases, func(c model.Case) bool {
		if name == expect.Calm {
			return len(c.Faults) == 0
		}
		return slices.ContainsFunc(c.Faults, func(f fault.Fault) bool { return string(f.Kind) == name })
	}))
}

// tooSlow says which operations took longer at best, while nothing else was sent, than a contract
// expects of most.
func tooSlow(c *model.Contract, checked *campaign.Checked) (out []string) {
	if c.Expect == nil || c.Expect.P99[expect.Calm] == 0 {
		return nil
	}
	wanted := c.Expect.P99[expect.Calm].Std()
	for _, l := range checked.Learnt {
		if l.Took > wanted {
			out = append(out, fmt.Sprintf("expect.p99.calm is %s, and %s took %s at best: write a "+
				"longer one, or mend that before a run", wanted, l.Type, l.Took.Round(10*time.Microsecond)))
		}
	}
	return out
}

// Unmeasured says of a history that was judged that nothing was measured again for its contract.
func Unmeasured(c *model.Contract) []string {
	if c.Expect == nil {
		return nil
	}
	return []string{"expect: how fast a service is, is measured while it runs and not judged by a " +
		"history: see verdict.json of the run, or replay its plan"}
}
