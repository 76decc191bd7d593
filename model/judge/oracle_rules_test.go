package judge_test

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// bruteRule is a rule in its most naive form: whether an operation of a reading breaks it.
type bruteRule struct {
	name   string
	broken func(r *bruteReading, o *bruteOp) bool
}

// bruteRules lists the rules.
func bruteRules() []bruteRule {
	return []bruteRule{
		{"a refused key is accepted", (*bruteReading).acceptsRefusedKey},
		{"more executions than there may be", (*bruteReading).executesTooOften},
		{"half an execution", (*bruteReading).executesHalf},
		{"acknowledged and nothing there", (*bruteReading).loses},
		{"refused and there all the same", (*bruteReading).isPhantom},
		{"another payload under its key", (*bruteReading).mismatches},
		{"what belongs to another operation", (*bruteReading).borrows},
		{"a new operation refused for another", (*bruteReading).refusedForAnother},
		{"a refusal shows what another got", (*bruteReading).leaks},
		{"expired too early", (*bruteReading).expiresEarly},
		{"not what is declared after expiry", (*bruteReading).answersLate},
		{"stuck", (*bruteReading).isStuck},
		{"taken back", (*bruteReading).isReopened},
		{"a replay that nobody can have had first", (*bruteReading).impossiblyReplayed},
		{"changed its mind", (*bruteReading).changesItsMind},
		{"a repeat was answered badly", (*bruteReading).repeatsBadly},
		{"a refusal gave way", (*bruteReading).reconsiders},
		{"a failure is forgotten", (*bruteReading).forgetsItFailed},
		{"answers differ", (*bruteReading).answersDiffer},
		{"names what does not exist", (*bruteReading).isHollow},
		{"names nothing", (*bruteReading).isNameless},
		{"replays and first answers look alike", (*bruteReading).mismarks},
		{"answered wrongly beside another attempt", (*bruteReading).answeredWronglyBeside},
	}
}

// breaks names a rule that a reading breaks, or "".
func (r *bruteReading) breaks() string {
	for _, rule := range bruteRules() {
		for _, o := range r.ops {
			if rule.broken(r, o) {
				return rule.name + ": " + o.ID
			}
		}
	}
	if r.changesWhatNobodyTouches() {
		return "a variable changed that nobody works on"
	}
	if !r.someOrderExplains() {
		return "no order explains answers and state"
	}
	return ""
}

func (r *bruteReading) acceptsRefusedKey(o *bruteOp) bool {
	return r.keyRefused(o) && (len(o.oks) > 0 || r.left(o))
}

// executesTooOften: one execution in every life of a key; without a key one for every request that
// can have executed.
func (r *bruteReading) executesTooOften(o *bruteOp) bool {
	if r.keyless(o) {
		return r.executions(o) > o.able()
	}
	return r.executions(o) > r.allowed(o)
}

// able counts the requests that can have executed: whole ones that were not refused, those that
// were acknowledged, of which it is said, and those of attempts that nobody saw at the service.
func (o *bruteOp) able() int {
	able := those(o.requests, func(q *bruteRequest) bool {
		return q.said == model.OK || q.said != model.Fail && (q.whole || !q.sent.seen())
	})
	silent := those(o.tries, func(t *bruteTry) bool { return len(o.of(t.number)) == 0 })
	return len(able) + len(silent)
}

// executesHalf: an execution leaves all effects, each once.
func (r *bruteReading) executesHalf(o *bruteOp) bool {
	n := r.executions(o)
	for j, count := range r.counts[slices.Index(r.ops, o)] {
		short := count < n*o.slots[j].copies
		over := count > n*o.slots[j].copies
		if short && !r.unread || over && (!r.unread || count > max(1, n)*o.slots[j].copies) {
			return true
		}
	}
	return false
}

// own reports whether an operation that is acknowledged has executed itself.
func (r *bruteReading) own(o *bruteOp) bool {
	first := r.repeats(o)
	switch {
	case r.keyRefused(o) || r.mayBorrow(o):
		return false
	case first == nil || r.promises.MismatchAnswer != "":
		return true
	}
	return !r.surely(first, o) || r.apart(first, o)
}

func (r *bruteReading) loses(o *bruteOp) bool {
	return r.own(o) && !r.unread && len(o.slots) > 0 && o.outcome == model.OK && !r.left(o)
}

