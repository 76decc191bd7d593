package reference

import (
	"strings"

	"github.com/idemcheck/idemcheck/reference/store"
)

// The kinds of effect.
const (
	kindCharge  = "charge"
	kindRefund  = "refund"
	kindDebit   = "debit"   // what a transfer takes
	kindCredit  = "credit"  // what a transfer gives
	kindReceipt = "receipt" // a notification to the customer, sent from the ledger as an outbox
)

// maxAmount and maxBalance keep sums far away from overflow.
const (
	maxAmount  = 1_000_000_000_000
	maxBalance = 1_000_000_000_000_000
)

// decision is what an operation comes to. A refusal may come with the postings that it refuses.
type decision struct {
	refusal   *answer
	result    any
	reference string
	postings  []posting
	rows      func(store.Tx) error // what else to write; nil means nothing
}

// posting is an effect to be entered. Delta is what it adds to the balance, in minor units.
type posting struct {
	account, kind string
	amount, delta int64
}

// refuse makes a refusal that is the operation's outcome, so that repeats get it too.
func refuse(name, format string, args ...any) *answer {
	p := problem(name, format, args...)
	p.decided = true
	return &p
}

// absent refuses an operation on something that does not exist.
func absent(format string, args ...any) decision {
	return decision{refusal: refuse(notFound, format, args...)}
}

// notStarted refuses without making the refusal the operation's outcome: nothing is stored.
func notStarted(name, format string, args ...any) decision {
	p := problem(name, format, args...)
	return decision{refusal: &p}
}

func (s *Service) enter(tx store.Tx, at *attempt, d decision) (answer, error) {
	if d.refusal != nil {
		return *d.refusal, nil
	}
	if d.rows != nil {
		if err := d.rows(tx); err != nil {
			return answer{}, err
		}
	}
	return created(d.result), s.post(tx, at, d)
}

func (s *Service) post(tx store.Tx, at *attempt, d decision) error {
	for _, p := range d.postings {
		effect := store.Effect{
			Tenant: at.tenant, Account: p.account, Kind: p.kind, Amount: p.amount,
			Key: at.key, Reference: d.reference, At: s.set.Clock.Now(),
		}
		if err := tx.Post(effect, p.delta); err != nil {
			return err
		}
	}
	return nil
}

// checkMoney checks what charges, refunds and transfers have in common.
func checkMoney(amount int64, reference string) *fieldError {
	switch {
	case amount <= 0:
		return &fieldError{"amount", "must be a whole number of minor units above zero"}
	case amount > maxAmount:
		return &fieldError{"amount", "is too large"}
	}
	return checkText("reference", reference)
}

func checkText(field, text string) *fieldError {
	switch {
	case text == "":
		return &fieldError{field, "is missing"}
	case len(text) > 255:
		return &fieldError{field, "is longer than 255 bytes"}
	case strings.ContainsRune(text, 0): // PostgreSQL cannot store it
		return &fieldError{field, "has a NUL character"}
	}
	return nil
}

// firstWrong returns the first that is not nil.
func firstWrong(checks ...*fieldError) *fieldError {
	for _, wrong := range checks {
		if wrong != nil {
			return wrong
		}
	}
	return nil
}
