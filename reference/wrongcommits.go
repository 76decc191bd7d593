package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/reference/store"
)

// commitWithoutKey leaves the key to writeThenStoreKey.
func commitWithoutKey(s *Service, at *attempt) (decided answer, err error) {
	err = s.update(at, func(tx store.Tx) error {
		d, err := at.operation.decide(tx, at.tenant)
		if err != nil {
			return err
		}
		decided, err = s.enter(tx, at, d)
		return err
	})
	return decided, err
}

// writeThenStoreKey takes an answer for written when its connection still stands.
func writeThenStoreKey(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	a.write(w)
	if !a.decided || at.request.Err() != nil {
		return
	}
	if err := s.update(at, func(tx store.Tx) error { return s.record(tx, at, a) }); err != nil {
		s.set.Log.ErrorContext(at.ctx, "key not stored", "error", err)
	}
}

func dropWhenClientGone(s *Service, at *attempt, decided answer) answer {
	if at.request.Err() != nil {
		drop(s, at)
	}
	return decided
}

// dropWhenMailerFails hands the receipt over under the client's context.
func dropWhenMailerFails(s *Service, at *attempt, decided answer) answer {
	if _, hasReceipt := at.operation.(*chargeInput); !hasReceipt {
		return decided
	}
	if err := pause(at.request, s.set.Work); err != nil {
		drop(s, at)
		return problem(internal, "the receipt could not be sent: %v", err)
	}
	return decided
}

func drop(s *Service, at *attempt) {
	err := s.update(at, func(tx store.Tx) error { return tx.DeleteRecord(at.scope, at.recordKey) })
	if err != nil {
		s.set.Log.ErrorContext(at.ctx, "key not dropped", "error", err)
	}
}

// commitInTwo enters what concerns the first account together with key and answer, and the rest
// after some more work, which ends when the client goes away.
func commitInTwo(s *Service, at *attempt) (decided answer, err error) {
	var rest decision
	err = s.update(at, func(tx store.Tx) error {
		d, err := at.operation.decide(tx, at.tenant)
		if err != nil {
			return err
		}
		rest = d
		d.postings, rest.postings = splitByAccount(d.postings)
		if decided, err = s.enter(tx, at, d); err != nil {
			return err
		}
		return s.record(tx, at, decided)
	})
	if err != nil || rest.refusal != nil || len(rest.postings) == 0 {
		return decided, err
	}
	if err := pause(at.request, s.set.Work); err != nil {
		return answer{}, err
	}
	return decided, s.update(at, func(tx store.Tx) error { return s.post(tx, at, rest) })
}

func splitByAccount(all []posting) (first, rest []posting) {
	other := slices.IndexFunc(all, func(p posting) bool { return p.account != all[0].account })
	if other < 0 {
		return all, nil
	}
	return all[:other], all[other:]
}

func enterThenRefuse(s *Service, tx store.Tx, at *attempt, d decision) (answer, error) {
	if d.refusal == nil || len(d.postings) == 0 {
		return s.enter(tx, at, d)
	}
	d.postings = d.postings[:1]
	return *d.refusal, s.post(tx, at, d)
}

// readWhatCame takes a body that broke off for a whole one.
func readWhatCame(body io.Reader) ([]byte, *answer) {
	var arrived bytes.Buffer
	_, refusal := readAll(io.TeeReader(body, &arrived))
	if refusal != nil && refusal.status == http.StatusRequestEntityTooLarge {
		return nil, refusal
	}
	return arrived.Bytes(), nil
}

// salvage takes the fields that can be made out, and does without a reference.
func salvage(body []byte, into operation) *answer {
	if decode(body, into) == nil {
		return nil
	}
	if err := json.Unmarshal(encode(fieldsOf(body)), into); err != nil {
		return invalid(&fieldError{"body", "has a field of the wrong type"})
	}
	if wrong := into.check(); wrong != nil && wrong.field != "reference" {
		return invalid(wrong)
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
