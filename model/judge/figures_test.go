package judge

import (
	"reflect"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// genFigures draws verdicts with nothing but figures, some with none.
func genFigures() gopter.Gen {
	return gen.SliceOfN(6, gen.IntRange(0, 3)).Map(func(n []int) verdict.Verdict {
		v := verdict.New()
		if n[0] == 0 {
			return v
		}
		long := value.Duration(time.Duration(n[2]) * time.Millisecond)
		v.Duration = long
		if n[1] > 0 {
			v.Latency = &tally.Latency{
				WithoutFaults: percentiles(n[1], long, 2*long, 3*long, 4*long),
				WithFaults:    percentiles(n[2], value.Duration(n[3]), value.Duration(n[4]), 3*long, 5*long),
			}
		}
		v.Runs = []verdict.RunFacts{{
			Tool: "devel", Target: "http://" + string(rune('a'+n[4])), Started: time.Unix(int64(n[5]), 0).UTC(),
		}}
		return v
	})
}

func TestMergingFiguresFollowsTheLaws(t *testing.T) {
	law(t, 300, func(a, b, c verdict.Verdict) bool {
		return reflect.DeepEqual(a, Merge(a, verdict.New())) &&
			reflect.DeepEqual(a, Merge(verdict.New(), a)) &&
			reflect.DeepEqual(Merge(a, b), Merge(b, a)) &&
			reflect.DeepEqual(Merge(Merge(a, b), c), Merge(a, Merge(b, c)))
	}, genFigures(), genFigures(), genFigures())
}

// TestMergingLeavesItsPartsAlone: parts are often kept and merged again.
func TestMergingLeavesItsPartsAlone(t *testing.T) {
	law(t, 100, func(a, b verdict.Verdict) bool {
		before := whole(a)
		if a.Latency != nil {
			kept := *a.Latency
			Merge(a, b)
			return *a.Latency == kept && whole(a) == before
		}
		Merge(a, b)
		return whole(a) == before
	}, genFigures(), genFigures())
}

func TestMergedFigures(t *testing.T) {
	ms := func(n int) value.Duration { return value.Duration(time.Duration(n) * time.Millisecond) }
	early, late := time.Unix(1, 0).UTC(), time.Unix(2, 0).UTC()
	a, b := verdict.New(), verdict.New()
	a.Duration, b.Duration = ms(1000), ms(500)
	a.Runs = []verdict.RunFacts{{Tool: "v1", Target: "http://a", Started: late}}
	b.Runs = []verdict.RunFacts{
		{Tool: "v1", Target: "http://a", Started: early}, {Tool: "v1", Target: "http://a", Started: late},
	}
	a.Latency = &tally.Latency{WithoutFaults: percentiles(10, ms(1), ms(2), ms(3), ms(9))}
	b.Latency = &tally.Latency{WithoutFaults: percentiles(5, ms(2), ms(2), ms(2), ms(2))}

	got := Merge(a, b)
	require.Equal(t, ms(1500), got.Duration)
	require.Equal(t, b.Runs, got.Runs)
	require.Equal(t, percentiles(15, ms(2), ms(2), ms(3), ms(9)), got.Latency.WithoutFaults)
}

// percentiles are P50, P90, P99 and Max of so many attempts.
func percentiles(attempts int, d ...value.Duration) tally.Percentiles {
	return tally.Percentiles{Attempts: attempts, P50: d[0], P90: d[1], P99: d[2], Max: d[3]}
}
