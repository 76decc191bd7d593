package pace

import (
	"math"
	"slices"
	"time"
)

const (
	// enough is how many answers a 99th percentile needs: of fewer the slowest one is it, so that a
	// single hiccup would decide.
	enough = 100
	// enoughRecoveries is how many keys must have recovered: where none of 30 was too slow, fewer than
	// one in ten is, at 95 % confidence.
	enoughRecoveries = 30
	// obvious is the chance below which nothing more is measured, once so many runs are: it is looked
	// at again and again.
	obvious, obviousRuns = chance / 1000, 5
	// chance is how often a service that is exactly as fast as wanted may look so slow that it counts
	// as slower, in real time; and then it must look so again.
	chance = 0.001
)

// speed is what an answer says of a threshold.
type speed int

const (
	fast speed = iota
	slower
	// unclear: its client gave up too early to tell, or a fault or a busy machine may be why it was
	// late.
	unclear
)

// beside compares an answer with what is wanted. That something is too fast never has an excuse.
func (a answer) beside(wanted time.Duration) speed {
	switch {
	case a.took > a.calm.Limit(wanted) && !a.held:
		return slower
	case a.took > wanted || a.open:
		return unclear
	}
	return fast
}

// samples are the answers of runs of cases, run by run.
type samples struct {
	runs  [][]answer
	count int
}

// add adds what one run showed.
func (s *samples) add(one []answer) {
	if len(one) > 0 {
		s.runs, s.count = append(s.runs, one), s.count+len(one)
	}
}

// with are these samples and others.
func (s *samples) with(o *samples) *samples {
	return &samples{slices.Concat(s.runs, o.runs), s.count + o.count}
}

// figure is what samples come to beside a threshold.
type figure struct {
	p99 time.Duration
	// count is how many answers there were, slower how many took longer than wanted, and blind of
	// how many that is unclear.
	count, slower, blind int
	// runs is how many runs of cases there were, and slowRuns in how many an answer took longer.
	runs, slowRuns int
}

// against compares samples with a threshold.
func (s *samples) against(wanted time.Duration) figure {
	out := figure{count: s.count, runs: len(s.runs)}
	all := make([]time.Duration, 0, s.count)
	for _, run := range s.runs {
		before := out.slower
		for _, a := range run {
			all = append(all, a.took)
			switch a.beside(wanted) {
			case slower:
				out.slower++
			case unclear:
				out.blind++
			}
		}
		if out.slower > before {
			out.slowRuns++
		}
	}
	out.p99 = percentile(all)
	return out
}

// percentile is the least duration that 99 of 100 do not exceed; zero without any. It sorts them.
func percentile(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[rank(len(all))-1]
}

// rank is that of the 99th percentile among so many, from 1.
func rank(n int) int { return (n*99 + 99) / 100 }

// standing is what can be said of a threshold.
type standing int

const (
	met standing = iota
	missed
	// few: there are too few answers; near: some are slower, and that may be chance; blind: of too
	// many that is unclear.
	few
	near
	blind
)

// standing says how a service stands. Exact are times that nothing but the service had a part in.
func (f figure) standing(exact bool) standing {
	allowed := f.count - rank(max(f.count, 1))
	switch {
	case f.count >= enough && f.slower+f.blind <= allowed:
		return met
	case f.chance() < chance || exact && f.count >= enough && f.slower > allowed:
		return missed
	case f.count < enough:
		return few
	case f.blind > 0:
		return blind
	}
	return near
}

// chance is how often a service that takes longer than wanted for one answer in a hundred is slow
// in so many runs. Answers of one run may have one cause, so that runs are counted: of those with m
// answers m in a hundred are slow at most.
func (f figure) chance() float64 {
	if f.runs == 0 {
		return 1
	}
	return atLeast(f.slowRuns, f.runs, min(1, float64(f.count)/float64(f.runs)/100))
}

// atLeast is how probable it is that k or more of n independent tries succeed.
func atLeast(k, n int, rate float64) float64 {
	if k <= 0 || rate >= 1 {
		return 1
	}
	sum := 0.0
	for i := k; i <= n; i++ {
		sum += math.Exp(choose(n, i) + float64(i)*math.Log(rate) + float64(n-i)*math.Log1p(-rate))
	}
	return min(1, sum)
}

// choose is the logarithm of the number of ways to choose k of n.
func choose(n, k int) float64 {
	of := func(n int) float64 { v, _ := math.Lgamma(float64(n) + 1); return v }
	return of(n) - of(k) - of(n-k)
}
