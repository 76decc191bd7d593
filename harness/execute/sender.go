package execute

import (
	"context"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute/internal/record"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/execute/internal/answers"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/model"
)

// maxRetryAfter caps how long a client waits because an answer asks it to, and drainLimit the wait
// for late arrivals.
const maxRetryAfter, drainLimit = 2 * time.Second, 10 * time.Second

// sender makes the attempts of one bound case, and keeps what their clients saw.
type sender struct {
	binding  *binding
	executor *Executor
	ops      []*bound
	net      chaos.Net
	recorder *record.Events
	// progress of every operation, by its place in ops. Each is used by one goroutine at a time.
	progress []progress
}

// newSender has sent nothing yet.
func newSender(b *binding, net chaos.Net, r *record.Events) *sender {
	out := &sender{
		binding: b, executor: b.executor, ops: b.ops, net: net, recorder: r,
		progress: make([]progress, len(b.ops)),
	}
	for i, op := range b.ops {
		out.progress[i].once = b.executor.Contract.Operations[op.Type].SentOnce()
	}
	return out
}

// progress is how far an operation has come.
type progress struct {
	mu sync.Mutex
	// sent is the number of the last attempt, outcome the best answer so far, wait what an
	// answer asked for. All are protected by mu: copies end side by side.
	sent    int
	outcome model.Outcome
	wait    time.Duration
	// again is true when the last answer asks to try again, vain when it says that there is nothing
	// better to come, and replayed when it carries the contract's replay marker. said is its status,
	// zero without any. All are protected by mu too.
	again, vain, replayed bool
	said                  int
	// signedOut is true when the last answer says to log in again; protected by mu.
	signedOut bool
	// once is true for an operation that is never sent again.
	once bool
	// rotation is the session in which the operation was sent first.
	rotation signin.Rotation
	// brief is true while attempts after healing wait for only a part of the contract's bound.
	brief bool
}

// begin files that an attempt is made, and reports whether it may be.
func (p *progress) begin(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.once && p.sent > 0 {
		return false
	}
	p.sent = max(p.sent, n)
	return true
}

// lastStatus is that of the last answer; zero without any.
func (p *progress) lastStatus() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said
}

// note files how an attempt of an operation ended.
func (p *progress) note(c *model.Contract, op *model.Operation, out chaos.Completion) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait, p.again = min(out.RetryAfter, maxRetryAfter), c.AsksAgain(out.Answer)
	p.vain, p.said, p.replayed = c.InVain(op, out.Answer), 0, false
	if out.Answer != nil {
		p.said, p.replayed = out.Answer.Status, out.Answer.ReplayMarker
	}
	p.signedOut = out.Answer != nil && c.Renews(op.Tenant, out.Answer.Status)
	if o := c.Outcome(op, out.Answer); p.outcome != model.OK && o != model.Info {
		p.outcome = o
	}
}

// settled reports whether there is a definite answer, or none to come because the operation fails
// by itself or is never sent again.
func (p *progress) settled() bool {
	if p.once || p.definite() {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.vain
}

// definite reports whether the operation has a definite answer.
func (p *progress) definite() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outcome == model.OK || p.outcome == model.Fail
}

// answered reports whether the last answer does not ask to try again; none at all does not.
func (p *progress) answered() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.once || !p.again
}

// attempt makes one attempt and records what its client saw.
func (s *sender) attempt(ctx context.Context, i, n int, final bool) {
	op, p := s.ops[i], &s.progress[i]
	if s.executor.wait(ctx, op) != nil || !p.begin(n) {
		return
	}
	as, err := sessionFor(ctx, s, i, n)
	s.recorder.Add(model.Event{
		Kind: model.Invoke, Operation: op.ID, Attempt: n, Final: final, Replica: op.replica(n),
		Stranger: op.stranger(n),
	})
	var head, payload []byte
	if err == nil {
		head, payload, err = s.binding.requests.request(op, n, as)
	}
	if err != nil {
		withoutSession(s, i, n, err)
		return
	}
	a := chaos.Attempt{
		Operation: op.ID, Number: n, Final: final, Replica: op.replica(n),
		Head: head, Payload: payload, Timeout: s.limit(i, n, final),
		Instant: s.executor.Service[op.Type] == 0,
	}
	out := s.net.Attempt(ctx, a)
	s.recorder.Add(model.Event{
		Kind: model.Return, Operation: op.ID, Attempt: n, Answer: out.Answer, Err: out.Err,
	})
	if out.Unread != "" {
		s.recorder.Add(answers.NotRead(op.ID, n, out.Unread))
	}
	p.note(s.executor.Contract, op.record, out)
	if !op.stranger(n) { // what a stranger is told says nothing about the credentials
		heedSession(s, op, as, out)
		s.heed(ctx, op, a, out)
	}
}

// limit is how long the client of an attempt waits for its answer.
func (s *sender) limit(i, n int, final bool) time.Duration {
	op, limit := s.ops[i], s.executor.patience(s.binding.plan, s.ops[i].ID, n)
	switch {
	case final && s.progress[i].brief:
		return s.executor.Contract.Recovery() / 4
	case final:
		// Nothing is lost any more, so that silence means something: wait as long as the
		// contract lets a key recover.
		return max(limit, s.executor.Contract.Recovery())
	case n <= len(op.Attempts) && op.Attempts[n-1].Timeout > 0:
		return op.Attempts[n-1].Timeout.Std()
	}
	return limit
}

// drain waits until everything under way has landed.
func (s *sender) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	if err := s.net.Drain(ctx); err != nil {
		s.recorder.Add(model.Event{Kind: model.Unreadable, Name: "the link", Err: err.Error()})
	}
}
