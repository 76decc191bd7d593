package variants

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/keyheader"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// BareKey takes the key as it stands in a header, if there is one. It may have up to maxLength
// characters.
func BareKey(name string, maxLength int) func(http.Header) (string, bool, *answer.Response) {
	parse := func(field string) (string, error) {
		switch {
		case field == "":
			return "", errors.New("is empty")
		case len(field) > maxLength:
			return "", fmt.Errorf("is longer than %d characters", maxLength)
		}
		return field, nil
	}
	return func(header http.Header) (key string, protected bool, refusal *answer.Response) {
		if len(header.Values(name)) == 0 {
			return "", false, nil
		}
		return keyheader.Take(header, name, parse)
	}
}

// Lasting is a lifetime of keys whatever the retention is.
func Lasting(d time.Duration) func(time.Duration) time.Duration {
	return func(time.Duration) time.Duration { return d }
}

// unlessExpired refuses a key that is kept although its retention is over.
func unlessExpired(status int, replay payment.ReplayStep) payment.ReplayStep {
	return func(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
		if s.Options.Clock.Now().Before(record.CreatedAt.Add(s.Options.Retention)) {
			return replay(s, at, record)
		}
		used := record.CreatedAt.UTC().Format(time.RFC3339)
		return restated(answer.Problem(answer.KeyExpired, "the key was used on %s", used), status)
	}
}

// KeepSuccess stores no refusal.
func KeepSuccess(a answer.Response) bool { return a.Decided && a.Status < 400 }

func inFlightAs(status int) func() answer.Response {
	return func() answer.Response { return restated(right.RefuseInFlight(), status) }
}

func mismatchAs(status int) func(*payment.Arrival, store.Record) answer.Response {
	return func(at *payment.Arrival, r store.Record) answer.Response {
		return restated(right.RefuseMismatch(at, r), status)
	}
}

// restated is a problem under another status than the usual one of its kind.
func restated(a answer.Response, status int) answer.Response {
	var d answer.Details
	if err := json.Unmarshal(a.Body, &d); err != nil {
		return a // no problem of ours, so it has no status in its body
	}
	d.Status, a.Status = status, status
	a.Body = answer.Encode(d)
	return a
}

// ReplayUnmarked replays as if it were the first answer.
func ReplayUnmarked(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	a := right.ReplayStored(s, at, record)
	a.Replayed = false
	return a
}

func unmarked(replay payment.ReplayStep) payment.ReplayStep {
	return func(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
		a := replay(s, at, record)
		a.Replayed = false
		return a
	}
}
