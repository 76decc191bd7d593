package payment

import (
	"strings"

	"github.com/idemcheck/idemcheck/reference/store"
)

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
	Refusal   *Answer
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
func refuse(name, format string, args ...any) *Answer {
	p := Problem(name, format, args...)
	p.Decided = true
	return &p
}

// absent refuses an operation on something that does not exist.
func absent(format string, args ...any) Decision {
	return Decision{Refusal: refuse(NotFound, format, args...)}
}

// notStarted refuses without making the refusal the operation's outcome: nothing is stored.
func notStarted(name, format string, args ...any) Decision {
	p := Problem(name, format, args...)
	return Decision{Refusal: &p}
}

// Enter enters what was decided into the ledger, and makes the answer of it.
func Enter(s *Service, tx store.Tx, at *Attempt, d Decision) (Answer, error) {
	if d.Refusal != nil {
		return *d.Refusal, nil
	}
	if d.Rows != nil {
		if err := d.Rows(tx); err != nil {
			return Answer{}, err
		}
	}
	return Created(d.Result), Post(s, tx, at, d)
}

// Post enters the postings of a decision.
func Post(s *Service, tx store.Tx, at *Attempt, d Decision) error {
	for _, p := range d.Postings {
		effect := store.Effect{
			Tenant: at.Tenant, Account: p.Account, Kind: p.Kind, Amount: p.Amount,
			Key: at.Key, Reference: d.Reference, At: s.Options.Clock.Now(),
		}
		if err := tx.Post(effect, p.Delta); err != nil {
			return err
		}
	}
	return nil
}

// checkMoney checks what charges, refunds and transfers have in common.
func checkMoney(amount int64, reference string) *FieldError {
	switch {
	case amount <= 0:
		return &FieldError{"amount", "must be a whole number of minor units above zero"}
	case amount > maxAmount:
		return &FieldError{"amount", "is too large"}
	}
	return checkText("reference", reference)
}

func checkText(field, text string) *FieldError {
	switch {
	case text == "":
		return &FieldError{field, "is missing"}
	case len(text) > 255:
		return &FieldError{field, "is longer than 255 bytes"}
	case strings.ContainsRune(text, 0): // PostgreSQL cannot store it
		return &FieldError{field, "has a NUL character"}
	}
	return nil
}

// firstWrong returns the first that is not nil.
func firstWrong(checks ...*FieldError) *FieldError {
	for _, wrong := range checks {
		if wrong != nil {
			return wrong
		}
	}
	return nil
}
