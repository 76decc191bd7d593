// Package starve draws the pauses that a busy machine makes: any step of a case may wait before it
// goes on, and whole processes stop for a while. A pause depends on the seed of the case, on whose
// step it is, and on how often it was taken before. It never depends on which goroutine comes
// first, so the same seed gives the same pauses.
package starve

import (
	"hash/fnv"
	"math"
	"sync"
	"time"
)

// Source draws the pauses of one case. A nil Source never pauses.
type Source struct {
	seed  uint64
	begun time.Time
	// perMille is how many of a thousand steps pause, by step.
	perMille [steps]uint64
	stops    [processes]rhythm
	over     chan struct{}
	end      sync.Once
}

// New draws for a case that begins now. Seed 0 means no pauses: New returns nil.
func New(seed uint64) *Source {
	if seed == 0 {
		return nil
	}
	s := &Source{seed: seed, begun: time.Now(), over: make(chan struct{})}
	s.choose()
	return s
}

// Close ends the pauses that last. Nothing pauses afterwards.
func (s *Source) Close() {
	if s != nil {
		s.end.Do(func() { close(s.over) })
	}
}

// Of returns the steps of an address, such as "a/1". It is called once for every address.
func (s *Source) Of(address string) *Pauser {
	if s == nil {
		return nil
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(address)) // never fails
	return &Pauser{source: s, address: h.Sum64()}
}

// What numbers are drawn for. Numbers for different things have nothing in common.
const (
	forLevel uint64 = iota
	forStep
	forFavourite
	forRhythm
	forTogether
	forWindow
	forPause
	forLength
	forSpread
	forPart
)

// choose decides how this case differs from others: in some cases hardly any step pauses, in others
// every third; about half of the steps never pause; one step pauses half of the time. A mistake
// that needs two rare pauses and no others is found sooner so than if all cases had the same
// mixture.
func (s *Source) choose() {
	levels := [...]uint64{10, 50, 150, 350}
	level := levels[s.draw(forLevel)%uint64(len(levels))]
	for step := range s.perMille {
		if s.draw(forStep, uint64(step))%2 == 0 {
			s.perMille[step] = level
		}
	}
	s.perMille[s.draw(forFavourite)%uint64(steps)] = 500
	all := rhythms()
	for p := range s.stops {
		s.stops[p] = all[s.draw(forRhythm, uint64(p))%uint64(len(all))]
		s.stops[p].seed = s.draw(forWindow, uint64(p))
	}
	if s.draw(forTogether)%4 == 0 {
		s.stops[service] = s.stops[tool] // the machine is busy, not one process
	}
}

// draw returns a number that looks random, the same for the same case and the same arguments.
func (s *Source) draw(of ...uint64) uint64 { return mix(s.seed, of...) }

// pause is how long a step waits when it begins at a time since the case began; dice is its own
// number. Steps that wait for the end of one stop do not go on in the same instant: the scheduler
// would choose their order, and the next run would have another one.
func (s *Source) pause(at time.Duration, step Step, dice uint64) time.Duration {
	wait := time.Duration(0)
	if mix(dice, forPause)%1000 < s.perMille[step] {
		wait = min(length(mix(dice, forLength)), step.maxPause())
	}
	goesOn := s.stops[step.process()].end(at + wait)
	if goesOn > at+wait {
		wait = goesOn - at + time.Duration(mix(dice, forSpread)%uint64(time.Millisecond))
	}
	return wait
}

// length draws a pause: mostly some milliseconds, sometimes longer than a client waits for an
// answer, seldom longer than a contract lets a key recover. It has nanoseconds: planned times are
// whole microseconds, so a pause hardly ever ends in the same instant as anything else.
func length(dice uint64) time.Duration {
	kind, share := dice%100, float64(mix(dice)>>11)/(1<<53)
	switch {
	case kind < 55:
		return between(10*time.Microsecond, 5*time.Millisecond, share)
	case kind < 90:
		return between(5*time.Millisecond, 400*time.Millisecond, share)
	}
	return between(400*time.Millisecond, 4*time.Second, share)
}

// between returns the duration at a share of a logarithmic scale.
func between(low, high time.Duration, share float64) time.Duration {
	ratio := math.Log(float64(high) / float64(low))
	return time.Duration(float64(low) * math.Exp(share*ratio))
}

// mix makes one number of several, with the finaliser of splitmix64.
func mix(seed uint64, of ...uint64) uint64 {
	h := scramble(seed)
	for _, n := range of {
		h = scramble(h ^ scramble(n))
	}
	return h
}

func scramble(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
