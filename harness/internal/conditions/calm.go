package conditions

import (
	"hash/fnv"
	"time"
)

// Calm is what a time was like in which something was timed. The zero value is a time without
// anybody else, as in virtual time.
type Calm struct {
	// Late is by how much this process was late at most, which may be too little to matter otherwise.
	Late time.Duration
	// Stretched is how many times longer than alone our own work took beside that of others, in
	// hundredths; zero means that nobody tried.
	Stretched int
	// Why says why what was timed says little: "" when it does. Void: it says nothing at all.
	Why  string
	Void bool
}

const (
	// maxStretched is up to which Stretched nobody else was at work, and lateFactor and
	// stretchedFactor how many times more than that slowed us others may have slowed the target.
	maxStretched, lateFactor, stretchedFactor = 150, 10, 2
)

// Limit is what something that is wanted within a time may have taken without being slower: busy
// machines slow others by more than us.
func (c Calm) Limit(wanted time.Duration) time.Duration {
	stretched := wanted * time.Duration(max(c.Stretched, 100)) / 100
	if c.Why == "" {
		return stretched + c.Late
	}
	return stretchedFactor*stretched + lateFactor*c.Late
}

// Timing begins to time something, and returns a function that tells, at its end, what the time
// since then was like. A busy machine slows a service that computes even where nothing is woken
// late, so both work for some milliseconds themselves.
func Timing(c *Conditions) (ended func() Calm) {
	if c == nil {
		return func() Calm { return Calm{} }
	}
	begun, before := time.Now(), stretched()
	return func() Calm {
		now := time.Now()
		out := Calm{
			Late:      max(c.Lateness(begun, now), c.pulse.worst(window{begun, now})),
			Stretched: max(before, stretched()),
		}
		for _, cause := range c.During(begun, now) {
			out.Why = c.Text(cause)
			out.Void = out.Void || cause.Kind != Starved
		}
		if out.Why == "" && (out.Late > minStarved || out.Stretched > maxStretched) {
			out.Why = "the machine was too busy: run idemcheck on a calmer one"
		}
		return out
	}
}

const (
	// chunks is of how many equal parts our own work is made, each of which hashes so many numbers and
	// takes less than a scheduler lets a process run; all of them together take longer than that.
	chunks, chunkSize = 40, 1 << 15
)

// stretched is how many times longer than alone some work took beside that of others, in
// hundredths: the quickest part of it had none beside it. It is 100 where time stands still.
func stretched() int {
	hash, quickest := fnv.New64a(), time.Duration(0)
	var number [8]byte
	begun := time.Now()
	for range chunks {
		from := time.Now()
		for range chunkSize {
			_, _ = hash.Write(number[:]) // a hash never fails
		}
		took := time.Since(from)
		if took == 0 {
			return 100
		}
		if quickest == 0 || took < quickest {
			quickest = took
		}
	}
	return int(100 * time.Since(begun) / (chunks * quickest))
}
