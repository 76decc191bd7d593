package judge_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// sameStatus: replays have the status of the first answer.
func (b *bruteCase) sameStatus() bool {
	return b.promises.Replay != "current-state" && b.promises.Replay != "acknowledgement"
}

// differ reports whether two answers differ in what the contract compares.
func (b *bruteCase) differ(first, later *bruteRequest) bool {
	p := b.promises
	body := p.Replay == "" || p.Replay == "same-body"
	return b.sameStatus() && first.answer.Status != later.answer.Status ||
		later.identity != "" && first.identity != later.identity ||
		body && !sameBodies(first.answer.Body, later.answer.Body, p.ReplayIgnore) ||
		body && !slices.Contains(p.ReplayIgnoreHeaders, "Content-Type") &&
			first.answer.Body != "" && later.answer.Body != "" &&
			retyped(first.answer.Headers["Content-Type"], later.answer.Headers["Content-Type"])
}

// retyped: the first answer had a media type, and the later one has another. The contracts drawn
// here promise no other header.
func retyped(first, later string) bool {
	plain := func(s string) string {
		s = strings.ToLower(strings.NewReplacer(" ", "", `"`, "").Replace(s))
		return strings.ReplaceAll(s, ";charset=utf-8", "")
	}
	return first != "" && plain(first) != plain(later)
}

// sameBodies compares bodies; JSON objects without some fields where there are such fields.
func sameBodies(x, y string, without []string) bool {
	if x == y || len(without) == 0 {
		return x == y
	}
	var a, b map[string]any
	if json.Unmarshal([]byte(x), &a) != nil || json.Unmarshal([]byte(y), &b) != nil {
		return false
	}
	for _, name := range without {
		delete(a, name)
		delete(b, name)
	}
	return a != nil && b != nil && reflect.DeepEqual(a, b)
}

// firstAnswers lists the answers that are one answer and its replays.
func (b *bruteCase) oneAnswer(o *bruteOp) []*bruteRequest {
	if len(o.oks) > 0 || b.promises.Errors != "replayed" {
		return b.shown(o)
	}
	return those(o.refusals, func(r *bruteRequest) bool { return b.refusesWork(o, r) })
}

// comparable lists the answers to an operation that must be alike: those that are one answer, and
// others that say "done" with a status that is not declared, after it.
func (b *bruteCase) comparable(o *bruteOp) []*bruteRequest {
	one := b.oneAnswer(o)
	if len(o.oks) == 0 || len(one) == 0 || !b.sameStatus() {
		return one
	}
	return those(o.requests, func(r *bruteRequest) bool {
		stray := r.answer != nil && r.said == model.Info && !b.settlesNothing(r.answer.Status) &&
			r.answer.Status/100 == 2 && before(one[0], r)
		return stray || slices.Contains(one, r)
	})
}

// answersDiffer: answers that must be alike are not.
func (r *bruteReading) answersDiffer(o *bruteOp) bool {
	all := r.comparable(o)
	if r.keyless(o) || !r.oneLife(o) || len(all) == 0 {
		return false
	}
	return some(all[1:], func(later *bruteRequest) bool {
		switch first := all[0]; {
		case later.answer.Body == "" && first.answer.Body != "":
			return later.whole
		case later.said == model.Fail:
			return r.ordinary(o) && later.whole && r.differ(first, later)
		default:
			return r.differ(first, later)
		}
	})
}

// changesItsMind: refused after it was acknowledged.
func (r *bruteReading) changesItsMind(o *bruteOp) bool {
	p := r.promises
	plain := slices.Contains([]string{"", "same-body", "same-status"}, p.Replay)
	if !plain || !r.ordinary(o) || r.contested(o) || !r.oneLife(o) {
		return false
	}
	return some(o.refusals, func(refusal *bruteRequest) bool {
		status := refusal.answer.Status
		ofTheKey := slices.Contains(slices.Concat(p.Mismatch, p.SameBody, p.Expired), status) &&
			!slices.Contains(o.typ.Refused, status)
		return refusal.whole && !ofTheKey && some(o.oks, func(ok *bruteRequest) bool {
			return before(ok, refusal) && !r.expired(ok, refusal)
		})
	})
}

