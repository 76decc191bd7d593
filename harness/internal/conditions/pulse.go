package conditions

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// beat is how often the pulse wakes.
	beat = 10 * time.Millisecond
	// minLate is from when on a late wake-up is remembered, and minStarved how late one must be at
	// least to say that somebody was starved: schedulers are late by a few milliseconds even
	// without load.
	minLate, minStarved = 5 * time.Millisecond, 20 * time.Millisecond
	// maxLate is how many late wake-ups are remembered; the older half is dropped when there are
	// more.
	maxLate = 1 << 13
)

// window is a time span of real time, both ends included.
type window struct{ from, to time.Time }

// meets reports whether two windows have a moment in common.
func (w window) meets(o window) bool { return !w.to.Before(o.from) && !o.to.Before(w.from) }

// pulse wakes every few milliseconds and notes how late it was: whoever is woken late measures
// nothing but the machine. A nil pulse, which virtual time has, is never late.
type pulse struct {
	mu sync.Mutex
	// due is when the next wake-up is due (zero before the first), late are the wake-ups that came
	// late: from when they were due to when they came. Both are protected by mu.
	due  time.Time
	late []window
}

// run beats until the context ends.
func (p *pulse) run(ctx context.Context) {
	t := time.NewTicker(beat)
	defer t.Stop()
	p.next(time.Now().Add(beat))
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			p.woke(time.Now())
		}
	}
}

// next says when the next wake-up is due.
func (p *pulse) next(due time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.due = due
}

// woke files a wake-up.
func (p *pulse) woke(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.due) >= minLate {
		p.late = append(p.late, window{p.due, now})
	}
	if len(p.late) > maxLate {
		p.late = slices.Delete(p.late, 0, maxLate/2)
	}
	p.due = now.Add(beat)
}

// worst returns how late the latest wake-up was that was late during a window; zero when none was.
// One that has not come yet counts as far as the window's end.
func (p *pulse) worst(w window) time.Duration {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var out time.Duration
	if overdue := w.to.Sub(p.due); !p.due.IsZero() && overdue >= minLate {
		out = overdue
	}
	for _, l := range slices.Backward(p.late) {
		if l.to.Before(w.from) {
			break
		}
		if l.meets(w) {
			out = max(out, l.to.Sub(l.from))
		}
	}
	return out
}
