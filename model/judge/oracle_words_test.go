package judge_test

import (
	"cmp"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// meaning says what an answer means: done, refused, or nobody knows.
func (b *bruteCase) meaning(o *bruteOp, a *model.Answer) model.Outcome {
	switch {
	case a == nil:
		return model.Info
	case slices.Contains(o.typ.OK, a.Status), b.saysDone(a.Status) && !b.twofold(a.Status):
		return model.OK
	case b.settlesNothing(a.Status):
		return model.Info
	case slices.Contains(o.typ.Refused, a.Status), b.refusesKeys(a.Status):
		return model.Fail
	}
	return model.Info
}

func (b *bruteCase) saysDone(status int) bool { return slices.Contains(b.promises.Done, status) }

func (b *bruteCase) retries(status int) bool {
	return slices.Contains(b.promises.InFlight, status) || slices.Contains(b.promises.Transient, status) ||
		b.wantsLogin(status)
}

// wantsLogin: a session has ended, and whoever logs in anew may try again.
func (b *bruteCase) wantsLogin(status int) bool {
	return b.contract.Session != nil && slices.Contains(b.contract.Session.RenewOn, status)
}

// burnt: who asks is told to log in again, and is let in everywhere else.
func (b *bruteCase) burnt(o *bruteOp, status int) bool {
	return b.wantsLogin(status) && b.letIn[o.Tenant+"/"]
}

func (b *bruteCase) refusesKeys(status int) bool {
	p := b.promises
	return slices.Contains(slices.Concat(
		p.Missing, p.Malformed, p.TooLong, p.Mismatch, p.SameBody, p.Expired), status)
}

// twofold: "done before", or something else about the key.
func (b *bruteCase) twofold(status int) bool {
	return b.saysDone(status) && (b.retries(status) || b.refusesKeys(status))
}

func (b *bruteCase) settlesNothing(status int) bool { return b.retries(status) || b.twofold(status) }

// onlySaysDone: an ok answer that shows nothing but that there was one before.
func (b *bruteCase) onlySaysDone(o *bruteOp, r *bruteRequest) bool {
	return b.saysDone(r.answer.Status) && !slices.Contains(o.typ.OK, r.answer.Status)
}

func (b *bruteCase) shown(o *bruteOp) []*bruteRequest {
	return those(o.oks, func(r *bruteRequest) bool { return !b.onlySaysDone(o, r) })
}

// refusesWork: the answer refuses what was asked, and not the key.
func (b *bruteCase) refusesWork(o *bruteOp, r *bruteRequest) bool {
	shared := some(b.ops, func(x *bruteOp) bool { return x != o && x.name != "" && x.name == o.name })
	return slices.Contains(o.typ.Refused, r.answer.Status) &&
		(!shared || !slices.Contains(b.promises.Mismatch, r.answer.Status))
}

// spoilt reports whether a key is none.
func spoilt(style model.KeyStyle) bool {
	good := []model.KeyStyle{
		model.KeyPlain, model.KeyLong, model.KeyCase, model.KeySpaces, model.KeyHash, model.KeyMissing,
	}
	return !slices.Contains(good, style)
}

func (b *bruteCase) keysRequired() bool {
	return b.contract.Key.Required != nil && *b.contract.Key.Required
}

// keyRefused: the contract refuses the operation for its key alone.
func (b *bruteCase) keyRefused(o *bruteOp) bool {
	return b.spoiltFor(o) || o.KeyStyle == model.KeyMissing && b.keysRequired()
}

// keyless: nothing is promised about repeats.
func (b *bruteCase) keyless(o *bruteOp) bool {
	none := o.KeyStyle == model.KeyMissing && !b.keysRequired()
	return none || spoilt(o.KeyStyle) && !b.spoiltFor(o)
}

// spoiltFor: a key is none, and the contract says what is answered to that.
func (b *bruteCase) spoiltFor(o *bruteOp) bool {
	declared := len(b.promises.Malformed) > 0 ||
		o.KeyStyle == model.KeyTooLong && len(b.promises.TooLong) > 0 ||
		o.KeyStyle == model.KeyEmpty && b.contract.Key.Empty == model.EmptyIsRefused
	return spoilt(o.KeyStyle) && declared
}

// sameKey: the service takes the keys of two operations for one.
func (b *bruteCase) sameKey(x, y *bruteOp) bool {
	within := func(scope string, same bool) bool {
		return same || !slices.Contains(b.contract.Key.Scope, scope)
	}
	return x != y && x.name != "" && x.name == y.name && !spoilt(x.KeyStyle) && !spoilt(y.KeyStyle) &&
		within("tenant", x.Tenant == y.Tenant) &&
		within("route", x.Method == y.Method && x.Route == y.Route)
}

// elsewhere: two operations belong to different callers or routes.
func elsewhere(x, y *bruteOp) bool {
	return x.Tenant != y.Tenant || x.Route != y.Route || x.Method != y.Method
}

// start is when the first attempt began.
func (o *bruteOp) start() moment {
	if len(o.tries) == 0 {
		return moment{at: unseen}
	}
	return o.tries[0].invoked
}

// arrival is the earliest moment at which a request of an operation may have been at the service.
func (o *bruteOp) arrival() moment {
	var all []moment
	for _, r := range o.requests {
		t := o.try(r.attempt)
		switch {
		case t != nil && (!r.whole || !r.sent.seen()):
			all = append(all, t.invoked)
		case r.sent.seen():
			all = append(all, r.sent)
		}
	}
	if len(all) == 0 {
		return o.start()
	}
	return slices.MinFunc(all, func(x, y moment) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.place, y.place))
	})
}