// repeatsBadly: after an answer that settled it, a repeat of its own got what the contract has
// nowhere, or the connection ended although all was well.
func (r *bruteReading) repeatsBadly(o *bruteOp) bool {
	if !r.ordinary(o) || r.contested(o) || !r.oneLife(o) {
		return false
	}
	anew := r.promises.Errors == "executed" && r.promises.Failures == "" && !r.keyless(o)
	firsts := r.settling(o)
	if anew {
		firsts = slices.Concat(firsts, those(o.refusals, func(q *bruteRequest) bool { return r.refusesWork(o, q) }))
	}
	return some(firsts, func(first *bruteRequest) bool {
		return some(o.requests, func(q *bruteRequest) bool {
			if first.said == model.Fail && anew && (!q.final || q.answer == nil || q.answer.Status < 500 ||
				r.failsForGood(o, q.answer)) {
				return false
			}
			if !q.whole || !before(first, q) || r.expired(first, q) || len(r.besides(o, q, false)) > 0 {
				return false
			}
			if q.answer == nil {
				return q.final && q.answered.seen() && !r.unread && !o.gone(q)
			}
			return r.heard(o, q) && r.unheardOf(o, first, q)
		})
	})
}

// gone: the client had given up when the service ended the connection, or gave up by itself.
func (o *bruteOp) gone(q *bruteRequest) bool {
	t := o.try(q.attempt)
	return t != nil && t.returned.seen() && (t.timedOut || t.returned.before(q.answered))
}

// heard: the client got that status.
func (b *bruteCase) heard(o *bruteOp, q *bruteRequest) bool {
	t := o.try(q.attempt)
	return t != nil && t.answer != nil && t.answer.Status == q.answer.Status
}

// unheardOf: the status is declared nowhere, or says of a refused operation that its key is no key.
// Where replays show something else than the first answer, only the service's own failures count.
func (b *bruteCase) unheardOf(o *bruteOp, first, q *bruteRequest) bool {
	status, p := q.answer.Status, b.promises
	if !b.sameStatus() && status < 500 {
		return false
	}
	if q.said == model.Fail {
		others := slices.Concat(o.typ.Refused, p.Mismatch, p.SameBody, p.Expired)
		return first.said == model.Fail && !slices.Contains(others, status)
	}
	succeedsAgain := first.said == model.OK && status/100 == 2
	return q.said == model.Info && !b.settlesNothing(status) && !ofTheCaller(q.answer) && !succeedsAgain
}

// reconsiders: a stored refusal, and later done all the same.
func (r *bruteReading) reconsiders(o *bruteOp) bool {
	if r.promises.Errors != "replayed" || !r.ordinary(o) || !r.oneLife(o) {
		return false
	}
	return some(o.refusals, func(refusal *bruteRequest) bool {
		return r.refusesWork(o, refusal) && some(o.oks, func(ok *bruteRequest) bool {
			return before(refusal, ok)
		})
	})
}

// impossible: a replay of a success that no first answer is.
func (r *bruteReading) impossible(a *model.Answer) bool {
	return a != nil && a.ReplayMarker && r.promises.ReplayMarker != nil && a.Status/100 == 2 && r.sameStatus() &&
		!r.settlesNothing(a.Status)
}

func (r *bruteReading) impossiblyReplayed(o *bruteOp) bool {
	last := o.lastFinal()
	return last != nil && o.outcome == model.Info && r.ordinary(o) && r.impossible(last.answer)
}

// mismarks: a marked answer that can be no replay, or more first answers than executions.
func (r *bruteReading) mismarks(o *bruteOp) bool {
	if r.promises.ReplayMarker == nil || !r.ordinary(o) || r.borrows(o) {
		return false
	}
	all := r.oneAnswer(o)
	firsts := those(all, func(q *bruteRequest) bool { return !q.answer.ReplayMarker })
	unprecedented := func(q *bruteRequest) bool {
		return q.answer.ReplayMarker && !some(o.requests, func(x *bruteRequest) bool {
			return x != q && (x.sent.seen() && x.sent.before(q.answered) ||
				x.answered.seen() && x.answered.before(q.answered))
		})
	}
	return some(all, unprecedented) || len(firsts) > max(r.executions(o), r.lives(o))
}

