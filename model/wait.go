package model

import (
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
