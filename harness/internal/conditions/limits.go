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
	// minCalm is for how long nobody must be refused before the rate rises again, maxCalm what that
	// grows to when the service refuses what rose, and riseEvery how often the rate then rises, by
	// one part in so many as riseShare of what was sent before the first refusal.
	minCalm, maxCalm, riseEvery, riseShare = 5 * time.Second, time.Minute, time.Second, 20
	// Reader is whom a refusal met that was an answer to a message without a key.
	Reader = ""
)

// limits follows the rate limit of a service: it counts what is sent, waits when an answer asks for
// it, and halves the rate after each refusal of everybody. After a calm time the rate rises again,
// slowly and never above what the contract allows. A refusal after a rise makes that time longer.
type limits struct {
	limiter *rate.Limiter
	// maxRate and maxBurst are what the contract allows.
	maxRate  rate.Limit
	maxBurst int
	mu       sync.Mutex
	// sent are the times of what was sent within the last second, resume is when anything may be sent
	// again, refusals what was refused, rate how much was sent in the second before the first
	// refusal of everybody, status its status, and lowered what the rate was last lowered to. All are
	// protected by mu.
	sent                  []time.Time
	resume                time.Time
	refusals              []refusal
	rate, status, lowered int
	// rises is when the rate may rise next, calm how long it must be calm before that, and rose tells
	// that it did since it was last lowered. All are protected by mu.
	rises time.Time
	calm  time.Duration
	rose  bool
	// met are the keys that were ever refused, and stuck those that are while new ones are served.
	// Both are protected by mu.
	met, stuck map[string]bool
}

// newLimits follows a limiter, nil for one that allows anything.
func newLimits(limiter *rate.Limiter) *limits {
	l := &limits{
		limiter: limiter, calm: minCalm, met: map[string]bool{}, stuck: map[string]bool{},
	}
	if limiter != nil {
		l.maxRate, l.maxBurst = limiter.Limit(), limiter.Burst()
	}
	return l
}

// refusal is an answer that says "too many": who is a key, or [Reader].
type refusal struct {
	at  time.Time
	who string
}

// Refuses reports whether an answer says that the caller sends too much.
func Refuses(status int) bool { return status == http.StatusTooManyRequests }

// wait waits until something may be sent, and counts it. Messages without a key are bounded only
// once the service has refused something.
func (l *limits) wait(ctx context.Context, who string) error {
	resume, limited := l.now()
	err := sleep.For(ctx, time.Until(resume))
	if err == nil && (who != Reader || limited) {
		err = l.limiter.Wait(ctx)
	}
	if err == nil {
		l.count(time.Now())
	}
	return err
}

// now says when anything may be sent again, and whether readers keep to the rate too.
func (l *limits) now() (resume time.Time, limited bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	resume, limited = l.resume, l.rate > 0
	l.rise(time.Now())
	return resume, limited
}

// rise lets the rate rise by a step when it was calm for long enough. The caller holds the lock.
func (l *limits) rise(now time.Time) {
	if l.rate == 0 || now.Before(l.rises) || l.limiter.Limit() >= l.maxRate {
		return
	}
	l.set(l.limiter.Limit() + rate.Limit(max(1, l.rate/riseShare)))
	l.rises, l.rose = now.Add(riseEvery), true
}

// set changes the rate, within what the contract allows. The caller holds the lock.
func (l *limits) set(to rate.Limit) {
	to = min(to, l.maxRate)
	l.limiter.SetLimit(to)
	l.limiter.SetBurst(max(1, min(l.maxBurst, int(to)/10)))
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

// pause makes everybody wait, because one answer asks for it.
func (l *limits) pause(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(min(wait, maxBackoff)); until.After(l.resume) {
		l.resume = until
	}
}

// stick files that a key is refused while new ones are served.
func (l *limits) stick(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stuck[key] = true
}

// sticks reports whether a key is refused while new ones are served.
func (l *limits) sticks(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stuck[key]
}

// refused files a refusal. When the service refuses everybody it makes everybody wait and halves
// the rate, once for all refusals of what was sent together. A key that is refused again may be
// stuck, which is no reason to send less: where the rate is why, new keys are refused too.
func (l *limits) refused(who string, status int, retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	again := who != Reader && l.met[who]
	l.refusals, l.met[who] = append(l.refusals, refusal{now, who}), true
	l.sent = l.within(now)
	everybody := l.everybody(window{now.Add(-time.Second), now})
	if again || !everybody || now.Before(l.resume) {
		return
	}
	if l.rate == 0 {
		l.rate, l.status = len(l.sent), status
	}
	if l.rose {
		l.calm = min(2*l.calm, maxCalm)
	}
	l.resume = now.Add(min(max(retryAfter, time.Second), maxBackoff))
	l.rises, l.rose = l.resume.Add(l.calm), false
	l.lowered = max(1, min(int(l.limiter.Limit()), len(l.sent))/2)
	l.set(rate.Limit(l.lowered))
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
		if !r.at.After(w.to) && !l.stuck[r.who] {
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
		"set target.max_rate: %d", l.status, l.rate, l.lowered)
}

// met reports whether the service ever refused everybody.
func (l *limits) ever() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rate > 0
}
