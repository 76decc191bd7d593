package pace

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
)

const ms = time.Millisecond

// each is one answer a run, of which so many took long and the others a millisecond.
func each(count, slow int, long time.Duration) *samples {
	s := &samples{}
	for i := range count {
		took := ms
		if i < slow {
			took = long
		}
		s.add([]answer{{took: took}})
	}
	return s
}

func TestThe99thPercentile(t *testing.T) {
	for _, c := range []struct{ count, slow, want int }{
		{0, 0, 0},
		{1, 0, 1},
		{1, 1, 500},
		{50, 1, 500},
		{99, 1, 500},
		{100, 0, 1},
		{100, 1, 1},
		{100, 2, 500},
		{101, 1, 1},
		{199, 1, 1},
		{199, 2, 500},
		{200, 2, 1},
		{200, 3, 500},
		{1000, 10, 1},
		{1000, 11, 500},
	} {
		got := each(c.count, c.slow, 500*ms).against(100 * ms)
		require.Equal(t, time.Duration(c.want)*ms, got.p99, "%d of %d", c.slow, c.count)
		require.Equal(t, c.slow, got.slower)
	}
}

func TestHowAServiceStands(t *testing.T) {
	for _, c := range []struct {
		name        string
		count, slow int
		real, exact standing
	}{
		{"nothing", 0, 0, few, few},
		{"one too few", 99, 0, few, few},
		{"just enough", 100, 0, met, met},
		{"one in a hundred may be slow", 100, 1, met, met},
		{"two may be chance, unless times are exact", 100, 2, near, missed},
		{"what is slow by chance once in a thousand is not slow", 100, 5, near, missed},
		{"what is slow more often is", 100, 7, missed, missed},
		{"few that are all slow are enough", 5, 5, missed, missed},
		{"one that is slow is not", 1, 1, few, few},
		{"nor are a few of which one is", 20, 1, few, few},
		{"many answers tell more", 1000, 30, missed, missed},
		{"a little more than one in a hundred", 1000, 12, near, missed},
	} {
		f := each(c.count, c.slow, 500*ms).against(100 * ms)
		require.Equal(t, c.real, f.standing(false), c.name)
		require.Equal(t, c.exact, f.standing(true), c.name)
	}
}

// TestAnswersOfOneRunMayHaveOneCause: twenty copies that wait for the same hiccup are one hiccup.
func TestAnswersOfOneRunMayHaveOneCause(t *testing.T) {
	s := each(180, 0, 0)
	copies := make([]answer, 20)
	for i := range copies {
		copies[i].took = 500 * ms
	}
	s.add(copies)
	f := s.against(100 * ms)
	require.Equal(t, 20, f.slower)
	require.Equal(t, near, f.standing(false))
	for range 19 {
		s.add(copies)
	}
	require.Equal(t, missed, s.against(100*ms).standing(false))
}

// TestWhoGaveUpDoesNotPass: an answer that nobody waited for says nothing, unless it was late already.
func TestWhoGaveUpDoesNotPass(t *testing.T) {
	s := each(100, 0, 0)
	s.add([]answer{{took: 50 * ms, open: true}})
	require.Equal(t, met, s.against(100*ms).standing(false), "one in a hundred")
	s.add([]answer{{took: 50 * ms, open: true}})
	require.Equal(t, blind, s.against(100*ms).standing(false))
	require.Equal(t, blind, s.against(100*ms).standing(true))
	f := s.against(40 * ms)
	require.Equal(t, 2, f.slower)
	require.Zero(t, f.blind)
}

// TestWhatAFaultHoldsIsNotSlow: a long answer may wait for a link that we made slow.
func TestWhatAFaultHoldsIsNotSlow(t *testing.T) {
	held := answer{took: 500 * ms, held: true}
	require.Equal(t, unclear, held.beside(100*ms))
	require.Equal(t, fast, held.beside(500*ms))
}

func TestABusyMachineExcusesWhatItMayHaveDone(t *testing.T) {
	busy := conditions.Calm{Late: 30 * ms, Stretched: 300, Why: "busy"}
	for _, c := range []struct {
		took int
		calm conditions.Calm
		want speed
	}{
		{100, conditions.Calm{}, fast},
		{101, conditions.Calm{}, slower},
		{103, conditions.Calm{Late: 4 * ms}, unclear},
		{105, conditions.Calm{Late: 4 * ms}, slower},
		{100, busy, fast},
		{101, busy, unclear},
		{900, busy, unclear}, // twice what our own work took, and ten times what was late
		{901, busy, slower},
		{201, conditions.Calm{Why: "busy"}, slower},
		{200, conditions.Calm{Why: "busy"}, unclear},
	} {
		got := answer{took: time.Duration(c.took) * ms, calm: c.calm}.beside(100 * ms)
		require.Equal(t, c.want, got, "%dms in %+v", c.took, c.calm)
	}
}

// TestChance compares with a sum that is written down: 1-0.99^10 and all of five.
func TestChance(t *testing.T) {
	require.InDelta(t, 0.0956179, atLeast(1, 10, 0.01), 1e-6)
	require.InDelta(t, 1e-10, atLeast(5, 5, 0.01), 1e-14)
	require.InDelta(t, 1, atLeast(0, 10, 0.01), 0)
	require.InDelta(t, 1, atLeast(3, 3, 1), 0)
	require.InDelta(t, 1, figure{}.chance(), 0)
}
