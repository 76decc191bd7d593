package runfolder

import (
	"fmt"
	"sync/atomic"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

const (
	// minDisk is how many bytes the histories of any run may take, and caseDisk of a long one a
	// case: many times what cases of services take whose answers are small.
	minDisk, caseDisk = 180 << 20, 128 << 10
)

// Disk keeps a run from filling the disk with what a service answers: when its histories are over
// limit bytes, no more cases are begun.
type Disk struct {
	histories *files.HistoryWriter
	limit     int64
	full      atomic.Bool
}

// NewDisk watches the histories of a run of so many cases.
func NewDisk(histories *files.HistoryWriter, cases int) *Disk {
	return &Disk{histories: histories, limit: max(minDisk, int64(cases)*caseDisk)}
}

// Room reports whether another case may be begun.
func (d *Disk) Room() bool {
	if d.histories.Size() < d.limit {
		return true
	}
	d.full.Store(true)
	return false
}

// Doubt makes the verdict on a run unknown that ended because of the disk, unless it is invalid.
func (d *Disk) Doubt(r *campaign.RunResult) {
	if !d.full.Load() || r.Skipped == 0 {
		return
	}
	r.Verdict = judge.Merge(r.Verdict, UnknownVerdict(r.Plan.Seed, fmt.Sprintf(
		"%d cases were not begun, because the histories of the others take %d MB: what is answered or "+
			"listed is large; let ledgers list one resource, or run fewer --cases",
		r.Skipped, d.histories.Size()>>20)))
}

// UnknownVerdict is the verdict on what was not judged.
func UnknownVerdict(seed uint64, why string) verdict.Verdict {
	v := verdict.New()
	v.Verdict, v.Seed, v.Reasons = verdict.Unknown, seed, []string{why}
	return v
}
