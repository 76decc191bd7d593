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

// possible tells whether a fault could fire beside those that were drawn.
func (d *drawing) possible(kind fault.Kind, op string) bool {
	for _, f := range d.out.Faults {
		if planned(f.Kind).alone {
			return false
		}
	}
	row := planned(kind)
	return (!row.alone || len(d.out.Faults) == 0) && (!row.first || d.struck[op] == 0)
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
		return f.Kind.Traits().LeavesEarly && f.Operation == op && f.Attempt == n
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
	if draw := planned(kind).draw; draw != nil {
		draw(d, &f)
	}
	return f
}
