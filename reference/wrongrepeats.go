package reference

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/idemcheck/idemcheck/reference/store"
)

// replayUnreadable has stored an object where it expects text.
func replayUnreadable(*Service, *attempt, store.Record) answer {
	return problem(internal, `reading the stored answer: "[object Object]" is not valid JSON`)
}

// saveRefusalAsUntouched stores what the recorder of answers began with, because the handler of
// errors writes past it.
func saveRefusalAsUntouched(tx store.Tx, r store.Record) error {
	if r.Status >= 400 {
		r.Status, r.ContentType, r.Body = http.StatusOK, "application/json", nil
	}
	return tx.InsertRecord(r)
}

func replayAsText(s *Service, at *attempt, record store.Record) answer {
	a := replayStored(s, at, record)
	a.contentType = "text/plain; charset=utf-8"
	return a
}

// replayWhenTold waits for a message that was sent when the first attempt was done.
func replayWhenTold(s *Service, at *attempt, _ store.Record) answer {
	select {
	case <-at.request.Done():
	case <-at.ctx.Done():
	}
	return s.failed(at, "waiting for the first attempt", at.request.Err())
}

// announced is a writer that knows better how long the body is.
type announced struct {
	http.ResponseWriter
	length int
}

// WriteHeader implements http.ResponseWriter.
func (a announced) WriteHeader(status int) {
	a.Header().Set("Content-Length", strconv.Itoa(a.length))
	a.ResponseWriter.WriteHeader(status)
}

// announceStoredLength sends a replay with the length of the first answer and with a body that was
// parsed and written again, which has no line feed at the end.
func announceStoredLength(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	if a.replayed {
		w = announced{w, len(a.body)}
		a.body = bytes.TrimRight(a.body, "\n")
	}
	writeAnswer(s, w, at, a)
}

// unfinishedClaims stay where an operation was refused.
type unfinishedClaims struct{ refused notes[bool] }

// claim lets go of a key that has an answer, or no outcome. A refusal is neither.
func (u *unfinishedClaims) claim(s *Service, at *attempt) (release func(), ok bool, err error) {
	leave, ok, err := claimInProcess(s, at)
	return func() {
		if !u.refused.get(at) {
			leave()
		}
	}, ok, err
}

func (u *unfinishedClaims) commit(s *Service, at *attempt) (answer, error) {
	decided, err := s.commit(at)
	u.refused.put(at, err == nil && decided.decided && decided.status >= 400)
	return decided, err
}
