package judge_test

import (
	"fmt"

	"github.com/idemcheck/idemcheck/model"
)

// failingAmount is the amount for which services fail by themselves, where they do.
const failingAmount = int64(3)

// habits are what a service does, which is what its contract says where it is right.
type habits struct {
	// failing: it fails by itself for one amount; flaky: for others too, now and then.
	failing, flaky bool
	// failed is what becomes of an operation that failed: "replayed", "executed" or "refused" as in
	// contracts; "resumed" when a repeat goes on where it stopped, "anew" when it fails each time in
	// other words.
	failed string
	// empty is what an empty key is to it: "none", "refused", or "key" when it is a key like others.
	empty string
	// lease is how long it holds the key of a request that died, in milliseconds, and tells others to
	// wait for; 0 when requests do not die.
	lease int
}

// drawFailures draws when the service fails by itself, and what becomes of that.
func (w *world) drawFailures() {
	if !w.chance(45) {
		return
	}
	p := &w.contract.Promises
	p.Failures = one(w.dice, "", "", "replayed", "replayed", "executed", "executed", "refused", "refused")
	switch p.Failures {
	case "":
		w.failed = one(w.dice, "replayed", "anew", "resumed")
	case "executed":
		w.failed = one(w.dice, "executed", "executed", "executed", "resumed")
	case "refused":
		w.failed, p.Failed = "refused", []int{one(w.dice, 412, 412, 412, 409, 410, 422, 402)}
	default:
		w.failed, w.flaky = p.Failures, w.chance(30)
	}
	w.failing = true
	answers := one(w.dice, []int{500}, []int{500}, []int{500, 502}, []int{503}, []int{500, 503}, []int{418})
	for _, name := range []string{"charge", "transfer"} {
		t := w.contract.Operations[name]
		if w.chance(85) {
			t.FailsWhen = []model.Failure{{Args: map[string]any{"amount": failingAmount}, Answers: answers}}
		}
		w.contract.Operations[name] = t
	}
}

// drawBadKeys draws what empty keys and keys that are too long are.
func (w *world) drawBadKeys() {
	w.contract.Key.Empty = one(w.dice, "", "", model.EmptyIsNone, model.EmptyIsRefused)
	w.empty = model.EmptyIsRefused
	if w.contract.Key.Empty == model.EmptyIsNone {
		w.empty = model.EmptyIsNone
	}
	if w.chance(50) {
		w.contract.Key.MaxLength, w.contract.Promises.TooLong = 64, []int{414}
	}
}

// misbehave gives the service habits that its contract may not allow.
func (w *world) misbehave() {
	if w.failing && w.chance(40) {
		w.failed = one(w.dice, "replayed", "executed", "refused", "resumed", "anew")
	}
	if w.chance(30) {
		w.empty = one(w.dice, model.EmptyIsNone, model.EmptyIsRefused, "key")
	}
}

// breaksDown says whether the service fails by itself in an execution, and with which answer.
func (c *call) breaksDown() *model.Answer {
	declared := c.contract.Operations[c.op.Type].FailsWhen
	var statuses []int
	switch {
	case c.failing && len(declared) > 0 && c.op.Args["amount"] == failingAmount && c.chance(75):
		statuses = declared[0].Answers
	case c.flaky && c.chance(20):
		statuses = []int{500}
	default:
		return nil
	}
	return &model.Answer{Status: one(c.dice, statuses...), Body: c.regret()}
}

// regret is the body of a failure, which no other one has.
func (c *call) regret() string {
	c.made++
	return fmt.Sprintf(`{"title":"failed","trace":"f%d"}`, c.made)
}

// fail ends the work on a first request, done or not, with a failure.
func (c *call) fail(r *shopRecord, done, failure *model.Answer, reply func(*model.Answer)) {
	if c.failed == "executed" || c.failed == "resumed" && done == nil {
		c.forget(r, &model.Answer{Status: 503})
		reply(failure)
		return
	}
	r.since, r.answer = c.clock(), failure
	switch c.failed {
	case "refused":
		r.answer = &model.Answer{Status: c.refusalOfFailed()}
	case "resumed":
		r.answer = done
	case "anew":
		r.anew = true
	}
	if !c.healed && c.chance(10) {
		failure = nil
	}
	reply(failure)
	c.wake(r)
}

// refusalOfFailed is the status of what failed before.
func (c *call) refusalOfFailed() int {
	if failed := c.contract.Promises.Failed; len(failed) > 0 {
		return failed[0]
	}
	return 412
}

// unfit is the answer to a key that is none, or nil.
func (c *call) unfit() *model.Answer {
	refused := func(status int) *model.Answer { return &model.Answer{Status: status} }
	switch {
	case c.contract.Key.Header == "":
		return nil
	case c.op.KeyStyle == model.KeyUnterminated,
		c.op.KeyStyle == model.KeyEmpty && c.empty == model.EmptyIsRefused:
		return refused(400)
	case c.op.KeyStyle == model.KeyTooLong && len(c.contract.Promises.TooLong) > 0:
		return refused(414)
	case c.op.KeyStyle == model.KeyTooLong, c.sendsNone() && *c.contract.Key.Required:
		return refused(400)
	}
	return nil
}

// sendsNone: to the service, the operation has no key.
func (c *call) sendsNone() bool {
	return c.op.KeyStyle == model.KeyMissing ||
		c.op.KeyStyle == model.KeyEmpty && c.empty == model.EmptyIsNone
}
