package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/reference/store"
)

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
func enterWithOutbox(s *Service, tx store.Tx, at *attempt, d decision) (answer, error) {
	isReceipt := func(p posting) bool { return p.kind == kindReceipt }
	if d.refusal != nil || !slices.ContainsFunc(d.postings, isReceipt) {
		return s.enter(tx, at, d)
	}
	unsent, err := readOutbox(tx)
	if err != nil {
		return answer{}, err
	}
	for _, p := range d.postings {
		if isReceipt(p) {
			id, err := tx.NextID("out_")
			if err != nil {
				return answer{}, err
			}
			unsent = append(unsent, outboxMessage{id, at.tenant, at.key, d.reference, p.account, p.amount})
		}
	}
	d.postings = slices.DeleteFunc(d.postings, isReceipt)
	if err := writeOutbox(s, tx, unsent); err != nil {
		return answer{}, err
	}
	return s.enter(tx, at, d)
}

func settleByRelay(s *Service, at *attempt, decided answer) answer {
	if err := relay(s, at); err != nil {
		s.set.Log.ErrorContext(at.ctx, "outbox not relayed", "error", err)
	}
	return decided
}

func replayAfterRelay(s *Service, at *attempt, record store.Record) answer {
	return settleByRelay(s, at, replayStored(s, at, record))
}

// relay lists what is unsent, and sends and marks one after the other. It does not keep another
// relay from having the same list.
func relay(s *Service, at *attempt) error {
	var unsent []outboxMessage
	err := s.set.Store.View(at.ctx, func(r store.Reader) (err error) {
		unsent, err = readOutbox(r)
		return err
	})
	for _, m := range unsent {
		if err == nil {
			err = pause(at.ctx, s.set.Work)
		}
		if err == nil {
			err = s.update(at, func(tx store.Tx) error { return send(s, tx, m) })
		}
	}
	return err
}

// send sends a message and takes it out of the outbox, if it is there.
func send(s *Service, tx store.Tx, m outboxMessage) error {
	unsent, err := readOutbox(tx)
	if err != nil {
		return err
	}
	unsent = slices.DeleteFunc(unsent, func(other outboxMessage) bool { return other.ID == m.ID })
	receipt := decision{reference: m.Reference, postings: []posting{
		{account: m.Account, kind: kindReceipt, amount: m.Amount},
	}}
	if err := s.post(tx, &attempt{tenant: m.Tenant, key: m.Key}, receipt); err != nil {
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

func writeOutbox(s *Service, tx store.Tx, unsent []outboxMessage) error {
	now := s.set.Clock.Now()
	return tx.PutRecord(store.Record{
		Scope: outboxScope, Key: outboxKey, Body: encode(unsent),
		CreatedAt: now, ExpiresAt: now.Add(forEver),
	})
}
