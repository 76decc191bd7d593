package reports

import (
	"io"

	"github.com/idemcheck/idemcheck/model"
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
