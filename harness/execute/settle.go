package execute

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute/internal/alike"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/model"
)

// settleApart keeps the order of the operations that are settled also in real time; the
// nanosecond keeps apart in virtual time what follows at whole microseconds.
const settleApart = 100*time.Microsecond + 1

// settler makes attempts after everything healed.
type settler struct{ sender *sender }

// settle makes attempts after everything healed: retries until each operation is definite or the
// contract's bound is reached, and then one repeat of every operation that has a key, which must
// find it settled. A repeat that asks to try again is repeated within the same bound; but before
// that, proved is asked whether what is seen already proves something: waiting may hide it.
//
// Operations that a service may take for one another are settled one after another: side by side
// they would refuse each other, and nobody but us would be to blame.
func (s settler) settle(ctx context.Context, proved func() bool) {
	s.settleSideBySide(ctx, proved)
	s.askAlone(ctx, proved)
	askAnew(ctx, s.sender, proved)
}

func (s settler) settleSideBySide(ctx context.Context, proved func() bool) {
	groups := alike.Groups(s.sender.executor.Contract, s.sender.binding.observer.Operations)
	left := make([][]int, len(groups))
	s.apart(ctx, groups, func(g int) { left[g] = s.finishUntilAskedAgain(ctx, groups[g]) })
	waiting := slices.DeleteFunc(left, func(g []int) bool { return len(g) == 0 })
	if len(waiting) == 0 {
		return
	}
	s.sender.drain(ctx)
	if proved() {
		return
	}
	s.apart(ctx, waiting, func(g int) {
		for n, i := range waiting[g] {
			if n > 0 {
				s.finish(ctx, i)
			}
			s.insist(ctx, i)
		}
	})
}

// askAlone asks once more for each operation that was asked to try again to the end, and for no
// other at the same time: whoever is asked for beside it may be why the service is busy.
func (s settler) askAlone(ctx context.Context, proved func() bool) {
	for i := range s.sender.ops {
		p := &s.sender.progress[i]
		if len(s.sender.ops) < 2 || p.settled() || !s.asksAgain(i) {
			continue
		}
		s.sender.drain(ctx)
		if ctx.Err() != nil || proved() {
			return
		}
		if s.sender.attempt(ctx, i, p.sent+1, true); p.definite() && ctx.Err() == nil {
			s.sender.attempt(ctx, i, p.sent+1, true)
		}
	}
}

// asksAgain reports whether the service answered an operation, after everything healed, that it may
// be tried again.
func (s settler) asksAgain(i int) bool {
	return slices.ContainsFunc(s.sender.recorder.Snapshot(), func(e model.Event) bool {
		return e.Kind == model.Answered && e.Final && e.Operation == s.sender.ops[i].ID &&
			s.sender.executor.Contract.AsksAgain(e.Answer)
	})
}

// apart calls settle for the place of every group, side by side, in an order that virtual time
// keeps.
func (s settler) apart(ctx context.Context, groups [][]int, settle func(g int)) {
	// From a whole microsecond on: the nanoseconds in between belong to attempts.
	begin := time.Now().Truncate(time.Microsecond).Add(time.Microsecond)
	var wg sync.WaitGroup
	for g, group := range groups {
		wg.Go(func() {
			if sleep.For(ctx, time.Until(begin)+time.Duration(group[0])*settleApart) == nil {
				settle(g)
			}
		})
	}
	wg.Wait()
}

// finishUntilAskedAgain settles the operations of a group and returns those that are left, the one
// whose repeat asks to try again first; nil when none does.
func (s settler) finishUntilAskedAgain(ctx context.Context, group []int) []int {
	for n, i := range group {
		s.finish(ctx, i)
		if p := &s.sender.progress[i]; p.definite() && !p.answered() {
			return group[n:]
		}
	}
	return nil
}

