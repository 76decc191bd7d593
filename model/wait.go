package model

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// retryAfter is the header by which an answer asks to wait.
	retryAfter = "Retry-After"
	// longestWait is longer than anybody waits.
	longestWait = 365 * 24 * time.Hour
)

// Wait is how long to wait before a request is sent again, as its answer asks: zero when it does
// not ask, and a year when it names a date, which no history can be compared with. A second is
// added, because services round.
func (a *Answer) Wait() time.Duration {
	if a == nil || a.Headers[retryAfter] == "" {
		return 0
	}
	seconds, err := strconv.Atoi(strings.TrimSpace(a.Headers[retryAfter]))
	switch {
	case err != nil || seconds >= int(longestWait/time.Second):
		return longestWait
	case seconds <= 0:
		return 0
	}
	return time.Duration(seconds+1) * time.Second
}

// heldBeyond says that the last request of an operation was sent before the end of the time that
// the service asked to wait when it was first tried after healing, or "". One wait must be enough,
// however often it is asked for.
func (v *view) heldBeyond(s *subject, sent time.Duration) string {
	for _, h := range s.hits {
		wait := h.answer.Wait()
		if !v.open(h) || wait == 0 {
			continue
		}
		if sent >= h.answered+wait {
			return ""
		}
		return fmt.Sprintf("operation %s is asked to wait (%d, Retry-After: %s) for longer than was "+
			"waited: set promises.recovery to the longest that a key is held",
			s.ID, h.answer.Status, h.answer.Headers[retryAfter])
	}
	return ""
}