func (r *bruteReading) isPhantom(o *bruteOp) bool { return o.outcome == model.Fail && r.left(o) }

// mismatches: one payload has the key. Another one is neither executed nor answered with the first
// one's answer, unless that is what the contract says.
func (r *bruteReading) mismatches(o *bruteOp) bool {
	first := r.repeats(o)
	if first == nil || first.natural {
		return false // whether a common correlation ID is a key, and whose thing answers name, nobody said
	}
	promised := r.promises.MismatchAnswer
	if promised != "replayed" && some(r.earlier(o), func(x *bruteOp) bool {
		return r.showsAnswerOf(o, x) || r.showsAnswerOf(x, o)
	}) {
		return true
	}
	if r.surely(first, o) {
		other := func(q *bruteRequest) bool { return promised != "replayed" || !r.mayBeOf(q, first) }
		executed := r.left(o) || some(o.oks, other)
		return executed && promised != "executed" && !r.apart(first, o)
	}
	return promised != "executed" && some(r.ops, func(x *bruteOp) bool {
		return r.sameKey(x, o) && !r.apart(x, o) && r.windows(x, o) == 1 && !r.freed(x) && !r.freed(o) &&
			r.executions(x) > 0 && r.executions(o) > 0
	})
}

// apart: keys are private to a route, and another path may be a route of its own.
func (b *bruteCase) apart(x, y *bruteOp) bool {
	return slices.Contains(b.contract.Key.Scope, "route") && x.Path != y.Path
}

// showsAnswerOf reports whether an ok answer to o shows what x was answered.
func (r *bruteReading) showsAnswerOf(o, x *bruteOp) bool {
	for _, mine := range o.oks {
		if r.overtaken(mine, o, x) || !r.sameKey(x, o) && r.ofItsKey(mine, o, x.CorrelationID) {
			continue
		}
		for _, theirs := range x.oks {
			if mine.identity != "" && mine.identity == theirs.identity {
				return true
			}
			if mine.identity == "" && mine.answer.Body != "" && mine.answer.Body == theirs.answer.Body &&
				x.CorrelationID != o.CorrelationID && shows(mine.answer.Body, x.CorrelationID) {
				return true
			}
		}
	}
	return false
}

// ofItsKey reports whether an ok answer that shows a correlation ID may be that to another payload
// under its key, and rightly.
func (r *bruteReading) ofItsKey(q *bruteRequest, o *bruteOp, id string) bool {
	group := those(r.ops, func(x *bruteOp) bool { return r.sameKey(x, o) })
	if some(group, func(x *bruteOp) bool { return x.CorrelationID == id && r.overtaken(q, o, x) }) {
		return true
	}
	executed := some(group, r.mayHaveExecuted)
	return r.promises.MismatchAnswer == "replayed" && some(group, func(x *bruteOp) bool {
		same := func(theirs *bruteRequest) bool { return theirs.answer.Body == q.answer.Body }
		unseen := len(r.shown(x)) == 0 || !r.oneLife(x)
		return unseen && x.CorrelationID == id && r.mayHaveExecuted(x) ||
			executed && r.mayBeOf(q, x) && (q.identity != "" || x.CorrelationID == id || some(x.oks, same))
	})
}

// overtaken reports whether an ok answer to o may show what their key names as another payload left
// it, which came later and may rightly have executed too.
func (r *bruteReading) overtaken(q *bruteRequest, o, x *bruteOp) bool {
	both := r.promises.MismatchAnswer == "executed" || r.windows(o, x) > 1
	return both && slices.Contains(r.earlier(x), o) && x.arrival().before(q.answered) &&
		r.mayHaveExecuted(x)
}

// mayBeOf reports whether an ok answer may be one to x, as the contract replays it.
func (r *bruteReading) mayBeOf(q *bruteRequest, x *bruteOp) bool {
	whole := r.promises.Replay == "" || r.promises.Replay == "same-body"
	if len(x.oks) > 0 && (r.onlySaysDone(x, x.oks[0]) || r.saysDone(q.answer.Status)) {
		return true
	}
	return some(r.shown(x), func(theirs *bruteRequest) bool {
		if q.identity != "" && q.answer.Body != theirs.answer.Body {
			return q.identity == theirs.identity
		}
		return !whole || q.answer.Body == theirs.answer.Body
	})
}

