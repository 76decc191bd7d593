package reports

import (
	"fmt"

	"github.com/idemcheck/idemcheck/model"
)

// further shows in brief the counterexamples of what most likely are other mistakes.
func (p *page) further(d *Document) {
	for i, c := range d.Verdict.Further {
		if i == 0 {
			p.heading("further counterexamples, most likely of other mistakes")
		}
		p.text(red, fmt.Sprintf("  %d. %s: ", i+2, c.Rule), c.Message)
		p.text(none, "     ", inBrief(&c))
		if i < len(d.Replays) {
			p.line(span{bold, "     replay it:  "}, span{cyan, d.Replays[i]})
		}
	}
}

// inBrief counts what is in a counterexample, and how sure it is.
func inBrief(c *model.Counterexample) string {
	out := fmt.Sprintf("case %d (%s); %s, %s, %s", c.Case, c.Scenario,
		plural(c.Operations, "operation", "operations"), plural(c.Attempts, "attempt", "attempts"),
		plural(c.Faults, "fault", "faults"))
	if c.Replays == 0 {
		return out + "; not replayed"
	}
	return fmt.Sprintf("%s; reproduced %d of %d%s", out, c.Reproduced, c.Replays, interferes(c))
}