// answeredWronglyBeside: of two requests that were at the service together, one got an answer that
// the contract declares nowhere. What is said of the caller or of traffic is no answer to that.
func (r *bruteReading) answeredWronglyBeside(o *bruteOp) bool {
	if !r.ordinary(o) {
		return false
	}
	undeclared := func(q *bruteRequest) bool {
		return q.answer != nil && q.said == model.Info && !r.settlesNothing(q.answer.Status) &&
			!ofTheCaller(q.answer) && !r.failsForGood(o, q.answer)
	}
	return some(o.requests, func(q *bruteRequest) bool {
		return undeclared(q) && some(o.requests, func(x *bruteRequest) bool {
			return x.answer != nil && together(x, q)
		})
	})
}

// ofTheCaller: who asks is not let in, or asks too often.
func ofTheCaller(a *model.Answer) bool {
	return slices.Contains([]int{401, 403, 407, 429}, a.Status)
}

// lastFinal is the last attempt after healing.
func (o *bruteOp) lastFinal() *bruteTry {
	finals := those(o.tries, func(t *bruteTry) bool { return t.final })
	if len(finals) == 0 {
		return nil
	}
	return finals[len(finals)-1]
}

// expired: a request came after the retention of an answer.
func (b *bruteCase) expired(first, r *bruteRequest) bool {
	retention := time.Duration(b.promises.Retention)
	return retention > 0 && b.serviceTime(r.sent.at) > b.serviceTime(first.answered.at)+retention
}

// expiresEarly: told that its key had expired while it was to be remembered.
func (r *bruteReading) expiresEarly(o *bruteOp) bool {
	p := r.promises
	if p.AfterRetention != "refused" || p.Retention == 0 || !r.ordinary(o) {
		return false
	}
	return some(o.requests, func(q *bruteRequest) bool {
		return q.answer != nil && slices.Contains(p.Expired, q.answer.Status) &&
			!r.settlesNothing(q.answer.Status) && q.said == model.Fail &&
			r.serviceTime(q.answered.at)-r.serviceTime(max(o.start().at, 0)) < time.Duration(p.Retention)
	})
}

// answersLate: after the retention of the first acknowledgement, not what is declared.
func (r *bruteReading) answersLate(o *bruteOp) bool {
	if len(o.oks) == 0 || !r.ordinary(o) {
		return false
	}
	return some(o.requests, func(q *bruteRequest) bool {
		if q.answer == nil || !q.whole || !r.expired(o.oks[0], q) || r.settlesNothing(q.answer.Status) ||
			ofTheCaller(q.answer) {
			return false
		}
		switch r.promises.AfterRetention {
		case "refused":
			return !slices.Contains(r.promises.Expired, q.answer.Status)
		case "executed":
			return r.repeatsOld(o, q) || r.turnsAway(o, q)
		}
		return false
	})
}

// repeatsOld: an expired answer again, although nothing executed that it could be the answer of.
func (r *bruteReading) repeatsOld(o *bruteOp, q *bruteRequest) bool {
	first := o.oks[0]
	same := q.identity != "" && q.identity == first.identity
	again := same || q.answer.ReplayMarker && r.promises.ReplayMarker != nil || r.onlySaysDone(o, q)
	another := some(r.sources(o), func(x *bruteRequest) bool {
		return x != q && x != first && (x.whole || !x.sent.seen()) && r.gone(x) > first.answered.at
	})
	borrowed := r.promises.MismatchAnswer == "replayed" && r.entangled(o)
	counted := !r.unread && countable(o)
	nobody := r.executions(o) < 2 && (counted && !borrowed || !another)
	return q.said == model.OK && again && (same || nobody)
}

// sources lists the requests whose execution may be what o is answered with.
func (r *bruteReading) sources(o *bruteOp) []*bruteRequest {
	out := o.requests
	for _, x := range r.ops {
		if r.promises.MismatchAnswer == "replayed" && r.sameKey(x, o) {
			out = slices.Concat(out, x.requests)
		}
	}
	return out
}

// turnsAway: a whole request refused, neither for what it asked, nor for another payload of its
// key, nor for another key of its payload.
func (r *bruteReading) turnsAway(o *bruteOp, q *bruteRequest) bool {
	status := q.answer.Status
	twin := slices.Contains(r.promises.SameBody, status) && r.hasTwin(o)
	return q.said != model.OK && status/100 == 4 && !slices.Contains(o.typ.Refused, status) &&
		!r.contested(o) && !twin && !r.failsForGood(o, q.answer)
}

// countable: a ledger tells whether the operation executed.
func countable(o *bruteOp) bool {
	return some(o.slots, func(s bruteSlot) bool { return !s.Notification })
}