// shows reports whether a body shows a text as a value of its own.
func shows(body, text string) bool {
	return text != "" && (strings.Contains(body, `"`+text+`"`) ||
		len(text) >= 6 && strings.Contains(body, text))
}

// borrows: of two operations one was answered with what belongs to the other. Those of one key are
// judged as such.
func (r *bruteReading) borrows(o *bruteOp) bool {
	return some(r.ops, func(x *bruteOp) bool {
		return x != o && !r.sameKey(o, x) && r.showsAnswerOf(o, x) && !r.mayShareName(o, x)
	})
}

// mayShareName: elsewhere, or on other resources, others may count from one too. Both may have
// executed, and neither was ever answered with a second name or with what only the other one sent.
func (r *bruteReading) mayShareName(x, y *bruteOp) bool {
	names := func(o *bruteOp) int {
		seen := map[string]bool{}
		for _, q := range o.oks {
			if q.identity != "" {
				seen[q.identity] = true
			}
		}
		return len(seen)
	}
	tells := func(o, other *bruteOp) bool {
		return o.CorrelationID != other.CorrelationID && some(o.oks, func(q *bruteRequest) bool {
			return shows(q.answer.Body, other.CorrelationID)
		})
	}
	apart := elsewhere(x, y) || !slices.Equal(x.Resources, y.Resources)
	return apart && names(x) == 1 && names(y) == 1 && !tells(x, y) && !tells(y, x) &&
		countable(x) && countable(y) && r.mayHaveExecuted(x) && r.mayHaveExecuted(y)
}

// refusedForAnother: refused for a key or payload that no other operation had by then. Half a
// request may have been refused for that half.
func (r *bruteReading) refusedForAnother(o *bruteOp) bool {
	if !r.ordinary(o) && !r.keyless(o) || some(o.requests, func(q *bruteRequest) bool { return !q.whole }) {
		return false
	}
	return some(o.refusals, func(q *bruteRequest) bool {
		status := q.answer.Status
		if slices.Contains(o.typ.Refused, status) {
			return false
		}
		if slices.Contains(r.promises.SameBody, status) {
			return !r.hasTwin(o)
		}
		return slices.Contains(r.promises.Mismatch, status) &&
			!some(r.contenders(o), func(x *bruteOp) bool { return x.arrival().before(q.answered) })
	})
}

// hasTwin reports whether another operation has the payload of o.
func (r *bruteReading) hasTwin(o *bruteOp) bool {
	return some(r.ops, func(x *bruteOp) bool {
		return x != o && !elsewhere(x, o) && x.Path == o.Path && x.Body == o.Body
	})
}

func (r *bruteReading) leaks(o *bruteOp) bool {
	return some(o.requests, func(q *bruteRequest) bool {
		return q.answer != nil && q.said != model.OK && some(r.ops, func(x *bruteOp) bool {
			return x != o && some(x.oks, func(theirs *bruteRequest) bool {
				id := theirs.identity
				return shows(q.answer.Body, id) && !shows(o.Body, id) && !shows(o.Path, id)
			})
		})
	})
}

func (r *bruteReading) isHollow(o *bruteOp) bool { return o.vanished && len(o.oks) > 0 }

// isNameless: of the answers that show what was done, one has the field that names it. Where
// repeats are only acknowledged, this is asked of first answers, and never of what another payload
// may have got.
func (r *bruteReading) isNameless(o *bruteOp) bool {
	own := o.typ.Answer.Identity != "" && r.repeats(o) == nil
	return own && some(r.shown(o), func(q *bruteRequest) bool {
		later := r.promises.Replay == "acknowledgement" && some(o.requests, func(x *bruteRequest) bool {
			return x != q && (x.sent.seen() && x.sent.before(q.answered) ||
				x.answered.seen() && x.answered.before(q.answered))
		})
		return !later
	}) && !some(r.shown(o), func(q *bruteRequest) bool { return q.identity != "" })
}

// changesWhatNobodyTouches: a variable changed whose resource no operation has.
func (r *bruteReading) changesWhatNobodyTouches() bool {
	for name, value := range r.final {
		dot := strings.LastIndexByte(name, '.')
		first, known := r.initial[name]
		touched := dot >= 0 && some(r.ops, func(o *bruteOp) bool {
			return slices.Contains(o.Resources, name[:dot])
		})
		if dot >= 0 && known && !touched && asText(first) != asText(value) {
			return true
		}
	}
	return false
}