// finish settles one operation: it retries until the operation is definite, within the contract's
// bound, and then repeats it once.
func (s settler) finish(ctx context.Context, i int) {
	op, p := s.sender.ops[i], &s.sender.progress[i]
	key := s.sender.executor.Contract.Key
	if key.Keyless(op.Key.Style) && !key.IsRequired() {
		return
	}
	if !p.settled() {
		s.retry(ctx, i, firstWait, p.settled)
	}
	if !p.settled() && s.inVain(i) {
		s.retryBriefly(ctx, i)
	}
	if !p.settled() && s.waitAsAsked(ctx, i) {
		s.retry(ctx, i, firstWait, p.settled)
	}
	if s.sender.executor.Once {
		return
	}
	done := p.definite()
	if p.settled() && ctx.Err() == nil {
		s.sender.attempt(ctx, i, p.sent+1, true)
	}
	if !done && p.definite() && ctx.Err() == nil { // it failed before, and did not this time
		s.sender.attempt(ctx, i, p.sent+1, true)
	}
}

// insist repeats a definite operation until its answer does not ask to try again, within the
// contract's bound.
func (s settler) insist(ctx context.Context, i int) {
	const pause = 80 * time.Millisecond
	p := &s.sender.progress[i]
	if p.definite() && !p.answered() && sleep.For(ctx, max(pause, p.wait)) == nil {
		s.retry(ctx, i, 2*pause, p.answered)
	}
	if p.definite() && !p.answered() && s.waitAsAsked(ctx, i) {
		s.retry(ctx, i, 2*pause, p.answered)
	}
}

// After everything healed each wait is waitGrowth times the one before it, from firstWait on and
// up to maxWait. What is still at work shows mistakes to who asks soon; later, asking more often
// shows nothing more. maxWait is also no more than maxWaitShare percent of the contract's bound:
// only answers that are less than half of it apart show that a service goes on answering.
const (
	firstWait, waitGrowth = 5 * time.Millisecond, 3
	maxWait, maxWaitShare = 300 * time.Millisecond, 30
)

// longestWait is that between two attempts after everything healed.
func longestWait(c *model.Contract) time.Duration {
	return max(firstWait, min(maxWait, c.Recovery()*maxWaitShare/100))
}

// retry makes attempts after everything healed, one at least, until there is enough or the
// contract's bound is reached.
func (s settler) retry(ctx context.Context, i int, wait time.Duration, enough func() bool) {
	p, begun := &s.sender.progress[i], time.Now()
	asked := begun
	for n := 0; ctx.Err() == nil; n++ {
		// When it was asked counts: what a late answer says may have been decided in time.
		if n > 1 && asked.Sub(begun) > s.recovery() {
			return
		}
		if n > 0 {
			if sleep.For(ctx, max(wait, p.wait)) != nil {
				return
			}
			wait = min(waitGrowth*wait, longestWait(s.sender.executor.Contract))
		}
		asked = time.Now()
		if s.sender.attempt(ctx, i, p.sent+1, true); enough() {
			return
		}
	}
}

// inVain reports whether the last client waited for all of the contract's bound and heard nothing,
// while the service answered those before, too late, that they may try again; and whether a
// connection was cut under a request, which may be at work.
func (s settler) inVain(i int) bool {
	cut := slices.ContainsFunc(s.sender.recorder.Snapshot(), func(e model.Event) bool {
		return e.Kind == model.Answered && e.Operation == s.sender.ops[i].ID && e.Err == model.Cut
	})
	return cut && s.asksAgain(i) && s.sender.progress[i].answered()
}

// retryBriefly goes on with clients that do not wait for long: the answers show that the service is
// running all the while, so that the request nobody sees has had the time to end. A service that
// stops when its client leaves gets a patient one to the end.
func (s settler) retryBriefly(ctx context.Context, i int) {
	p := &s.sender.progress[i]
	p.brief = true
	s.retry(ctx, i, firstWait, p.settled)
	p.brief = false
	if !p.settled() && ctx.Err() == nil {
		s.sender.attempt(ctx, i, p.sent+1, true)
	}
}

