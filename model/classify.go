package model

import (
	"slices"

	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
)

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
// is [Info]. What was accepted is [OK] unless the answer says that it was refused since.
func (c *Contract) Classify(typ string, a *Answer) Outcome {
	t := c.Operations[typ]
	switch {
	case a == nil:
		return Info
	case t.Async != nil && t.acknowledges(a) && t.Async.Refused.Holds(a.Field):
		return Fail
	case t.Async != nil && t.acknowledges(a):
		return OK
	case slices.Contains(t.OK, a.Status), c.SaysDone(a.Status) && !c.Ambiguous(a.Status):
		return OK
	case c.LeavesOpen(a.Status):
		return Info
	case slices.Contains(t.Refused, a.Status) || c.refusesKey(a.Status):
		return Fail
	}
	return Info
}

// Outcome says what an answer means for an operation: as [Contract.Classify], and that a key which
// nobody promises to take is refused by any status that says that the request is wrong.
func (c *Contract) Outcome(op *Operation, a *Answer) Outcome {
	said := c.Classify(op.Type, a)
	if said == Info && a != nil && op.KeyStyle.Doubtful() && wrongRequest(a.Status) &&
		!c.LeavesOpen(a.Status) {
		return Fail
	}
	return said
}

// wrongRequest reports whether a status says that a request is wrong, and speaks of neither its
// caller nor its time.
func wrongRequest(status int) bool {
	return status >= 300 && status < 500 && !slices.Contains([]int{401, 407, 408, 425, 429}, status)
}

// Labels lists the values of [OperationType.Label].
func (OperationType) Labels() []string { return []string{"idempotent", labelRisk, labelNot} }

// The labels that change something.
const labelRisk, labelNot = "potentially", "not"

// SentOnce reports whether operations of the type are never sent again.
func (t OperationType) SentOnce() bool { return t.Label == labelNot }

// MayRepeat reports whether it is declared that an operation of the type may execute again.
func (t OperationType) MayRepeat() bool { return t.Label == labelRisk }

// acknowledges reports whether an answer says that an operation was accepted or done.
func (t OperationType) acknowledges(a *Answer) bool {
	return slices.Contains(t.OK, a.Status) || slices.Contains(t.Async.Accepted, a.Status)
}

// Accepts reports whether an answer says of an operation of a type that it was accepted, and not
// what came of it.
func (c *Contract) Accepts(typ string, a *Answer) bool {
	async := c.Operations[typ].Async
	return a != nil && async != nil && slices.Contains(async.Accepted, a.Status) &&
		!async.Done.Holds(a.Field) && !async.Refused.Holds(a.Field)
}

// SaysDone reports whether the contract says that this status means "happened before".
func (c *Contract) SaysDone(status int) bool { return slices.Contains(c.Promises.Done, status) }

// Ambiguous reports whether a status may mean "happened before" and may mean something else about
// the key.
func (c *Contract) Ambiguous(status int) bool {
	return c.SaysDone(status) && (c.Retryable(status) || c.refusesKey(status))
}

// Retryable reports whether the contract says of a status that a retry may get another answer.
func (c *Contract) Retryable(status int) bool {
	return slices.Contains(c.Promises.InFlight, status) ||
		slices.Contains(c.Promises.Transient, status) || c.wantsSession(status)
}

// wantsSession reports whether a status tells some tenant to log in again.
func (c *Contract) wantsSession(status int) bool {
	for _, tenant := range c.Tenants {
		if tenant.Session != nil && slices.Contains(tenant.Session.RenewOn, status) {
			return true
		}
	}
	return c.Session != nil && slices.Contains(c.Session.RenewOn, status)
}

// AsksAgain reports whether an answer says, and can mean nothing else, that a retry may get another
// one. No answer (nil) says nothing.
func (c *Contract) AsksAgain(a *Answer) bool {
	return a != nil && c.Retryable(a.Status) && !c.Ambiguous(a.Status)
}

// LeavesOpen reports whether the contract declares this status and it settles nothing.
func (c *Contract) LeavesOpen(status int) bool { return c.Retryable(status) || c.Ambiguous(status) }

// refusesKey: the contract says that this status refuses the key and not the operation.
func (c *Contract) refusesKey(status int) bool {
	p := c.Promises
	refusals := [][]int{p.Missing, p.Malformed, p.TooLong, p.Mismatch, p.SameBody, p.Expired}
	return slices.Contains(slices.Concat(refusals...), status)
}

// RefusesStyle tells whether operations whose key has a style are refused for that alone. Of a bad
// key for which no answer is declared, nothing is known.
func (c *Contract) RefusesStyle(style KeyStyle) bool {
	switch {
	case style == KeyMissing:
		return c.KeyRequired()
	case !style.Malformed():
		return false
	case style == KeyTooLong && len(c.Promises.TooLong) > 0,
		style == KeyEmpty && c.Key.Empty == EmptyIsRefused:
		return true
	}
	return len(c.Promises.Malformed) > 0
}

// Fails reports whether the contract declares, for the arguments of an operation, that the service
// fails by itself with an answer.
func (c *Contract) Fails(op *Operation, a *Answer) bool {
	return a != nil && slices.ContainsFunc(c.Operations[op.Type].FailsWhen, func(f Failure) bool {
		return slices.Contains(f.Answers, a.Status) && f.meets(op.Args)
	})
}

// meets reports whether arguments are those of a failure.
func (f Failure) meets(args map[string]any) bool {
	for name, want := range f.Args {
		if got, known := args[name]; !known || !value.Equal(got, want) {
			return false
		}
	}
	return true
}

// InVain reports whether an answer to an operation says that retries get nothing better: it fails
// by itself, or it is refused because it failed.
func (c *Contract) InVain(op *Operation, a *Answer) bool {
	return c.Fails(op, a) || a != nil && c.RefusesFailed(a.Status)
}

// MayFail reports whether the contract declares that an operation fails by itself.
func (c *Contract) MayFail(op *Operation) bool {
	return slices.ContainsFunc(c.Operations[op.Type].FailsWhen, func(f Failure) bool {
		return f.meets(op.Args)
	})
}

// RefusesFailed reports whether a status says that an operation failed before and is not tried
// again.
func (c *Contract) RefusesFailed(status int) bool {
	return c.Promises.Failures == "refused" && slices.Contains(c.Promises.Failed, status)
}

// SessionOf is how a tenant logs in; nil when it does not.
func (c *Contract) SessionOf(tenant string) *exchange.SignIn {
	if own := c.Tenants[tenant].Session; own != nil {
		return own
	}
	return c.Session
}

// Renews reports whether a status tells a tenant to log in again.
func (c *Contract) Renews(tenant string, status int) bool {
	s := c.SessionOf(tenant)
	return s != nil && slices.Contains(s.RenewOn, status)
}

// ShutsOut reports whether a status says that a tenant is not let in. One that asks for a new login
// does not where it is known that the tenant is let in.
func (c *Contract) ShutsOut(tenant string, status int, letIn bool) bool {
	if c.Renews(tenant, status) {
		return !letIn
	}
	return status == 401 || status == 403 || status == 407
}
