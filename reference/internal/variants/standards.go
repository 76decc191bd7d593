package variants

import (
	"net/http"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/keyheader"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// standardVariants speak the dialects that are nobody's own.
func standardVariants() []Variant {
	return []Variant{
		{
			Name: "oasis-repeatable", Dialect: "oasis-repeatable",
			Promise: "Keys come as Repeatability-Request-ID with -First-Sent; a 5xx is executed again, " +
				"an expired key gets 412.",
			Suspicion: "A 500 is not replayed, and a retry of what was done is refused.",
			Change: func(do *payment.Steps) {
				do.Key = repeatabilityKey
				do.Mismatch, do.Respond = mismatchAs(400), transientAs500
				do.Lifetime, do.Replay = Lasting(ForEver), unlessExpired(412, ReplayUnmarked)
			},
		},
		{
			Name: "ack-only", Dialect: "ack-only",
			Promise:   "A repeat of what was done gets the error \"already done\" and no answer.",
			Suspicion: "A retry fails although its operation was executed.",
			Change: func(do *payment.Steps) {
				do.Key, do.Keep, do.Replay = BareKey("Idempotency-Key",
					keyheader.MaxLength), KeepSuccess, refuseDone
				do.InFlight = inFlightAs(503)
			},
		},
		{
			Name: "moov", Dialect: "moov",
			Promise:   "Whatever is wrong with a key gets 409: in flight, done, or another payload.",
			Suspicion: "A key seems to be in flight for ever.",
			Change: func(do *payment.Steps) {
				do.Key = BareKey("X-Idempotency-Key", keyheader.MaxLength)
				do.Keep, do.Replay = KeepSuccess, refuseDone
				do.Mismatch, do.Lifetime = mismatchAs(409), Lasting(ForEver)
			},
		},
	}
}

// repeatabilityKey takes the pair of headers of OASIS Repeatable Requests: both or neither.
func repeatabilityKey(header http.Header) (key string, protected bool, refusal *answer.Response) {
	key, protected, refusal = BareKey("Repeatability-Request-ID", keyheader.MaxLength)(header)
	if !protected {
		return key, protected, refusal
	}
	if _, err := http.ParseTime(header.Get("Repeatability-First-Sent")); err != nil {
		p := answer.Problem(answer.KeyMalformed,
			"the Repeatability-First-Sent header is not a date: %v", err)
		return "", false, &p
	}
	return key, true, nil
}

// transientAs500 does not tell an overload from a failure: both may be tried again.
func transientAs500(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	if a.Status == http.StatusServiceUnavailable {
		a = restated(a, http.StatusInternalServerError)
	}
	right.WriteAnswer(s, w, at, a)
}

func refuseDone(*payment.Server, *payment.Arrival, store.Record) answer.Response {
	return answer.Problem(answer.KeyDone, "the operation was done before")
}
