package reports

import (
	"io"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/trace"
	"github.com/idemcheck/idemcheck/reports/internal/lanes"
	"github.com/idemcheck/idemcheck/reports/internal/page"
)

// drawLanes draws a history: a lane for every client and one for the service, time flowing
// downwards, one line for every event, and what was found at the end.
func drawLanes(w io.Writer, h model.History, opts TextOptions) error {
	p := &page.Page{Opts: opts}
	showOperations(p, &h)
	lanes.Draw(p, &h, nil)
	return p.Print(w, "a history")
}

// traced gives every operation of a history a trace, and returns them by operation.
func traced(h *model.History) map[string]string {
	out := map[string]string{}
	for i := range h.Operations {
		op := &h.Operations[i]
		op.Trace = trace.ID(op.ID)
		out[op.ID] = op.Trace
	}
	return out
}
