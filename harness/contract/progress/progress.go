// Package progress holds the words by which answers say how far something is that was accepted.
package progress

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/meaning"
)

// IsTold reports whether a field of this name says how far something is.
func IsTold(name string) bool {
	words := meaning.Words(name)
	last := len(words) - 1
	return last >= 0 && (words[last] == "status" || words[last] == "state")
}

// IsPending reports whether a value of such a field says that something is not over yet.
func IsPending(value string) bool {
	return slices.Contains([]string{
		"pending", "processing", "accepted", "queued", "created", "new", "running", "started", "waiting",
		"submitted", "initiated", "received", "scheduled", "open", "inprogress",
	}, strings.Join(meaning.Words(value), ""))
}

// Failures are the values by which services say that something was not done.
func Failures() []string {
	return []string{"failed", "rejected", "declined", "canceled", "cancelled", "error"}
}

// Successes are those of which one says that it was.
func Successes() []string {
	return []string{"succeeded", "completed", "done", "finished", "success", "ok"}
}
