package underway

import (
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAtListsWhatHadBegunAndNotEnded: both ends count, since a case that fails at once begins and
// ends in one instant of virtual time.
func TestAtListsWhatHadBegunAndNotEnded(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to time.Duration
		want     []int
	}{
		{"over before", 0, time.Second, []int{}},
		{"ends just then", 0, 2 * time.Second, []int{1}},
		{"goes on", time.Second, 3 * time.Second, []int{1}},
		{"begins and ends just then", 2 * time.Second, 2 * time.Second, []int{1}},
		{"begins later", 3 * time.Second, 4 * time.Second, []int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s Spans
				start := time.Now()
				time.Sleep(c.to)
				s.Ended(1, start.Add(c.from))
				require.Equal(t, c.want, s.At(start.Add(2*time.Second)))
			})
		})
	}
}

// TestACaseThatRanTwiceIsListedOnce, in the order of their numbers, whoever ended first.
func TestACaseThatRanTwiceIsListedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Spans
		start := time.Now()
		time.Sleep(time.Second)
		var all sync.WaitGroup
		for _, i := range []int{7, 3, 7, 5} {
			all.Go(func() { s.Ended(i, start) })
		}
		all.Wait()
		require.Equal(t, []int{3, 5, 7}, s.At(start))
	})
}

func TestASentenceNamesEightCases(t *testing.T) {
	name := func(i int) string { return "scenario " + strconv.Itoa(i) }
	require.Equal(t, "none", Sentence(nil, name))
	require.Equal(t, "2 (scenario 2), 4 (scenario 4)", Sentence([]int{2, 4}, name))
	said := Sentence([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, name)
	require.Contains(t, said, "7 (scenario 7), 2 more")
	require.NotContains(t, said, "8 (")
}
