// Package operation decides what charges, refunds, transfers and accounts come to: what is entered
// into the ledger, or why it is refused. It knows nothing of keys and repeats.
package operation

import (
	"strings"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/store"
)

// Input is a validated payload that knows how to be decided.
type Input interface {
	// Check says what is wrong with the fields, or returns nil.
	Check() *answer.FieldError
	// Authorization says what the processor must agree to; nil means nothing.
	Authorization(r store.Reader, tenant string) (*processor.Authorization, error)
	// Decide reads what it needs and says what should be entered, or why not. All it takes is ids.
	Decide(tx store.Tx, tenant string) (Decision, error)
}

// The kinds of effect.
const (
	KindCharge  = "charge"
	KindRefund  = "refund"
	KindDebit   = "debit"   // what a transfer takes
	KindCredit  = "credit"  // what a transfer gives
	KindReceipt = "receipt" // a notification to the customer, sent from the ledger as an outbox
)

// maxAmount and maxBalance keep sums far away from overflow.
const (
	maxAmount  = 1_000_000_000_000
	maxBalance = 1_000_000_000_000_000
)

// Decision is what an operation comes to. A refusal may come with the postings that it refuses.
type Decision struct {
	Refusal   *answer.Response
	Result    any
	Reference string
	Postings  []Posting
	Rows      func(store.Tx) error // what else to write; nil means nothing
}

// Posting is an effect to be entered. Delta is what it adds to the balance, in minor units.
type Posting struct {
	Account, Kind string
	Amount, Delta int64
}

// refuse makes a refusal that is the operation's outcome, so that repeats get it too.
func refuse(name, format string, args ...any) *answer.Response {
	p := answer.Problem(name, format, args...)
	p.Decided = true
	return &p
}

// absent refuses an operation on something that does not exist.
func absent(format string, args ...any) Decision {
	return Decision{Refusal: refuse(answer.NotFound, format, args...)}
}

// notStarted refuses without making the refusal the operation's outcome: nothing is stored.
func notStarted(name, format string, args ...any) Decision {
	p := answer.Problem(name, format, args...)
	return Decision{Refusal: &p}
}

// checkMoney checks what charges, refunds and transfers have in common.
func checkMoney(amount int64, reference string) *answer.FieldError {
	switch {
	case amount <= 0:
		return &answer.FieldError{
			Field:  "amount",
			Reason: "must be a whole number of minor units above zero",
		}
	case amount > maxAmount:
		return &answer.FieldError{Field: "amount", Reason: "is too large"}
	}
	return checkText("reference", reference)
}

func checkText(field, text string) *answer.FieldError {
	switch {
	case text == "":
		return &answer.FieldError{Field: field, Reason: "is missing"}
	case len(text) > 255:
		return &answer.FieldError{Field: field, Reason: "is longer than 255 bytes"}
	case strings.ContainsRune(text, 0): // PostgreSQL cannot store it
		return &answer.FieldError{Field: field, Reason: "has a NUL character"}
	}
	return nil
}

// firstWrong returns the first that is not nil.
func firstWrong(checks ...*answer.FieldError) *answer.FieldError {
	for _, wrong := range checks {
		if wrong != nil {
			return wrong
		}
	}
	return nil
}
