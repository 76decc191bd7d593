package lease

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockName is the name of the lock file inside a folder that is held.
const lockName = ".lock"

// InUseError is a folder that another run writes to.
type InUseError struct {
	Folder string
	owner  owner
}

// Error says who writes there.
func (e *InUseError) Error() string {
	if e.owner.PID == 0 {
		return fmt.Sprintf("the folder %s is in use by another run", e.Folder)
	}
	return fmt.Sprintf("the folder %s is in use by another run (process %d, since %s)",
		e.Folder, e.owner.PID, e.owner.Started.Format(time.RFC3339))
}

// Hold is a folder to which nobody else writes.
type Hold struct{ lock *flock.Flock }

// Keep holds a folder, which must exist, until Release. One that is held already is an
// [*InUseError].
func Keep(folder string) (*Hold, error) {
	path := filepath.Join(folder, lockName)
	lock := flock.New(path)
	ok, err := held(lock)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", folder, err)
	}
	if !ok {
		return nil, &InUseError{folder, read(path)}
	}
	if text, err := json.Marshal(self("")); err == nil {
		_ = os.WriteFile(path, text, 0o600) // it only tells others who is here
	}
	return &Hold{lock}, nil
}

// Release lets go of the folder.
func (h *Hold) Release() error { return remove(h.lock) }
