package variants

import (
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/keyheader"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
)

// providerVariants answer as well-known providers do.
func providerVariants() []Variant {
	return []Variant{
		{
			Name: "stripe", Dialect: "stripe",
			Promise:   "Keys are bare and optional; another payload gets 400.",
			Suspicion: "Without a key every attempt executes.",
			Change: func(do *payment.Steps) {
				do.Key, do.Mismatch = BareKey("Idempotency-Key", keyheader.MaxLength), mismatchAs(400)
			},
		},
		{
			Name: "stripe-v2", Dialect: "stripe-v2",
			Promise:   "Work that failed is tried again; a replay shows today's state, for 30 days.",
			Suspicion: "A refusal gives way to a success, and two answers differ.",
			Change: func(do *payment.Steps) {
				do.Key, do.Keep = BareKey("Idempotency-Key", keyheader.MaxLength), KeepSuccess
				do.Replay, do.Lifetime = unmarked(ReplayCurrentState), Lasting(30*24*time.Hour)
			},
		},
		{
			Name: "adyen", Dialect: "adyen",
			Promise: "A duplicate in flight gets 422 and transient-error: true; a key of up to 64 " +
				"characters is remembered for seven days at least, here for fourteen.",
			Suspicion: "422 in flight looks like a key used for another payload.",
			Change: func(do *payment.Steps) {
				do.Key, do.InFlight = BareKey("Idempotency-Key", 64), inFlightAs(422)
				do.Respond, do.Lifetime = tellTransient, Lasting(14*24*time.Hour)
				do.Replay = ReplayUnmarked
			},
		},
		{
			Name: "paypal", Dialect: "paypal",
			Promise:   "A replay shows the current state of what the first attempt made.",
			Suspicion: "Two answers to one operation differ.",
			Change: func(do *payment.Steps) {
				do.Key, do.Replay = BareKey("PayPal-Request-Id",
					keyheader.MaxLength), unmarked(ReplayCurrentState)
			},
		},
		{
			Name: "checkout", Dialect: "checkout",
			Promise:   "Only successes are stored.",
			Suspicion: "A stored refusal is executed again.",
			Change: func(do *payment.Steps) {
				do.Key, do.Keep = BareKey("Cko-Idempotency-Key", keyheader.MaxLength), KeepSuccess
				do.Replay = ReplayUnmarked
			},
		},
	}
}

// tellTransient marks what may be tried again, because its status alone does not say so.
func tellTransient(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	if a.Retry {
		w.Header().Set("Transient-Error", "true")
	}
	right.WriteAnswer(s, w, at, a)
}
