package runfolder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
	"github.com/idemcheck/idemcheck/harness/files"
)

// alone makes the folder a run's own: nobody else may write there until release, and what an
// earlier run left there is moved aside.
func (d *Folder) alone() (*Folder, error) {
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder for the run's files: %w", err)
	}
	hold, err := lease.Keep(d.path)
	if used, ok := errors.AsType[*lease.InUseError](err); ok {
		return nil, exit.Usage(fmt.Errorf("%w\n  next: wait for it, or give --out another folder", used))
	}
	if err != nil {
		return nil, err
	}
	d.Release = hold.Release
	if err := d.moveAside(); err != nil {
		return nil, errors.Join(err, d.Release())
	}
	return d, nil
}

// moveAside moves what an earlier run left in the folder into a folder of its own.
func (d *Folder) moveAside() error {
	names := []string{"plan.json", "history.jsonl", "verdict.json"}
	for n := range maxFound {
		names = append(names, Counterexample(n+1))
	}
	for _, name := range names {
		if _, err := os.Lstat(d.In(name)); err != nil {
			continue // it is not there, or writing it will say what is wrong
		}
		if d.Before == "" {
			path, err := files.MakeFolder(d.In("before-" + time.Now().Format("20060102-150405")))
			if err != nil {
				return err
			}
			d.Before = path
		}
		if err := os.Rename(d.In(name), filepath.Join(d.Before, name)); err != nil {
			return fmt.Errorf("moving an earlier run's files aside: %w", err)
		}
	}
	return nil
}

// linkLatest makes "latest", beside a run's folder, lead to it. Where there are no links, or
// something else has that name, there is none: it is a convenience.
func linkLatest(path string) {
	latest := filepath.Join(filepath.Dir(path), "latest")
	if info, err := os.Lstat(latest); err != nil || info.Mode()&os.ModeSymlink != 0 {
		replaceLink(latest, filepath.Base(path), path+".latest")
	}
}

// replaceLink makes a link under another name first, so that there is always one.
func replaceLink(link, to, fresh string) {
	if os.Symlink(to, fresh) != nil {
		return
	}
	if os.Rename(fresh, link) != nil {
		_ = os.Remove(fresh) // the link was ours
	}
}
