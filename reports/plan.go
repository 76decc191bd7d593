package reports

import (
	"io"

	"github.com/idemcheck/idemcheck/model"
)

// Plan lists what a plan will send, case by case: operations, attempts and the faults that strike
// them.
func Plan(w io.Writer, plan model.Plan, opts TextOptions) error {
	p := &page{opts: opts}
	p.line(span{bold, plural(len(plan.Cases), "case", "cases")}, span{none, seedText(plan.Seed)})
	for i := range plan.Cases {
		p.gap()
		p.plannedCase(&plan.Cases[i])
	}
	return p.writeTo(w, "a plan")
}
