package model

import "slices"

// Outcome is how an attempt or an operation ended, in the field's words.
type Outcome string

// The outcomes of a completion.
const (
	// OK: done, and said so.
	OK Outcome = "ok"
	// Fail: a definite refusal, not executed.
	Fail Outcome = "fail"
	// Info: nobody knows whether it happened.
	Info Outcome = "info"
)

// Classify says what an answer means for an operation of a type: ok and refused statuses are the
// contract's, and so are in-flight and transient ones, which say nothing about the operation. One
// that says "done before" is [OK] without an answer. Any status that the contract does not declare
// is [Info].
func (c *Contract) Classify(typ string, a *Answer) Outcome {
	t := c.Operations[typ]
	switch {
	case a == nil:
		return Info
	case slices.Contains(t.OK, a.Status), c.done(a.Status) && !c.ambiguous(a.Status):
		return OK
	case c.open(a.Status):
		return Info
	case slices.Contains(t.Refused, a.Status) || c.refusesKey(a.Status):
		return Fail
	}
	return Info
}

// done: the contract says that this status means "happened before".
func (c *Contract) done(status int) bool { return slices.Contains(c.Promises.Done, status) }

// ambiguous: a status that may mean "happened before" and may mean something else about the key.
func (c *Contract) ambiguous(status int) bool {
	return c.done(status) && (c.retryable(status) || c.refusesKey(status))
}

// retryable: the contract says that a retry may get another answer.
func (c *Contract) retryable(status int) bool {
	return slices.Contains(c.Promises.InFlight, status) ||
		slices.Contains(c.Promises.Transient, status)
}

// AsksAgain reports whether an answer says, and can mean nothing else, that a retry may get another
// one. No answer (nil) says nothing.
func (c *Contract) AsksAgain(a *Answer) bool {
	return a != nil && c.retryable(a.Status) && !c.ambiguous(a.Status)
}

// open: the contract declares this status, and it settles nothing.
func (c *Contract) open(status int) bool { return c.retryable(status) || c.ambiguous(status) }

// refusesKey: the contract says that this status refuses the key and not the operation.
func (c *Contract) refusesKey(status int) bool {
	p := c.Promises
	for _, set := range [][]int{
		p.Missing, p.Malformed, p.TooLong, p.Mismatch, p.SameBody, p.Expired,
	} {
		if slices.Contains(set, status) {
			return true
		}
	}
	return false
}

// keyRequired tells whether operations without a key are refused.
func (c *Contract) keyRequired() bool { return c.Key.Required != nil && *c.Key.Required }

// scoped tells whether keys are private to a tenant, or to a route.
func (c *Contract) scoped(by string) bool { return slices.Contains(c.Key.Scope, by) }
