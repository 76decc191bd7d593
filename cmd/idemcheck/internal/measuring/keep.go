package measuring

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// keeper saves the histories of cases that were called wrong, for `idemcheck judge`. All else it
// leaves to a watch.
type keeper struct {
	campaign.Observer
	folder  string
	subject subject.KnownService
	mu      sync.Mutex
	// last are the histories of the cases under way, by index, and err is the first failure. Protected
	// by mu.
	last map[int]*model.History
	err  error
}

// keep lets a run of a right subject be kept; it returns nil when nothing is to be.
func (m *measurement) keep(s subject.KnownService, w *watch) *keeper {
	if m.options.Keep == "" || !s.Right {
		return nil
	}
	return &keeper{Observer: w, folder: m.options.Keep, subject: s, last: map[int]*model.History{}}
}

// Save implements [campaign.Observer]: nobody knows yet what the history will be called.
func (k *keeper) Save(h *model.History) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last[h.Case] = h
	return nil
}

// Judged implements [campaign.Observer]: the history of a case that was called wrong is kept.
func (k *keeper) Judged(c model.Case, v verdict.Verdict) {
	k.Observer.Judged(c, v)
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.last[c.Index]
	delete(k.last, c.Index)
	if v.Verdict == verdict.Invalid && h != nil && k.err == nil {
		k.err = k.write(h, v.Violations[0].Rule)
	}
}

// write writes a file of one history, named after what it is accused of.
func (k *keeper) write(h *model.History, rule string) error {
	if err := os.MkdirAll(k.folder, 0o755); err != nil {
		return fmt.Errorf("making the folder for histories: %w", err)
	}
	name := fmt.Sprintf("%s.%s.seed%d.case%d.history.jsonl", rule, k.subject.Name, h.Seed, h.Case)
	return files.SaveHistory(filepath.Join(k.folder, name), files.Header{
		Seed: h.Seed, Contract: *k.subject.Contract,
	}, h, verdict.Invalid)
}

// failed returns why a history could not be written; nil for a nil keeper.
func (k *keeper) failed() error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}
