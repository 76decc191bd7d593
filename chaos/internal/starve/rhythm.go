package starve

import "time"

// rhythm says when a whole process stops, as SIGSTOP or a busy machine stops it. Time is cut into
// windows, and each of the first ones may hold one stop. The zero value never stops.
type rhythm struct {
	seed   uint64
	window time.Duration
	// windows is how many windows may hold a stop, perMille how many of a thousand do.
	windows, perMille uint64
	// shortest and longest bound a stop; both are shorter than a window.
	shortest, longest time.Duration
}

// rhythms are drawn from. Half of all processes never stop.
func rhythms() []rhythm {
	const ms, always = time.Millisecond, 1000
	return []rhythm{
		{},
		{},
		{},
		{},
		{},
		{window: 100 * ms, windows: 40, perMille: 300, shortest: 5 * ms, longest: 80 * ms},
		{window: 400 * ms, windows: 20, perMille: 300, shortest: 100 * ms, longest: 350 * ms},
		{window: 2000 * ms, windows: 5, perMille: 500, shortest: 300 * ms, longest: 1500 * ms},
		{window: 5000 * ms, windows: 3, perMille: 500, shortest: 1000 * ms, longest: 4500 * ms},
		// Stopped most of the time, as by a supervisor that saves power.
		{window: 1550 * ms, windows: 6, perMille: always, shortest: 1400 * ms, longest: 1401 * ms},
	}
}

// end returns when the process goes on that is stopped at a time; the time itself when it is not.
func (r rhythm) end(at time.Duration) time.Duration {
	if r.window == 0 {
		return at
	}
	i := uint64(at / r.window)
	dice := mix(r.seed, i)
	if i >= r.windows || dice%1000 >= r.perMille {
		return at
	}
	stop := r.shortest + time.Duration(mix(dice, 1)%uint64(r.longest-r.shortest))
	from := time.Duration(i)*r.window + time.Duration(mix(dice, 2)%uint64(r.window-stop))
	if at < from || at >= from+stop {
		return at
	}
	return from + stop
}
