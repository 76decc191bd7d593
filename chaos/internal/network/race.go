package network

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model/fault"
)

// race joins the copies of a duplicate fault: it holds them back until all are there, releases
// them and measures how long all of them were at work.
type race struct {
	fault   *planned
	ordered bool
	release chan struct{}

	mu      sync.Mutex // never held while waiting
	arrived int
	started time.Time
	// broken is why the copies were not released together.
	broken string
	copies []chaos.Stay
	landed int
}

func newRace(f *planned, ordered bool) *race {
	return &race{
		fault: f, ordered: ordered, release: make(chan struct{}),
		copies: make([]chaos.Stay, max(f.Copies, 1)),
	}
}

// staggered reports whether the copies are released one after the other.
func (r *race) staggered() bool { return r.fault.Kind.Traits().Copied == fault.Staggered }

// wait holds a copy until it may go. It reports false when ctx has ended.
func (r *race) wait(ctx context.Context, i int) bool {
	r.arrive()
	select {
	case <-r.release:
	case <-ctx.Done():
		return false
	}
	return sleep(ctx, time.Until(r.goes(i)))
}

// goes is when copy i is released: at once, or i spans later for a stagger.
func (r *race) goes(i int) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.staggered() || r.broken != "" {
		return r.started
	}
	return r.started.Add(time.Duration(i) * r.fault.Span.Std())
}

func (r *race) arrive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arrived++
	if r.arrived == len(r.copies) {
		r.start()
	}
}

func (r *race) start() {
	if r.started.IsZero() {
		r.started = time.Now()
		close(r.release)
	}
}

// breakUp releases whoever waits when a copy cannot come; it does nothing after the release.
func (r *race) breakUp(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started.IsZero() {
		r.broken = why
		r.start()
	}
}

// sent notes that the last byte of copy i has been handed to the service. In an ordered net
// copies take turns within the microsecond after their release, which counts as one instant.
func (r *race) sent(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := time.Now()
	if began := at.Add(-microsecond); r.ordered && began.Before(r.started) {
		at = r.started
	} else if r.ordered {
		at = began
	}
	r.copies[i].Sent = at
}

// end notes that the work of copy i has ended: its first answer byte came, or its connection ended.
func (r *race) end(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	setOnce(&r.copies[i].Ended)
}

// land notes that nothing of copy i is under way any more, and reports whether that was the last.
func (r *race) land(i int) bool {
	r.end(i)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.landed++
	return r.landed == len(r.copies)
}

// stays returns how long each copy was with the service.
func (r *race) stays() []chaos.Stay {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.copies)
}

// result is how long two copies at least were at work together, 0 when none were, and what was
// seen. Where the clock did not move between the last release and the first answer, as in a
// bubble with virtual time, the copies were at work in the same instant, and the shortest
// duration stands for it. A real clock moves.
func (r *race) result() (overlap time.Duration, onTime bool, detail string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := "together"
	if r.staggered() {
		kind = "staggered"
	}
	n := len(r.copies)
	switch {
	case r.broken != "":
		return 0, false, fmt.Sprintf("%d copies %s: not released: %s", n, kind, r.broken)
	case r.landed < n:
		return 0, false, fmt.Sprintf("%d copies %s: only %d were made", n, kind, r.landed)
	case !r.allSent():
		return 0, false, fmt.Sprintf("%d copies %s: not all of them reached the service", n, kind)
	}
	overlap = r.overlap()
	if overlap < 0 {
		return 0, true, fmt.Sprintf("%d copies %s: no two were at work at once", n, kind)
	}
	overlap = max(overlap, 1)
	return overlap, true, fmt.Sprintf("%d copies %s: at work together for %v", n, kind, overlap)
}

func (r *race) allSent() bool {
	for _, c := range r.copies {
		if c.Sent.IsZero() {
			return false
		}
	}
	return true
}

// overlap is the longest time that two copies were at work together; it is negative when no two
// were.
func (r *race) overlap() time.Duration {
	maxOverlap := time.Duration(math.MinInt64)
	for i, a := range r.copies {
		for _, b := range r.copies[:i] {
			maxOverlap = max(maxOverlap, together(a, b))
		}
	}
	return maxOverlap
}

// together is how long two copies were at work at once, negative when one ended before the other
// was sent.
func together(a, b chaos.Stay) time.Duration {
	last := slices.MaxFunc([]time.Time{a.Sent, b.Sent}, time.Time.Compare)
	first := slices.MinFunc([]time.Time{a.Ended, b.Ended}, time.Time.Compare)
	return first.Sub(last)
}

// sleep waits for d and reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
