package warmup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// minControl is for how long at least nothing is sent.
const minControl = 300 * time.Millisecond

// changing says what changes although nothing is sent: then others write there, or the service
// works on by itself, and what a run would see proves nothing.
func changing(ctx context.Context, r *trial.Runner, cases []model.Case) []string {
	wait := max(minControl, r.Exec.Contract.Promises.Settle.Std())
	var seen []model.Event
	for _, c := range distinct(cases) { // one after the other: each makes resources
		if ctx.Err() == nil {
			seen = append(seen, r.Control(ctx, c, wait)...)
		}
	}
	read := lists.Where(seen, func(e model.Event) bool { return e.Kind != model.Unreadable })
	out := lists.Map(read, changed)
	slices.Sort(out)
	return slices.Compact(out)
}

// changed is the reason that an event gives.
func changed(e model.Event) string {
	if e.Kind == model.Listed {
		return fmt.Sprintf("ledger %s showed something new although nothing was sent: others write "+
			"there, or the service does later; give the run a place of its own, have items name their "+
			"operation (ledgers.%s.key or mark), or set promises.settle", e.Effect.Ledger, e.Effect.Ledger)
	}
	return fmt.Sprintf("%s changed to %s although nothing was sent: others write there, or the "+
		"service does later; leave it out of the state", e.Name, value.Text(e.Value))
}

// distinct are the first cases of every set of resources.
func distinct(cases []model.Case) []model.Case {
	var out []model.Case
	for _, c := range cases {
		same := func(o model.Case) bool { return slices.EqualFunc(o.Resources, c.Resources, sameType) }
		if !slices.ContainsFunc(out, same) {
			out = append(out, c)
		}
	}
	return out
}

func sameType(a, b model.Resource) bool { return a.Type == b.Type }
