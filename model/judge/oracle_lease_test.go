package judge_test

import (
	"strconv"

	"github.com/idemcheck/idemcheck/model"
)

// die ends a first request that did nothing, and nobody tells the service: its key is held until the
// lease is over. Those who wait are answered that it is in flight.
func (c *call) die(r *shopRecord, reply func(*model.Answer)) {
	r.until = c.now + c.lease
	reply(nil)
	for _, waiting := range r.waiting {
		waiting(c.inFlight())
	}
	r.waiting = nil
}

// held is the record of a key, unless its first request died and the lease is over.
func (c *call) held(r *shopRecord) *shopRecord {
	if r == nil || r.until == 0 || c.now < r.until {
		return r
	}
	delete(c.records, c.identity())
	return nil
}

// inFlight answers that the first request is at work. With leases it asks to wait for one.
func (c *call) inFlight() *model.Answer {
	a := &model.Answer{Status: 409}
	if c.lease > 0 {
		a.Headers = map[string]string{"Retry-After": strconv.Itoa(c.lease / 1000)}
	}
	return a
}

// patient is for how much longer than usual a client waits before it tries again: often for as long as
// a lease lasts.
func (s *shop) patient() int {
	if s.lease > 0 && s.chance(60) {
		return s.lease + s.dice.IntN(2*s.lease)
	}
	return 0
}
