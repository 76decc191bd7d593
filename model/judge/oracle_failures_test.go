package judge_test

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// fate is what the contract says of failures: "replayed", "executed", "refused" or nothing.
func (b *bruteCase) fate() string { return b.promises.Failures }

// speakers lists the operations that an answer to o may speak of: o, and where a used key is
// answered with what it stands for, all that have it.
func (b *bruteCase) speakers(o *bruteOp) []*bruteOp {
	out := []*bruteOp{o}
	if b.promises.MismatchAnswer == "replayed" {
		out = append(out, those(b.ops, func(x *bruteOp) bool { return b.sameKey(x, o) })...)
	}
	return out
}

// doomed: the contract says that the service fails by itself for what the operation asks.
func (o *bruteOp) doomed() []int {
	var out []int
	for _, f := range o.typ.FailsWhen {
		meets := true
		for name, value := range f.Args {
			got, known := o.Args[name]
			meets = meets && known && asText(got) == asText(value)
		}
		if meets {
			out = append(out, f.Answers...)
		}
	}
	return out
}

// saysItFails: the answer is declared for an operation that fails by itself.
func (b *bruteCase) saysItFails(o *bruteOp, a *model.Answer) bool {
	return a != nil && some(b.speakers(o), func(x *bruteOp) bool {
		return slices.Contains(x.doomed(), a.Status)
	})
}

// broke: the request failed at the service, as declared, or because something is wrong with it.
func (b *bruteCase) broke(o *bruteOp, q *bruteRequest) bool {
	return q.answer != nil && (b.saysItFails(o, q.answer) || q.answer.Status/100 == 5 &&
		b.meaning(o, q.answer) == model.Info && !slices.Contains(b.promises.InFlight, q.answer.Status))
}

// mayHaveBroken: it failed, or nobody saw its end.
func (b *bruteCase) mayHaveBroken(o *bruteOp, q *bruteRequest) bool {
	return q.answer == nil || b.broke(o, q)
}

// saysItFailed: the answer says, as the contract has it, that the operation failed before.
func (b *bruteCase) saysItFailed(o *bruteOp, a *model.Answer) bool {
	return a != nil && b.fate() == "refused" && slices.Contains(b.promises.Failed, a.Status) &&
		some(b.speakers(o), func(x *bruteOp) bool {
			return some(x.requests, func(q *bruteRequest) bool { return b.mayHaveBroken(x, q) })
		})
}

// failsForGood: nothing better is to come.
func (b *bruteCase) failsForGood(o *bruteOp, a *model.Answer) bool {
	return b.saysItFails(o, a) || b.saysItFailed(o, a) ||
		b.fate() == "replayed" && a.Status >= 500 && !b.settlesNothing(a.Status)
}

// allowed is how often an operation may execute: once in every life of its key, and where failures
// are executed again, once more for every request that may have failed. A request executes once.
func (b *bruteCase) allowed(o *bruteOp) int {
	lives := b.lives(o)
	if b.fate() != "executed" {
		return lives
	}
	arrived := those(o.requests, func(q *bruteRequest) bool { return q.arrived() || q.said == model.OK })
	broken := those(arrived, func(q *bruteRequest) bool { return b.mayHaveBroken(o, q) })
	able := those(arrived, func(q *bruteRequest) bool {
		turnedAway := q.answer != nil && slices.Contains(b.promises.InFlight, q.answer.Status)
		return q.said != model.Fail && !turnedAway
	})
	return max(lives, min(len(able), lives+len(broken)))
}

// arrived: for all that was seen, all of the request got there.
func (r *bruteRequest) arrived() bool { return r.whole || !r.sent.seen() }

// freed: a failure gave the key of an operation away.
func (b *bruteCase) freed(o *bruteOp) bool {
	return b.fate() == "executed" && some(o.requests, func(q *bruteRequest) bool {
		return q.arrived() && b.mayHaveBroken(o, q)
	})
}

// brokenBefore: the operation may have executed and failed, so that a refusal says nothing of that:
// it was tried again, or the contract does not say what becomes of it.
func (b *bruteCase) brokenBefore(o *bruteOp) bool {
	return b.freed(o) || b.fate() == "" && some(o.requests, func(q *bruteRequest) bool {
		return len(o.doomed()) > 0 && q.arrived() && (q.answer == nil || b.saysItFails(o, q.answer))
	})
}

// forgetsItFailed: it failed as declared, and later got something else than is declared for that.
func (r *bruteReading) forgetsItFailed(o *bruteOp) bool {
	if !r.ordinary(o) || r.contested(o) || !r.oneLife(o) {
		return false
	}
	return some(o.requests, func(first *bruteRequest) bool {
		failed := first.whole && r.saysItFails(o, first.answer) && !r.settlesNothing(first.answer.Status)
		return failed && some(o.requests, func(q *bruteRequest) bool {
			return q.whole && q.answer != nil && before(first, q) && !ofTheCaller(q.answer) &&
				r.forgets(o, first, q)
		})
	})
}

// forgets: of an operation that failed, a later answer is not what is declared. Whether its key
// expired too early, another rule says.
func (r *bruteReading) forgets(o *bruteOp, first, q *bruteRequest) bool {
	status := q.answer.Status
	if r.promises.Retention > 0 && slices.Contains(r.promises.Expired, status) {
		return false
	}
	switch r.fate() {
	case "replayed":
		another := status != first.answer.Status
		return another && !r.settlesNothing(status) || !another && r.differ(first, q)
	case "refused":
		return !slices.Contains(r.promises.Failed, status) && !r.settlesNothing(status) &&
			!r.saysItFails(o, q.answer)
	}
	return false
}

// sayWhatFailed: what may say that the operation failed before says nothing of what it asked. What
// was done before did not fail.
func (b *bruteCase) sayWhatFailed(o *bruteOp) {
	for _, q := range o.requests {
		done := some(o.requests, func(x *bruteRequest) bool {
			return x.said == model.OK && before(x, q) && !b.expired(x, q)
		})
		if q.said == model.Fail && !done && b.saysItFailed(o, q.answer) {
			q.said = model.Info
		}
	}
}
