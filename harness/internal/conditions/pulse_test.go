package conditions

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
)

// moment is a time so many milliseconds after a beginning.
func moment(ms int) time.Time {
	return time.UnixMilli(1_000_000).Add(time.Duration(ms) * time.Millisecond)
}

// span is the window from one moment to another.
func span(from, to int) window { return window{moment(from), moment(to)} }

func TestAPulseKnowsWhenItWasLate(t *testing.T) {
	p := &pulse{}
	p.next(moment(10))
	for _, at := range []int{10, 21, 90, 100, 114, 124} { // due: 10, 20, 31, 100, 110, 124
		p.woke(moment(at))
	}
	for _, tt := range []struct {
		name     string
		from, to int
		want     int
	}{
		{"before the first", 0, 9, 0},
		{"a millisecond is nothing", 15, 25, 0},
		{"the whole of it", 0, 120, 59},
		{"inside of it", 40, 50, 59},
		{"at its end", 90, 95, 59},
		{"after it", 91, 105, 0},
		{"a small one", 105, 124, 0},
		{"one that has not come yet", 120, 184, 50},
	} {
		require.Equal(t, time.Duration(tt.want)*time.Millisecond, p.worst(span(tt.from, tt.to)), tt.name)
	}
	var none *pulse
	require.Zero(t, none.worst(span(0, 1000)), "virtual time is never late")
}

func TestAPulseForgetsTheOldest(t *testing.T) {
	p := &pulse{}
	p.next(moment(0))
	for i := range maxLate + 1 {
		p.woke(moment(100 * (i + 1)))
	}
	require.LessOrEqual(t, len(p.late), maxLate)
	require.Zero(t, p.worst(span(0, 100)))
	last := 100 * (maxLate + 1)
	require.Equal(t, 90*time.Millisecond, p.worst(span(last, last)))
}

func TestAPulseIsNeverLateInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := &pulse{}
		begun := time.Now()
		go p.run(ctx)
		require.NoError(t, sleep.For(ctx, time.Second))
		require.Zero(t, p.worst(window{begun, time.Now()}))
		p.mu.Lock()
		due := p.due
		p.mu.Unlock()
		require.WithinDuration(t, begun.Add(time.Second+beat), due, beat, "it beats")
		cancel()
		synctest.Wait()
	})
}

func TestLatenciesAreTheLongestOfAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLatencies()
		begun := time.Now()
		at := func(from, to int) window {
			return window{begun.Add(stub.Milliseconds(from).Std()), begun.Add(stub.Milliseconds(to).Std())}
		}
		read := func(took int) {
			end := l.begin()
			require.NoError(t, sleep.For(t.Context(), stub.Milliseconds(took).Std()))
			end(true)
		}
		read(2) // to 2
		read(3) // to 5
		read(1) // to 6
		l.learn()
		read(300) // to 306
		read(4)   // to 310
		open := l.begin()
		require.NoError(t, sleep.For(t.Context(), stub.Milliseconds(90).Std()))
		for _, tt := range []struct {
			name          string
			from, to, max int
		}{
			{"the warm-up", 0, 5, 3},
			{"in the middle of a long one", 100, 200, 300},
			{"after it", 307, 309, 4},
			{"one under way", 320, 400, 90},
		} {
			maxWait, usual := l.worst(at(tt.from, tt.to))
			require.Equal(t, stub.Milliseconds(tt.max).Std(), maxWait, tt.name)
			require.Equal(t, stub.Milliseconds(2).Std(), usual)
		}
		open(false)
		maxWait, _ := l.worst(at(400, 400))
		require.Equal(t, Forever, maxWait, "it was never answered")
	})
}
