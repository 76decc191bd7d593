package execute

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute/internal/ageing"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// clients make the planned attempts of a case.
type clients struct {
	sender *sender
	faults []fault.Fault
}

// run runs every planned client in a goroutine of its own, one operation after another. They
// start a nanosecond apart, in the order of their numbers, so that virtual time orders them.
func (c clients) run(ctx context.Context) {
	byClient := map[int][]int{}
	for i, op := range c.sender.ops {
		byClient[op.Client] = append(byClient[op.Client], i)
	}
	var wg sync.WaitGroup
	for place, client := range slices.Sorted(maps.Keys(byClient)) {
		wg.Go(func() {
			if sleep.For(ctx, time.Duration(place)) != nil {
				return
			}
			for _, i := range byClient[client] {
				c.operation(ctx, i)
			}
		})
	}
	wg.Wait()
}

// count counts the planned clients.
func (c clients) count() int {
	numbers := map[int]bool{}
	for _, op := range c.sender.ops {
		numbers[op.Client] = true
	}
	return len(numbers)
}

// operation makes the planned attempts of one operation.
func (c clients) operation(ctx context.Context, i int) {
	op, p := c.sender.ops[i], &c.sender.progress[i]
	c.await(ctx, op)
	if sleep.For(ctx, op.After.Std()) != nil {
		return
	}
	for n := 1; n <= len(op.Attempts); {
		copies := c.copies(op.ID, n, len(op.Attempts))
		planned := op.Attempts[n-1]
		if !planned.Repeat && p.definite() {
			n += copies
			continue
		}
		if c.pass(ctx, i, planned.After.Std()) != nil {
			return
		}
		c.sideBySide(ctx, i, n, copies)
		n += copies
	}
	for range maxRenewals {
		if p.once || p.definite() || !p.wantsSession() || sleep.For(ctx, p.wait) != nil {
			return
		}
		c.sender.attempt(ctx, i, p.sent+1, false)
	}
}

// pass lets the wait before an attempt go by. Where its operation is the only one of the case, a
// wait for the expiry of its key is left out at a site that makes the record older instead.
func (c clients) pass(ctx context.Context, i int, wait time.Duration) error {
	s, p, op := c.sender, &c.sender.progress[i], c.sender.ops[i].record
	records := ageing.Records{
		By: s.binding.site.Ager, Kept: s.executor.Contract.Promises.Retention.Std(),
	}
	span := records.Span(wait)
	if span == 0 || len(s.ops) > 1 || op.Key == "" || p.sent == 0 {
		return sleep.For(ctx, max(wait, p.wait))
	}
	if err := sleep.For(ctx, p.wait); err != nil {
		return err
	}
	if err := records.Age(ctx, op, span, p.outcome); err != nil {
		s.recorder.Add(model.Event{
			Kind: model.Unreadable, Name: "how old the record of a key is",
			Err: s.binding.mask.Text(err.Error()),
		})
		p.once = true // what comes now would be judged by a guess
		return nil
	}
	s.recorder.Add(model.Event{Kind: model.ClockMoved, Span: span, Name: "records"})
	return nil
}

// maxRenewals is how many more attempts than planned an operation gets because the last of them was
// refused for want of a session.
const maxRenewals = 2

// copies says how many attempts from n on go out side by side.
func (c clients) copies(op string, n, planned int) int {
	for _, f := range c.faults {
		if f.Operation == op && f.Attempt == n && f.Copies > 1 {
			return min(f.Copies, planned-n+1)
		}
	}
	return 1
}

// sideBySide makes attempts n to n+copies-1 side by side and waits for all. No copy starts at the
// nanosecond at which another client does.
func (c clients) sideBySide(ctx context.Context, i, n, copies int) {
	if copies == 1 {
		c.sender.attempt(ctx, i, n, false)
		return
	}
	apart := c.count()
	var wg sync.WaitGroup
	for k := range copies {
		wg.Go(func() {
			if sleep.For(ctx, time.Duration(k*apart)) == nil {
				c.sender.attempt(ctx, i, n+k, false)
			}
		})
	}
	wg.Wait()
}

// maxAwaited is how many more attempts than planned an awaited operation gets, and firstAwait the
// wait before the first of them; it doubles.
const (
	maxAwaited = 4
	firstAwait = 5 * time.Millisecond
)

// await retries the earlier operation of the same client that an operation awaits, until it has a
// definite answer or its bound is reached: a service may answer "try again" first, and what comes
// after such an answer would be judged by a guess.
func (c clients) await(ctx context.Context, next *bound) {
	i := slices.IndexFunc(c.sender.ops, func(op *bound) bool {
		return op.ID == next.Await && op.Client == next.Client
	})
	if i < 0 {
		return
	}
	p, wait := &c.sender.progress[i], firstAwait
	for range maxAwaited {
		if p.once || p.definite() || sleep.For(ctx, max(wait, p.wait)) != nil {
			return
		}
		c.sender.attempt(ctx, i, p.sent+1, false)
		wait *= 2
	}
}
