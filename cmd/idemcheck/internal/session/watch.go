package session

import (
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/latency"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/runfolder"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/model"
)

// watch saves and shows what a run does.
type watch struct {
	campaign.Unobserved
	folder *runfolder.Folder
	waits  *latency.Recorder
	bar    *terminal.Bar
	space  *runfolder.Disk
	// exchanges shows what was sent and answered; nil shows nothing.
	exchanges *exchanges
}

// Save implements [campaign.Observer].
func (w *watch) Save(h *model.History) error {
	w.waits.Add(h)
	w.exchanges.show(h)
	return w.folder.History.Add(h)
}

// Grow implements [campaign.Observer].
func (w *watch) Grow(p *model.Plan) error { return w.folder.SavePlan(p) }

// Progress implements [campaign.Observer].
func (w *watch) Progress(now campaign.Progress) { w.bar.Show(now) }

// Want implements [campaign.Observer].
func (w *watch) Want(model.Case) bool { return w.space.Room() }