// before: x had its answer when y was sent.
func before(x, y *bruteRequest) bool {
	return x.answered.seen() && y.sent.seen() && x.answered.before(y.sent)
}

// together: two whole requests may have been at the service at once.
func together(x, y *bruteRequest) bool {
	return x != y && x.whole && y.whole && !before(x, y) && !before(y, x)
}

// settledBefore: x had the key, and an answer that is stored, when y came.
func (b *bruteCase) settledBefore(x, y *bruteOp) bool {
	return some(x.requests, func(r *bruteRequest) bool {
		kept := r.said == model.OK || r.said == model.Fail && b.promises.Errors == "replayed" &&
			b.refusesWork(x, r)
		return kept && r.answered.before(y.arrival())
	})
}

// serviceTime moves with the service's clock.
func (b *bruteCase) serviceTime(at time.Duration) time.Duration {
	sum := at
	for _, e := range those(b.clock, func(e model.Event) bool { return e.At <= at }) {
		sum += e.Span
	}
	return sum
}

// gone is when a request was at work no more.
func (b *bruteCase) gone(r *bruteRequest) time.Duration {
	if !r.answered.seen() {
		return b.end
	}
	return r.answered.at
}

// windows counts how many executions the retention of one key leaves room for: of the whole requests
// with it, each executed while it was at work, so many that each found the retention of the one
// before over.
func (b *bruteCase) windows(ops ...*bruteOp) int {
	if b.promises.Retention == 0 {
		return 1
	}
	var whole []*bruteRequest
	for _, o := range ops {
		whole = append(whole, those(o.requests, func(r *bruteRequest) bool {
			return r.whole && r.sent.seen()
		})...)
	}
	return max(1, b.maxChain(whole, -1<<62))
}

// maxChain executes as many requests as it can, the next one after a time.
func (b *bruteCase) maxChain(left []*bruteRequest, after time.Duration) int {
	maxLength := 0
	for i, r := range left {
		if b.serviceTime(b.gone(r)) > after {
			at := max(b.serviceTime(r.sent.at), after)
			rest := slices.Concat(left[:i], left[i+1:])
			maxLength = max(maxLength, 1+b.maxChain(rest, at+time.Duration(b.promises.Retention)))
		}
	}
	return maxLength
}

// lives counts in how many windows of retention an operation may rightly execute.
func (b *bruteCase) lives(o *bruteOp) int {
	if b.promises.AfterRetention == "refused" {
		return 1
	}
	return b.windows(o)
}

// oneLife reports whether all that an operation was answered is of one execution. Where a used key
// is answered with what it stands for, that may be another payload's too.
func (b *bruteCase) oneLife(o *bruteOp) bool {
	group := []*bruteOp{o}
	if b.promises.MismatchAnswer == "replayed" {
		group = append(group, those(b.ops, func(x *bruteOp) bool { return b.sameKey(x, o) })...)
	}
	return b.promises.AfterRetention == "refused" || b.windows(group...) == 1
}

// surely: x had the key for sure when y came with another payload, and all the while. Where its
// answer is replayed to other payloads, it may be as old as the first of them.
func (b *bruteCase) surely(x, y *bruteOp) bool {
	taken := x.start().at
	for _, o := range b.ops {
		if b.promises.MismatchAnswer == "replayed" && b.sameKey(x, o) {
			taken = min(taken, o.start().at)
		}
	}
	over := func(r *bruteRequest) bool {
		until := r.last()
		if r.whole {
			until = b.gone(r)
		}
		return b.promises.Retention > 0 &&
			b.serviceTime(until)-b.serviceTime(taken) > time.Duration(b.promises.Retention)
	}
	return !x.natural && b.settledBefore(x, y) && !some(y.requests, over)
}

// contenders lists the operations with another payload that may have taken the key of o.
func (b *bruteCase) contenders(o *bruteOp) []*bruteOp {
	return those(b.ops, func(x *bruteOp) bool {
		return b.sameKey(o, x) && (x.Body != o.Body || x.Path != o.Path) && !b.surely(o, x)
	})
}

func (b *bruteCase) contested(o *bruteOp) bool { return len(b.contenders(o)) > 0 }

func (b *bruteCase) patience() time.Duration {
	if b.promises.Recovery == 0 {
		return 2 * time.Second
	}
	return time.Duration(b.promises.Recovery)
}
