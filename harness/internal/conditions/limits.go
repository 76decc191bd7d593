package conditions

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
)

const (
	// maxBackoff bounds how long everybody waits because one answer asks for it.
	maxBackoff = 10 * time.Second
	// Reader is whom a refusal met that was an answer to a message without a key.
	Reader = ""
)

// limits follows the rate limit of a service: it counts what is sent, waits when an answer asks for
// it, and halves the rate after each refusal. The rate never rises again: what a service once
// refused it refuses again.
type limits struct {
	limiter *rate.Limiter
	mu      sync.Mutex
	// sent are the times of what was sent within the last second, resume is when anything may be sent
	// again, refusals what was refused, rate how much was sent in the second before the first
	// refusal of everybody, and status its status. All are protected by mu.
	sent     []time.Time
	resume   time.Time
	refusals []refusal
	rate     int
	status   int
}

// refusal is an answer that says "too many": who is a key, or [Reader].
type refusal struct {
	at  time.Time
	who string
}

// Refuses reports whether an answer says that the caller sends too much. 503 with Retry-After says
// so only to a reading: an operation may be told so because of its own key.
func Refuses(who string, status int, retryAfter time.Duration) bool {
	return status == http.StatusTooManyRequests ||
		who == Reader && status == http.StatusServiceUnavailable && retryAfter > 0
}

// wait waits until something may be sent, and counts it. Messages without a key are bounded only
// once the service has refused something.
func (l *limits) wait(ctx context.Context, who string) error {
	l.mu.Lock()
	resume, limited := l.resume, l.rate > 0
	l.mu.Unlock()
	if err := sleep.For(ctx, time.Until(resume)); err != nil {
		return err
	}
	if who != Reader || limited {
		if err := l.limiter.Wait(ctx); err != nil {
			return err
		}
	}
	l.count(time.Now())
	return nil
}

// count files that something is sent.
func (l *limits) count(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.within(now), now)
}

// within returns what was sent in the second before now.
func (l *limits) within(now time.Time) []time.Time {
	return slices.DeleteFunc(l.sent, func(t time.Time) bool { return now.Sub(t) > time.Second })
}

// refused files a refusal. When the service refuses everybody it makes everybody wait and halves
// the rate, once for all refusals of what was sent together.
func (l *limits) refused(who string, status int, retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.refusals = append(l.refusals, refusal{now, who})
	l.sent = l.within(now)
	if !l.everybody(window{now.Add(-time.Second), now}) || now.Before(l.resume) {
		return
	}
	if l.rate == 0 {
		l.rate, l.status = len(l.sent), status
	}
	l.resume = now.Add(min(max(retryAfter, time.Second), maxBackoff))
	lower := max(1, min(int(l.limiter.Limit()), len(l.sent))/2)
	l.limiter.SetLimit(rate.Limit(lower))
	l.limiter.SetBurst(max(1, lower/10))
}

// during reports whether the service refused everybody during a window.
func (l *limits) during(w window) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.everybody(w)
}

// everybody reports whether a reading was refused during a window, or more than one key was: one
// key that is refused again and again may be stuck. The caller holds the lock.
func (l *limits) everybody(w window) bool {
	met := map[string]bool{}
	for _, r := range slices.Backward(l.refusals) {
		if r.at.Before(w.from) {
			break
		}
		if !r.at.After(w.to) {
			met[r.who] = true
		}
	}
	return met[Reader] || len(met) > 1
}

// text says what was measured, and what to set.
func (l *limits) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("the service limits the rate (%d after %d requests within a second): "+
		"set target.max_rate: %d", l.status, l.rate, max(1, int(l.limiter.Limit())))
}

// met reports whether the service ever refused everybody.
func (l *limits) met() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rate > 0
}
