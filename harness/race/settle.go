package race

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/race/internal/compare"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
)

const (
	// readings is how often a count is read while it is waited for to stand still.
	readings = 4
	// patience is how many times as long as it must stand still a count is waited for.
	patience = 10
	// beyond is how many times as long as the race itself nothing may change afterwards, where a count
	// alone accuses: what others do in the meantime would most likely be seen then too. It is never
	// longer than maxBeyond.
	beyond    = 20
	maxBeyond = 10 * time.Second
)

// reading is a count, when it was read, and what shows that others change it.
type reading struct {
	count Count
	at    time.Time
	noise string
}

// before reads the count twice while nothing is sent.
func (r *racer) before(ctx context.Context) (count Count, noise string, err error) {
	if r.o.Counter == nil {
		return count, "", nil
	}
	first, err := r.o.Counter.Count(ctx)
	if err != nil {
		return first, "", err
	}
	if err := sleep.For(ctx, r.o.Settle); err != nil {
		return first, "", err
	}
	second, err := r.o.Counter.Count(ctx)
	if err == nil && compare.Changed(first, second) {
		noise = "the count changed before anything was sent"
	}
	return second, noise, err
}

// after reads the count until it stands still, and tells what came.
func (r *racer) after(ctx context.Context, before reading, seen compare.Evidence) *raced.Growth {
	still, err := r.still(ctx)
	if err != nil {
		return &raced.Growth{Unread: r.hider.Text(err.Error())}
	}
	out := compare.Growth(before.count, still.count, seen)
	out.Noise = before.noise
	if out.Noise == "" {
		out.Noise = still.noise
	}
	if out.Noise == "" && !out.Beyond(max(r.o.Each, 1)) &&
		out.New > max(r.o.Each, 1) {
		out.Noise = r.quiet(ctx, still, min(beyond*still.at.Sub(before.at), maxBeyond))
	}
	return out
}

// still reads until nothing changes for the time to settle. What never stands still is noise.
func (r *racer) still(ctx context.Context) (reading, error) {
	end := time.Now().Add(patience * r.o.Settle)
	last, err := r.read(ctx)
	for err == nil && time.Since(last.at) < r.o.Settle {
		if last.at.After(end) {
			last.noise = "the count did not stand still after the race"
			return last, nil
		}
		_ = sleep.For(ctx, max(r.o.Settle/readings, time.Millisecond)) // reading says what ended it
		var next reading
		if next, err = r.read(ctx); err == nil && compare.Changed(last.count, next.count) {
			last = next
		}
	}
	return last, err
}

func (r *racer) read(ctx context.Context) (reading, error) {
	if ctx.Err() != nil {
		return reading{}, ctx.Err()
	}
	at := time.Now()
	count, err := r.o.Counter.Count(ctx)
	return reading{count: count, at: at}, err
}

// quiet watches for a time that nothing changes any more, and says what does.
func (r *racer) quiet(ctx context.Context, last reading, span time.Duration) string {
	for end := last.at.Add(span); time.Now().Before(end); {
		_ = sleep.For(ctx, max(span/(2*readings), time.Millisecond))
		next, err := r.read(ctx)
		switch {
		case err != nil:
			return "the count could not be watched after the race: " + r.hider.Text(err.Error())
		case compare.Changed(last.count, next.count):
			return "the count changed again when nothing was at work any more"
		}
	}
	return ""
}
