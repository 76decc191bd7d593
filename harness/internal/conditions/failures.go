package conditions

import (
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/idemcheck/idemcheck/model/route"
)

// failures follow how many of the last operations the service failed, where no fault explains it,
// and end the run when a contract says so. A setup message counts where it fails: there is no
// operation then. Nil follows nothing.
type failures struct {
	stop route.StopOn
	mu   sync.Mutex
	// last are the newest of them, and said is the status that was too much; zero before that. Both
	// are protected by mu.
	last []served
	said int
}

// served is whether an operation, by its key, or a setup message without one was ever failed.
type served struct {
	key    string
	failed bool
}

// StopOn ends the run when too much fails; nil lets it go on.
func StopOn(c *Conditions, stop *route.StopOn) {
	if c != nil && stop != nil {
		c.failures = &failures{stop: *stop}
	}
}

// Served files the status of an answer that no fault explains, to an operation by its key, or to a
// setup message ([Reader]).
func Served(c *Conditions, key string, status int) {
	failed := status >= http.StatusInternalServerError
	if c != nil && c.failures != nil && (failed || key != Reader) {
		c.failures.note(served{key, failed}, status)
	}
}

// Overran reports whether more failed than the contract allows.
func Overran(c *Conditions) bool { return c != nil && c.failures.why() != "" }

func (f *failures) note(one served, status int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = slices.DeleteFunc(f.last, func(old served) bool {
		same := one.key != Reader && old.key == one.key
		one.failed = one.failed || same && old.failed
		return same
	})
	f.last = append(f.last, one)
	f.last = f.last[max(0, len(f.last)-f.stop.Last()):]
	if f.count() >= f.stop.Failures && f.said == 0 {
		f.said = status
	}
}

// count counts those that failed. The caller holds the lock.
func (f *failures) count() (n int) {
	for _, one := range f.last {
		if one.failed {
			n++
		}
	}
	return n
}

// why says that too much failed; "" while it did not.
func (f *failures) why() string {
	if f == nil {
		return ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.said == 0 {
		return ""
	}
	return fmt.Sprintf("the run was ended by target.stop_on: the service failed %d of %d operations "+
		"(at last with %d) where no fault explains it: find out why, or allow more",
		f.stop.Failures, f.stop.Last(), f.said)
}
