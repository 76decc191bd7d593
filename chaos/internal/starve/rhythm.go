package starve

import "time"

// rhythm says when a whole process stops, as SIGSTOP or a busy machine stops it. Time is cut into
// windows, and each of the first ones may hold one stop. The zero value never stops.
type rhythm struct {
	seed   uint64
	window time.Duration
	// windows is how many windows may hold a stop, perMille how many of a thousand do.
	windows, perMille uint64
	// minSpan and maxSpan bound a stop; both are shorter than a window.
	minSpan, maxSpan time.Duration
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
		{window: 100 * ms, windows: 40, perMille: 300, minSpan: 5 * ms, maxSpan: 80 * ms},
		{window: 400 * ms, windows: 20, perMille: 300, minSpan: 100 * ms, maxSpan: 350 * ms},
		{window: 2000 * ms, windows: 5, perMille: 500, minSpan: 300 * ms, maxSpan: 1500 * ms},
		{window: 5000 * ms, windows: 3, perMille: 500, minSpan: 1000 * ms, maxSpan: 4500 * ms},
		// Stopped most of the time, as by a supervisor that saves power.
		{window: 1550 * ms, windows: 6, perMille: always, minSpan: 1400 * ms, maxSpan: 1401 * ms},
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
	stop := r.minSpan + time.Duration(mix(dice, 1)%uint64(r.maxSpan-r.minSpan))
	from := time.Duration(i)*r.window + time.Duration(mix(dice, 2)%uint64(r.window-stop))
	if at < from || at >= from+stop {
		return at
	}
	return from + stop
}
