package plan

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// mostStruck is how many attempts of one operation may meet a planned fault, so that it gets
// through.
const mostStruck = 3

// faults draws where faults strike. A later attempt of an operation is struck only when all before
// it were, so faults get rarer with each attempt.
func (d *drawing) faults() {
	d.struck = map[string]int{}
	if len(d.scenario.Faults) == 0 || len(d.out.Faults) > 0 { // the shape may have placed its own
		return
	}
	for range d.in(d.scenario.Strikes.or(Range{1, 2}), "strikes") {
		i := d.between(0, len(d.out.Operations)-1, "operation struck")
		op := &d.out.Operations[i]
		if d.struck[op.ID] >= mostStruck {
			continue
		}
		kind := pick(d, d.scenario.Faults, "fault")
		if !d.possible(kind, op.ID) {
			continue
		}
		f := d.fault(kind, d.struck[op.ID]+1)
		f.Operation = op.ID
		d.out.Faults = append(d.out.Faults, f)
		d.struck[op.ID] += max(1, f.Copies)
	}
	for i := range d.out.Operations {
		d.extend(&d.out.Operations[i])
	}
}

// possible tells whether a fault could fire beside those that were drawn. A partition holds
// everything, so that nothing else could be told from it. A disconnect must find the service at
// work: only the first attempt of an operation surely does.
func (d *drawing) possible(kind fault.Kind, op string) bool {
	for _, f := range d.out.Faults {
		if f.Kind == fault.Partition {
			return false
		}
	}
	switch kind {
	case fault.Partition:
		return len(d.out.Faults) == 0
	case fault.Disconnect:
		return d.struck[op] == 0
	}
	return true
}

// extend gives an operation an attempt for every fault, all of them made whatever the answers, and
// a retry after the last.
func (d *drawing) extend(op *model.PlannedOperation) {
	n := d.struck[op.ID]
	if n == 0 {
		return
	}
	op.Attempts = make([]model.PlannedAttempt, n+1)
	for i := range op.Attempts {
		op.Attempts[i].Repeat = true
		if i > 0 {
			op.Attempts[i].After = d.comeBack(op.ID, i)
		}
	}
}

// comeBack draws the wait after attempt n, which was struck. A client that hung up, or that a
// gateway sent away, comes back at once or after a while: while the service is still at work, or
// when it has finished.
func (d *drawing) comeBack(op string, n int) value.Duration {
	hungUp := slices.ContainsFunc(d.out.Faults, func(f fault.Fault) bool {
		leaves := f.Kind == fault.Disconnect || f.Kind == fault.GatewayError
		return leaves && f.Operation == op && f.Attempt == n
	})
	if hungUp && d.between(0, 1, "at once") == 0 {
		return 0
	}
	return d.backoff(n)
}

// repeats draws repeats after the answer.
func (d *drawing) repeats() {
	if d.scenario.Repeats == (Range{}) {
		return
	}
	for i := range d.out.Operations {
		op := &d.out.Operations[i]
		for range d.in(d.scenario.Repeats, "repeats") {
			after := d.pause()
			op.Attempts = append(op.Attempts, model.PlannedAttempt{After: after, Repeat: true})
		}
	}
}

// pause draws the wait before a repeat.
func (d *drawing) pause() value.Duration {
	if !d.scenario.Edge {
		return d.micros(d.scenario.Pause/2, max(d.scenario.Pause, 5*time.Millisecond), "pause")
	}
	retention := d.contract.Promises.Retention.Std()
	distance := pick(d, []time.Duration{time.Second, time.Minute, time.Hour}, "distance")
	if d.between(0, 1, "side of the edge") == 0 {
		nearest := min(distance, retention/2)
		return value.Duration(retention) - d.micros(time.Millisecond, nearest, "inside")
	}
	// Not much further than the retention itself: a short one is meant to be waited for.
	return value.Duration(retention) +
		d.micros(min(time.Second, retention/2), min(distance, retention), "outside")
}

// fault draws the parameters of one fault.
func (d *drawing) fault(kind fault.Kind, attempt int) fault.Fault {
	f := fault.Fault{Kind: kind, Attempt: attempt}
	limit := d.contract.Timeout()
	switch kind {
	case fault.RequestLost, fault.ResponseLost:
		f.Mode = pick(d, []fault.Mode{fault.BlackHole, fault.Reset, fault.Close}, "mode")
	case fault.RequestCut:
		f.Phase = pick(d, []fault.Phase{fault.Body, fault.Body, fault.Headers}, "phase")
		f.PerMille = d.between(0, 999, "per mille")
	case fault.ResponseCut:
		phases := []fault.Phase{fault.Body, fault.Headers, fault.StatusLine}
		f.Phase = pick(d, phases, "phase")
		f.PerMille = d.between(0, 999, "per mille")
	case fault.LateArrival:
		f.Span = d.micros(limit+20*time.Millisecond, limit+limit/2+20*time.Millisecond, "lateness")
	case fault.Delay:
		f.Mode = pick(d, []fault.Mode{fault.Upstream, fault.Downstream}, "direction")
		f.Span = d.micros(time.Millisecond, limit/3, "delay")
	case fault.Partition:
		f.Mode = pick(d, []fault.Mode{fault.Both, fault.Upstream, fault.Downstream}, "direction")
		f.Span = d.micros(limit*3/4, limit*2, "partition")
	case fault.Disconnect:
		f.Mode = pick(d, []fault.Mode{fault.Reset, fault.Close}, "mode")
		f.PerMille = d.between(0, 600, "per mille of the service time")
	case fault.Crash:
		if f.Point = pick(d, append([]string{""}, d.points...), "point"); f.Point == "" {
			f.Span = d.micros(0, limit/20, "crash")
		}
	case fault.HiddenDuplicate:
		f.Mode = pick(d, []fault.Mode{fault.AtOnce, fault.AfterAnswer}, "mode")
	case fault.GatewayError:
		f.Status = d.between(502, 504, "status")
		if f.Mode = pick(d, []fault.Mode{fault.AfterAnswer, ""}, "mode"); f.Mode == "" {
			f.PerMille = d.between(0, 900, "per mille of the service time")
		}
	default:
		d.burst(&f)
	}
	return f
}

// burst draws the parameters of duplicates, of slowness and of throttling.
func (d *drawing) burst(f *fault.Fault) {
	switch f.Kind {
	case fault.ConcurrentDuplicate:
		f.Copies = d.between(2, 6, "copies")
	case fault.StaggeredDuplicate:
		f.Copies = d.between(2, 4, "copies")
		f.Span = d.micros(200*time.Microsecond, 4*time.Millisecond, "stagger")
	case fault.Slow:
		f.Mode = pick(d, []fault.Mode{fault.Bandwidth, fault.Slicer, fault.SlowClose}, "mode")
		f.BytesPerSecond, f.SliceBytes = 0, 0
		switch f.Mode {
		case fault.Bandwidth:
			f.BytesPerSecond = 1024 * d.between(8, 64, "kilobytes per second")
		case fault.Slicer:
			f.SliceBytes = d.between(8, 64, "slice")
		default:
			f.Span = d.micros(time.Millisecond, 20*time.Millisecond, "slow close")
		}
	case fault.Throttled:
		f.Status = pick(d, []int{429, 503}, "status")
		after := []string{"0", "past", "", "0", "past", "", "0", "past", "1", "date"}
		f.RetryAfter = pick(d, after, "retry-after")
	}
}
