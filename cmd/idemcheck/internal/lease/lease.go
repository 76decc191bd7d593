// Package lease keeps what belongs to a running command apart from what a killed one left behind: a
// lock file names the owner, and the kernel lets go of it when the owner is gone, however it went.
package lease

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	// prefix begins the names of leases, suffix ends those of their lock files.
	prefix, suffix = "idemcheck-", ".lock"
	// maxTries is how often a lease is tried for: the sweep of another start may take a lock file
	// between its making and its locking.
	maxTries = 10
)

// owner is what a lock file says, for people and for the next start.
type owner struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	// Toxiproxy is the API of the server on which the owner makes proxies; "" for none.
	Toxiproxy string `json:"toxiproxy,omitempty"`
}

// Lease is a name that no other run has. Its lock file stands beside the folder of that name.
type Lease struct {
	// Name is the name of the folder, and begins those of the proxies.
	Name string
	dir  string
	lock *flock.Flock
}

// Take takes a lease in a folder for temporary files. toxiproxy is the API of the server on which
// proxies of that name are made; "" for none.
func Take(dir, toxiproxy string) (*Lease, error) {
	text, err := json.Marshal(self(toxiproxy))
	if err != nil {
		return nil, fmt.Errorf("encoding the owner of a lock file: %w", err)
	}
	for range maxTries {
		l := &Lease{Name: prefix + fresh(), dir: dir}
		path := l.Folder() + suffix
		if err := create(path, text); err != nil {
			return nil, fmt.Errorf("making a lock file: %w", err)
		}
		l.lock = flock.New(path)
		ok, err := held(l.lock)
		if err != nil {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if ok {
			return l, nil
		}
	}
	return nil, fmt.Errorf("locking a file in %s: others took it %d times", dir, maxTries)
}

// self is the owner that this process is.
func self(toxiproxy string) owner {
	return owner{PID: os.Getpid(), Started: time.Now().UTC(), Toxiproxy: toxiproxy}
}

// fresh returns a name that nobody has.
func fresh() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return hex.EncodeToString(b[:])
}

// create makes a new file.
func create(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// held locks a file unless another process has, and reports whether it now holds the file that is
// there: one that was taken away in between is nobody's.
func held(lock *flock.Flock) (bool, error) {
	ok, err := lock.TryLock()
	if err != nil || !ok {
		return false, err
	}
	mine, err := lock.Stat()
	if err == nil {
		var there fs.FileInfo
		if there, err = os.Stat(lock.Path()); err == nil && os.SameFile(mine, there) {
			return true, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return false, errors.Join(err, lock.Close())
}

// Folder is the path of the lease's folder, which the caller makes if it needs one.
func (l *Lease) Folder() string { return filepath.Join(l.dir, l.Name) }

// Release removes the folder and ends the lease.
func (l *Lease) Release() error {
	return errors.Join(os.RemoveAll(l.Folder()), remove(l.lock))
}

// remove takes a lock file away and lets go of it.
func remove(lock *flock.Flock) error {
	err := os.Remove(lock.Path())
	if closed := lock.Close(); err != nil {
		return errors.Join(closed, os.Remove(lock.Path())) // where open files cannot be removed
	}
	return nil
}

// Left is what ends what runs left that were killed.
type Left struct {
	// Toxiproxy is the API of a server, and Proxies removes what a run of some name left there.
	Toxiproxy string
	Proxies   func(name string) error
	// Processes ends what a run started, of which its folder tells; nil ends nothing.
	Processes func(folder string) error
}

// Sweep removes what runs that were killed left in a folder for temporary files, what they started,
// and what they left on a Toxiproxy server. It goes on after an error.
func Sweep(dir string, left Left) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking for what earlier runs left: %w", err)
	}
	var all error
	for _, e := range entries {
		name, ours := strings.CutSuffix(e.Name(), suffix)
		if !ours || !strings.HasPrefix(name, prefix) || !e.Type().IsRegular() {
			continue
		}
		if err := sweepOne(&Lease{Name: name, dir: dir}, left); err != nil {
			all = errors.Join(all, fmt.Errorf("removing what %s left: %w", name, err))
		}
	}
	return all
}

// sweepOne removes what one run left, unless it runs.
func sweepOne(l *Lease, left Left) error {
	l.lock = flock.New(l.Folder()+suffix, flock.SetFlag(os.O_RDONLY))
	dead, err := held(l.lock)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil // gone, or somebody else's
	}
	if err != nil || !dead {
		return err
	}
	if left.Processes != nil {
		if err := left.Processes(l.Folder()); err != nil {
			return errors.Join(err, l.lock.Close())
		}
	}
	server := read(l.lock.Path()).Toxiproxy
	if server != "" && server != left.Toxiproxy {
		return errors.Join(os.RemoveAll(l.Folder()), l.lock.Close())
	}
	if server != "" {
		if err := left.Proxies(l.Name); err != nil {
			return errors.Join(err, l.lock.Close())
		}
	}
	return l.Release()
}

// read reads a lock file; what it does not say is unknown.
func read(path string) owner {
	var o owner
	if text, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(text, &o) // it may be empty, or of another program
	}
	return o
}
