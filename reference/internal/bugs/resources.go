package bugs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// resourceBugs do not make an operation on several things one thing.
func resourceBugs() []Bug {
	return []Bug{
		{
			Name: "transfer-in-two-transactions",
			Mistake: "It commits debit and credit of a transfer apart, with work in between that stops " +
				"when the client goes away.",
			Rules:  []string{"partial-effect", "non-linearizable", "state-divergence"},
			Change: func(do *payment.Steps) { do.Commit = commitInTwo },
		},
		{
			Name:    "truncated-body-executed",
			Mistake: "It executes whatever fields arrived when the body breaks off.",
			Rules:   []string{"orphan-effect", "phantom-effect", "state-divergence"},
			Change:  func(do *payment.Steps) { do.Body, do.Decode = readWhatCame, salvage },
		},
		{
			Name:    "refund-by-charge",
			Mistake: "It takes the second refund of a charge for a repeat of the first.",
			Rules:   []string{"over-deduplication", "lost-effect"},
			Change: func(do *payment.Steps) {
				do.RecordKey, do.Fingerprint = keyOfRefund, fingerprintOfRefund
			},
		},
		{
			Name:    "balance-applied-twice",
			Mistake: "It moves the balance again on a repeat and leaves the one row in the ledger.",
			Rules:   []string{"state-divergence", "non-linearizable"},
			Change:  func(do *payment.Steps) { do.Replay = replayMovingBalance },
		},
		{
			Name:    "batch-recognised-by-first-item",
			Mistake: "It finds the first item of a batch done on a repeat, and does the others again.",
			Rules:   []string{"key-ignored", "duplicate-effect", "early-expiry", "state-divergence"},
			Change:  func(do *payment.Steps) { do.Replay = replayOtherItems },
		},
	}
}

// commitInTwo enters what concerns the first account together with key and answer, and the rest
// after some more work, which ends when the client goes away.
func commitInTwo(s *payment.Server, at *payment.Arrival) (decided answer.Response, err error) {
	var rest operation.Decision
	err = s.Update(at, func(tx store.Tx) error {
		d, err := at.Operation.Decide(tx, at.Tenant)
		if err != nil {
			return err
		}
		rest = d
		d.Postings, rest.Postings = splitByAccount(d.Postings)
		if decided, err = right.Enter(s, tx, at, d); err != nil {
			return err
		}
		return s.Record(tx, at, decided)
	})
	if err != nil || rest.Refusal != nil || len(rest.Postings) == 0 {
		return decided, err
	}
	if err := processor.Pause(at.Request, s.Options.Work); err != nil {
		return answer.Response{}, err
	}
	return decided, s.Update(at, func(tx store.Tx) error { return right.Post(s, tx, at, rest) })
}

func splitByAccount(all []operation.Posting) (first, rest []operation.Posting) {
	other := slices.IndexFunc(all,
		func(p operation.Posting) bool { return p.Account != all[0].Account })
	if other < 0 {
		return all, nil
	}
	return all[:other], all[other:]
}

// readWhatCame takes a body that broke off for a whole one.
func readWhatCame(body io.Reader) ([]byte, *answer.Response) {
	var arrived bytes.Buffer
	_, refusal := right.ReadAll(io.TeeReader(body, &arrived))
	if refusal != nil && refusal.Status == http.StatusRequestEntityTooLarge {
		return nil, refusal
	}
	return arrived.Bytes(), nil
}

// salvage takes the fields that can be made out, and does without a reference.
func salvage(body []byte, into operation.Input) *answer.Response {
	if right.Decode(body, into) == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Encode(fieldsOf(body)), into); err != nil {
		return answer.Invalid(&answer.FieldError{
			Field: "body", Reason: "has a field of the wrong type",
		})
	}
	if wrong := into.Check(); wrong != nil && wrong.Field != "reference" {
		return answer.Invalid(wrong)
	}
	return nil
}

// fieldsOf collects the fields of a JSON object up to where it breaks off. The last one may be the
// beginning of a longer number.
func fieldsOf(body []byte) map[string]any {
	fields := map[string]any{}
	tokens := json.NewDecoder(bytes.NewReader(body))
	tokens.UseNumber()
	_, err := tokens.Token() // the opening brace
	for err == nil {
		var name, value json.Token
		if name, err = tokens.Token(); err != nil {
			break
		}
		if value, err = tokens.Token(); err == nil {
			fields[fmt.Sprint(name)] = value
		}
	}
	return fields
}

// keyOfRefund takes the charge for the identity of its refund.
func keyOfRefund(at *payment.Arrival) string {
	if in, isRefund := at.Operation.(*operation.RefundInput); isRefund {
		return "refund of " + in.Charge
	}
	return at.Key
}

func fingerprintOfRefund(at *payment.Arrival, body []byte) string {
	if in, isRefund := at.Operation.(*operation.RefundInput); isRefund {
		return in.Charge
	}
	return right.Fingerprint(at, body)
}

// replayMovingBalance moves the balances before the ledger, which has each row once, would say that
// it was done.
func replayMovingBalance(
	s *payment.Server, at *payment.Arrival, record store.Record,
) answer.Response {
	return replayAfter(s, at, record, func(tx store.Tx, d operation.Decision) error {
		return move(tx, at.Tenant, d.Postings)
	})
}

// move changes the balances of a tenant's accounts without a line in their ledgers.
func move(tx store.Tx, tenant string, postings []operation.Posting) error {
	for _, p := range postings {
		if err := tx.AddBalance(tenant, p.Account, p.Delta); err != nil {
			return err
		}
	}
	return nil
}

// replayOtherItems enters all of a batch but its first charge and receipt.
func replayOtherItems(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	const perItem = 2
	if _, isBatch := at.Operation.(*operation.BatchInput); !isBatch {
		return right.ReplayStored(s, at, record)
	}
	again := func(tx store.Tx, d operation.Decision) error {
		d.Postings = d.Postings[perItem:]
		return right.Post(s, tx, at, d)
	}
	return replayAfter(s, at, record, again)
}

// replayAfter does something with what the operation would come to now, and replays.
func replayAfter(
	s *payment.Server, at *payment.Arrival, record store.Record,
	do func(store.Tx, operation.Decision) error,
) answer.Response {
	err := s.Update(at, func(tx store.Tx) error {
		d, err := at.Operation.Decide(tx, at.Tenant)
		if err != nil || d.Refusal != nil || record.Status >= 400 {
			return err
		}
		return do(tx, d)
	})
	if err != nil {
		return s.Failed(at, "repeating", err)
	}
	return right.ReplayStored(s, at, record)
}