// maxLease is for how long a key that the service says it holds is waited for.
const maxLease = time.Minute

// waitAsAsked waits until the end of the time that the service said, when it was first asked after
// everything healed, that it holds the key of an operation: what is executed behind such a lease is
// seen only then. It returns false when there is nothing left to wait for, or too much.
func (s settler) waitAsAsked(ctx context.Context, i int) bool {
	for _, e := range s.sender.recorder.Snapshot() {
		wait := e.Answer.Wait()
		if e.Kind != model.Answered || !e.Final || e.Operation != s.sender.ops[i].ID || wait == 0 ||
			!s.sender.executor.Contract.AsksAgain(e.Answer) {
			continue
		}
		left := e.At + wait - time.Since(s.sender.recorder.Begun)
		return wait <= maxLease && left > 0 && sleep.For(ctx, left) == nil
	}
	return false
}

// recovery is how long retries go on after everything healed: as long as the contract lets a key
// recover, and longer when this process or the target was late in this case.
func (s settler) recovery() time.Duration {
	bound := s.sender.executor.Contract.Recovery()
	if s.sender.executor.Conditions == nil {
		return bound
	}
	late := s.sender.executor.Conditions.Lateness(s.sender.recorder.Begun, time.Now())
	return bound + min(maxPatience, PatienceFactor*late)
}

// askAnew asks once more for each operation that the service refused for the rate, or failed, to
// the end: right after a new key was served with the same arguments. What is proven already is
// asked no more.
func askAnew(ctx context.Context, d *sender, proved func() bool) {
	e := d.executor
	for i, op := range d.ops {
		if e.Conditions == nil || e.Anew == nil || !failing(d, i) {
			continue
		}
		if d.drain(ctx); ctx.Err() != nil || proved() {
			return
		}
		conditions.Examine(ctx, e.Conditions, conditions.Refusal{
			Key: op.name(), Lasts: func() bool { return failing(d, i) },
			New: func(ctx context.Context) bool {
				return e.Anew(ctx, d.binding.plan, op.ID) || passing(d, i) && e.Elsewhere(ctx)
			},
			Ask: func(ctx context.Context) time.Duration {
				d.attempt(ctx, i, d.progress[i].sent+1, true)
				return d.progress[i].wait
			},
		})
	}
}

// passing reports whether an operation was told a failure that the contract calls transient: that
// must pass whatever the arguments are, as long as the service serves others.
func passing(d *sender, i int) bool {
	said := d.progress[i].lastStatus()
	return d.executor.Elsewhere != nil && said >= http.StatusInternalServerError &&
		slices.Contains(d.executor.Contract.Promises.Transient, said)
}

// failing reports whether an operation with a plain key was told at last, after everything healed,
// that too much is sent, or a failure that it is not known for. A failure that carries the marker
// of replays is of this key, and of no outage: the service says so itself.
func failing(d *sender, i int) bool {
	op, p, inFlight := d.ops[i], &d.progress[i], d.executor.Contract.Promises.InFlight
	if p.once {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	failed := p.said >= http.StatusInternalServerError && !p.replayed
	told := failed || p.said == http.StatusTooManyRequests
	return told && !p.vain && !slices.Contains(inFlight, p.said) &&
		op.record.Key != "" && op.Key.Style == model.KeyPlain
}

// MaxFinal bounds how many attempts are made at one operation after everything healed, in a run
// that nothing hinders: as often as its bound allows, with a brief client and after a wait that the
// service asked for, each time with the one that began it and the one that ended it, and repeats.
func MaxFinal(c *model.Contract) int {
	const retries, repeats, shorter = 3, 4, 4 // waits that are shorter than the longest
	return retries*(shorter+int(c.Recovery()/longestWait(c))+2) + repeats
}
