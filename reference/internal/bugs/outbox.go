package bugs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
	"github.com/idemcheck/idemcheck/reference/store"
)

// outboxBugs send what an attempt left in the outbox more than once.
func outboxBugs() []Bug {
	return []Bug{
		{
			Name: "outbox-relayed-twice",
			Mistake: "Each attempt sends the receipts that it finds in the outbox and marks them " +
				"afterwards, so that two at once send the same.",
			Rules: []string{"side-effect-of-replay"},
			Change: func(do *payment.Steps) {
				do.Enter, do.Settle, do.Replay = enterWithOutbox, settleByRelay, replayAfterRelay
			},
		},
	}
}

// outboxMessage is a receipt in the outbox, as it will be sent.
type outboxMessage struct {
	ID        string `json:"id"`
	Tenant    string `json:"tenant"`
	Key       string `json:"key"`
	Reference string `json:"reference"`
	Account   string `json:"account"`
	Amount    int64  `json:"amount"`
}

// enterWithOutbox enters all but the receipts, which it leaves in the outbox in the same
// transaction.
func enterWithOutbox(
	s *payment.Server, tx store.Tx, at *payment.Arrival, d operation.Decision,
) (answer.Response, error) {
	isReceipt := func(p operation.Posting) bool { return p.Kind == operation.KindReceipt }
	if d.Refusal != nil || !slices.ContainsFunc(d.Postings, isReceipt) {
		return right.Enter(s, tx, at, d)
	}
	unsent, err := readOutbox(tx)
	if err != nil {
		return answer.Response{}, err
	}
	for _, p := range d.Postings {
		if isReceipt(p) {
			id, err := tx.NextID("out_")
			if err != nil {
				return answer.Response{}, err
			}
			unsent = append(unsent, outboxMessage{id, at.Tenant, at.Key, d.Reference, p.Account, p.Amount})
		}
	}
	d.Postings = slices.DeleteFunc(d.Postings, isReceipt)
	if err := writeOutbox(s, tx, unsent); err != nil {
		return answer.Response{}, err
	}
	return right.Enter(s, tx, at, d)
}

func settleByRelay(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	logged(s, at, "outbox not relayed", relay(s, at))
	return decided
}

func replayAfterRelay(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	return settleByRelay(s, at, right.ReplayStored(s, at, record))
}

// relay lists what is unsent, and sends and marks one after the other. It does not keep another
// relay from having the same list.
func relay(s *payment.Server, at *payment.Arrival) error {
	var unsent []outboxMessage
	err := s.Options.Store.View(at.Context, func(r store.Reader) (err error) {
		unsent, err = readOutbox(r)
		return err
	})
	for _, m := range unsent {
		if err == nil {
			err = processor.Pause(at.Context, s.Options.Work)
		}
		if err == nil {
			err = s.Update(at, func(tx store.Tx) error { return send(s, tx, m) })
		}
	}
	return err
}

// send sends a message and takes it out of the outbox, if it is there.
func send(s *payment.Server, tx store.Tx, m outboxMessage) error {
	unsent, err := readOutbox(tx)
	if err != nil {
		return err
	}
	unsent = slices.DeleteFunc(unsent, func(other outboxMessage) bool { return other.ID == m.ID })
	receipt := operation.Decision{Reference: m.Reference, Postings: []operation.Posting{
		{Account: m.Account, Kind: operation.KindReceipt, Amount: m.Amount},
	}}
	sender := &payment.Arrival{Tenant: m.Tenant, Key: m.Key}
	if err := right.Post(s, tx, sender, receipt); err != nil {
		return err
	}
	return writeOutbox(s, tx, unsent)
}

// The outbox is kept as a record under a name that no key has.
const outboxScope, outboxKey = "outbox", "unsent"

func readOutbox(r store.Reader) (unsent []outboxMessage, err error) {
	record, err := r.Record(outboxScope, outboxKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(record.Body, &unsent)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the outbox: %w", err)
	}
	return unsent, nil
}

func writeOutbox(s *payment.Server, tx store.Tx, unsent []outboxMessage) error {
	now := s.Options.Clock.Now()
	return tx.PutRecord(store.Record{
		Scope: outboxScope, Key: outboxKey, Body: answer.Encode(unsent),
		CreatedAt: now, ExpiresAt: now.Add(variants.ForEver),
	})
}
