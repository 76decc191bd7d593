package harness

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
)

// maxRetryAfter caps how long a client waits because an answer asks it to.
const maxRetryAfter = 2 * time.Second

// driver sends the operations of one bound case.
type driver struct {
	*binding
	net      chaos.Net
	recorder *recorder
	// progress of every operation, by its place in binding.ops. Each is used by one goroutine
	// at a time.
	progress []progress
}

// progress is how far an operation has come.
type progress struct {
	mu sync.Mutex
	// sent is the number of the last attempt, outcome the best answer so far, wait what an
	// answer asked for. All are protected by mu: copies end side by side.
	sent    int
	outcome model.Outcome
	wait    time.Duration
	// again is true when the last answer asks to try again, also protected by mu.
	again bool
}

// note files how an attempt ended.
func (p *progress) note(o model.Outcome, wait time.Duration, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait, p.again = min(wait, maxRetryAfter), again
	if p.outcome != model.OK && o != model.Info {
		p.outcome = o
	}
}

// definite tells whether the operation has a definite answer.
func (p *progress) definite() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outcome == model.OK || p.outcome == model.Fail
}

// answered tells whether the last answer does not ask to try again; none at all does not.
func (p *progress) answered() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.again
}

// clients drives every planned client in a goroutine of its own, one operation after another. They
// start a nanosecond apart, in the order of their numbers, so that virtual time orders them.
func (d *driver) clients(ctx context.Context) {
	byClient := map[int][]int{}
	for i, op := range d.ops {
		byClient[op.Client] = append(byClient[op.Client], i)
	}
	var wg sync.WaitGroup
	for turn, client := range slices.Sorted(maps.Keys(byClient)) {
		wg.Go(func() {
			if sleep(ctx, time.Duration(turn)) != nil {
				return
			}
			for _, i := range byClient[client] {
				d.operation(ctx, i)
			}
		})
	}
	wg.Wait()
}

// clientCount counts the planned clients.
func (d *driver) clientCount() int {
	clients := map[int]bool{}
	for _, op := range d.ops {
		clients[op.Client] = true
	}
	return len(clients)
}

// operation makes the planned attempts of one operation.
func (d *driver) operation(ctx context.Context, i int) {
	op, p := d.ops[i], &d.progress[i]
	d.await(ctx, op)
	if sleep(ctx, op.After.Std()) != nil {
		return
	}
	for n := 1; n <= len(op.Attempts); {
		together := d.together(op.ID, n, len(op.Attempts))
		planned := op.Attempts[n-1]
		if !planned.Repeat && p.definite() {
			n += together
			continue
		}
		if sleep(ctx, max(planned.After.Std(), p.wait)) != nil {
			return
		}
		d.send(ctx, i, n, together)
		n += together
	}
}

// together says how many attempts from n on go out side by side.
func (d *driver) together(op string, n, planned int) int {
	for _, f := range d.plan.Faults {
		if f.Operation == op && f.Attempt == n && f.Copies > 1 {
			return min(f.Copies, planned-n+1)
		}
	}
	return 1
}

// send makes attempts n to n+copies-1 side by side and waits for all. No copy starts at the
// nanosecond at which another client does.
func (d *driver) send(ctx context.Context, i, n, copies int) {
	if copies == 1 {
		d.attempt(ctx, i, n, false)
		return
	}
	apart := d.clientCount()
	var wg sync.WaitGroup
	for k := range copies {
		wg.Go(func() {
			if sleep(ctx, time.Duration(k*apart)) == nil {
				d.attempt(ctx, i, n+k, false)
			}
		})
	}
	wg.Wait()
}

// attempt makes one attempt and records what its client saw.
func (d *driver) attempt(ctx context.Context, i, n int, final bool) {
	op, p := d.ops[i], &d.progress[i]
	if d.runner.wait(ctx, op) != nil {
		return
	}
	p.mu.Lock()
	p.sent = max(p.sent, n)
	p.mu.Unlock()
	limit := d.runner.patience(d.plan, op.ID, n)
	if final {
		// Nothing is lost any more, so that silence means something: wait as long as the
		// contract lets a key recover.
		limit = max(limit, d.runner.contract.Recovery())
	}
	if !final && n <= len(op.Attempts) && op.Attempts[n-1].Timeout > 0 {
		limit = op.Attempts[n-1].Timeout.Std()
	}
	head, payload := d.request(op, n)
	d.recorder.record(model.Event{Kind: model.Invoke, Operation: op.ID, Attempt: n, Final: final})
	a := chaos.Attempt{
		Operation: op.ID, Number: n, Final: final,
		Head: head, Payload: payload, Timeout: limit,
		Instant: d.runner.service[op.Type] == 0,
	}
	out := d.net.Attempt(ctx, a)
	d.recorder.record(model.Event{
		Kind: model.Return, Operation: op.ID, Attempt: n, Answer: out.Answer, Err: out.Err,
	})
	c := d.runner.contract
	p.note(c.Classify(op.Type, out.Answer), out.RetryAfter, c.AsksAgain(out.Answer))
	d.heed(ctx, op, a, out)
}

