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
)

// keeper saves the histories of cases that were called wrong, for `idemcheck judge`.
type keeper struct {
	folder  string
	subject subject.Subject
	mu      sync.Mutex
	// last are the histories of the cases under way, by index, and err is the first failure. Protected
	// by mu.
	last map[int]*model.History
	err  error
}

// keep lets a run of a right subject be kept; it returns nil when nothing is to be.
func (m *measurement) keep(s subject.Subject, o *campaign.Options) *keeper {
	if m.Keep == "" || !s.Right {
		return nil
	}
	k := &keeper{folder: m.Keep, subject: s, last: map[int]*model.History{}}
	watched := o.Judged
	o.Save = k.save
	o.Judged = func(c model.Case, v model.Verdict) {
		watched(c, v)
		k.judged(c, v)
	}
	return k
}

// save implements harness.Options.Save: nobody knows yet what the history will be called.
func (k *keeper) save(h *model.History) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last[h.Case] = h
	return nil
}

// judged keeps the history of a case that was called wrong.
func (k *keeper) judged(c model.Case, v model.Verdict) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.last[c.Index]
	delete(k.last, c.Index)
	if v.Verdict == model.Invalid && h != nil && k.err == nil {
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
	}, h, model.Invalid)
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
