package execute

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
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
	// again is true when the last answer asks to try again, and vain when it says that there is
	// nothing better to come. Both are protected by mu too.
	again, vain bool
	// brief is true while attempts after healing wait for only a part of the contract's bound.
	brief bool
}

// note files how an attempt of an operation ended.
func (p *progress) note(c *model.Contract, op *model.Operation, out chaos.Completion) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait, p.again = min(out.RetryAfter, maxRetryAfter), c.AsksAgain(out.Answer)
	p.vain = c.InVain(op, out.Answer)
	if o := c.Classify(op.Type, out.Answer); p.outcome != model.OK && o != model.Info {
		p.outcome = o
	}
}

// settled tells whether there is a definite answer, or none to come because the operation fails by
// itself.
func (p *progress) settled() bool {
	if p.definite() {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.vain
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
			if sleep.For(ctx, time.Duration(turn)) != nil {
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
	if sleep.For(ctx, op.After.Std()) != nil {
		return
	}
	for n := 1; n <= len(op.Attempts); {
		together := d.together(op.ID, n, len(op.Attempts))
		planned := op.Attempts[n-1]
		if !planned.Repeat && p.definite() {
			n += together
			continue
		}
		if sleep.For(ctx, max(planned.After.Std(), p.wait)) != nil {
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
			if sleep.For(ctx, time.Duration(k*apart)) == nil {
				d.attempt(ctx, i, n+k, false)
			}
		})
	}
	wg.Wait()
}

// attempt makes one attempt and records what its client saw.
func (d *driver) attempt(ctx context.Context, i, n int, final bool) {
	op, p := d.ops[i], &d.progress[i]
	if d.executor.wait(ctx, op) != nil {
		return
	}
	p.mu.Lock()
	p.sent = max(p.sent, n)
	p.mu.Unlock()
	head, payload := d.request(op, n)
	d.recorder.record(model.Event{Kind: model.Invoke, Operation: op.ID, Attempt: n, Final: final})
	a := chaos.Attempt{
		Operation: op.ID, Number: n, Final: final,
		Head: head, Payload: payload, Timeout: d.limit(i, n, final),
		Instant: d.executor.Service[op.Type] == 0,
	}
	out := d.net.Attempt(ctx, a)
	d.recorder.record(model.Event{
		Kind: model.Return, Operation: op.ID, Attempt: n, Answer: out.Answer, Err: out.Err,
	})
	if out.Unread != "" {
		d.recorder.record(notRead(op.ID, n, out.Unread))
	}
	p.note(d.executor.Contract, op.record, out)
	d.heed(ctx, op, a, out)
}

// limit is how long the client of an attempt waits for its answer.
func (d *driver) limit(i, n int, final bool) time.Duration {
	op, limit := d.ops[i], d.executor.patience(d.plan, d.ops[i].ID, n)
	switch {
	case final && d.progress[i].brief:
		return d.executor.Contract.Recovery() / 4
	case final:
		// Nothing is lost any more, so that silence means something: wait as long as the
		// contract lets a key recover.
		return max(limit, d.executor.Contract.Recovery())
	case n <= len(op.Attempts) && op.Attempts[n-1].Timeout > 0:
		return op.Attempts[n-1].Timeout.Std()
	}
	return limit
}