// settleApart keeps the order of the operations that are settled also in real time; the
// nanosecond keeps apart in virtual time what follows at whole microseconds.
const settleApart = 100*time.Microsecond + 1

// settle makes attempts after everything healed: retries until each operation is definite or the
// contract's bound is reached, and then one repeat of every operation that has a key, which must
// find it settled. Operations that a service may take for one another are settled one after
// another: side by side they would refuse each other, and nobody but us would be to blame.
func (d *driver) settle(ctx context.Context) {
	// From a whole microsecond on: the nanoseconds in between belong to attempts.
	begin := time.Now().Truncate(time.Microsecond).Add(time.Microsecond)
	var wg sync.WaitGroup
	for _, alike := range d.alike() {
		wg.Go(func() {
			if sleep(ctx, time.Until(begin)+time.Duration(alike[0])*settleApart) != nil {
				return
			}
			for _, i := range alike {
				d.finish(ctx, i)
			}
		})
	}
	wg.Wait()
}

// alike groups the places of operations that look like one operation on the wire (see
// [lookAlike]), in their order. An operation like none other is a group of its own.
func (d *driver) alike() [][]int {
	var groups [][]int
	for i, op := range d.ops {
		group := []int{i}
		groups = slices.DeleteFunc(groups, func(g []int) bool {
			like := slices.ContainsFunc(g, func(j int) bool {
				return lookAlike(d.runner.contract, d.ops[j].record, op.record)
			})
			if like {
				group = append(group, g...)
			}
			return like
		})
		slices.Sort(group)
		groups = append(groups, group)
	}
	return groups
}

// lookAlike reports whether a service may take two operations for one: they carry one key or, where
// one of them carries none, their payloads have the same marker or are the same.
func lookAlike(c *model.Contract, a, b *model.Operation) bool {
	if c.Key.Header != "" && a.Key != "" && b.Key != "" {
		return a.Key == b.Key
	}
	return a.Mark == b.Mark || a.Key != "" && a.Key == b.Key ||
		a.Method == b.Method && a.Path == b.Path && a.Body == b.Body
}

// finish settles one operation: it retries until the operation is definite, and then repeats it
// until the answer does not ask to try again, each within the contract's bound.
func (d *driver) finish(ctx context.Context, i int) {
	op, p := d.ops[i], &d.progress[i]
	if op.Key.Style == model.KeyMissing && !required(d.runner.contract) {
		return
	}
	const soon, later = 5 * time.Millisecond, 80 * time.Millisecond
	if !p.definite() {
		d.retry(ctx, i, soon, p.definite)
	}
	if p.definite() {
		d.retry(ctx, i, later, p.answered)
	}
}

// retry makes attempts after everything healed, one at least, until there is enough or the
// contract's bound is reached.
func (d *driver) retry(ctx context.Context, i int, wait time.Duration, enough func() bool) {
	const ceiling = 200 * time.Millisecond
	p, begun := &d.progress[i], time.Now()
	asked := begun
	for n := 0; ctx.Err() == nil; n++ {
		// When it was asked counts: what a late answer says may have been decided in time.
		if n > 1 && asked.Sub(begun) > d.recovery() {
			return
		}
		if n > 0 {
			if sleep(ctx, max(wait, p.wait)) != nil {
				return
			}
			wait = min(2*wait, ceiling)
		}
		asked = time.Now()
		if d.attempt(ctx, i, p.sent+1, true); enough() {
			return
		}
	}
}

// recovery is how long retries go on after everything healed: as long as the contract lets a key
// recover, and longer when this process or the target was late in this case.
func (d *driver) recovery() time.Duration {
	bound := d.runner.contract.Recovery()
	if d.runner.conditions == nil {
		return bound
	}
	late := d.runner.conditions.lateness(window{d.recorder.begun, time.Now()})
	return bound + min(maxPatience, patienceFactor*late)
}

// required tells whether operations without a key are refused.
func required(c *model.Contract) bool { return c.Key.Required != nil && *c.Key.Required }
