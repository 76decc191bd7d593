package dialect

import (
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// providers are the dialects of well-known payment services.
func providers() []Dialect {
	return []Dialect{
		{
			Name:    "stripe",
			Summary: "Stripe, API v1: everything that began executing is replayed for a day.",
			Source:  "https://docs.stripe.com/api/idempotent_requests",
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(false), Required: new(false), MaxLength: 255,
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Malformed: []int{400}, Mismatch: []int{400}, InFlight: []int{409},
				Transient: []int{429, 503}, Replay: "same-body", Errors: "replayed",
				ReplayMarker: &model.ReplayMarker{Header: "Idempotent-Replayed", Value: "true"},
				Retention:    hours(24), AfterRetention: "executed",
			},
		},
		{
			Name:    "stripe-v2",
			Summary: "Stripe, API v2: successful work is not repeated, failed work is resumed.",
			Limits:  "Mismatch and in-flight answers are not published.",
			Source:  "https://docs.stripe.com/api-v2-overview",
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(false), Required: new(false), MaxLength: 255,
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Transient: []int{429, 503}, Replay: "current-state", Errors: "executed",
				Retention: hours(30 * 24), AfterRetention: "executed",
			},
		},
		{
			Name:    "adyen",
			Summary: "Adyen: keys live for at least seven days, transient errors may be retried.",
			Limits:  "Statuses are looked at, the header transient-error and code 704 are not.",
			Source:  "https://docs.adyen.com/development-resources/api-idempotency/",
			Key: model.Key{
				Header: "idempotency-key", Quoted: new(false), Required: new(false), MaxLength: 64,
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				InFlight: []int{422, 409}, Transient: []int{429, 503}, Replay: "same-body",
				Errors: "replayed", Retention: hours(7 * 24),
			},
		},
		{
			Name:    "paypal",
			Summary: "PayPal: a repeat shows the current state of what the first one made.",
			Limits:  "Retention differs between its APIs.",
			Source:  "https://developer.paypal.com/api/rest/reference/idempotency/",
			Key: model.Key{
				Header: "PayPal-Request-Id", Quoted: new(false), Required: new(false),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Mismatch: []int{400, 409, 422}, InFlight: []int{409, 422, 503},
				Transient: []int{429, 503}, Replay: "current-state",
			},
		},
	}
}

// moreProviders are those whose keys travel elsewhere, or that replay less.
func moreProviders() []Dialect {
	return []Dialect{
		{
			Name:    "square",
			Summary: "Square: the key is the field idempotency_key of the body.",
			Limits:  "Write `idempotency_key: \"{key}\"` in every body; there is no header.",
			Source:  "https://developer.squareup.com/docs/build-basics/common-api-patterns/idempotency",
			Key: model.Key{
				Quoted: new(false), Required: new(true), MaxLength: 45, Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Missing: []int{400}, Malformed: []int{400}, Mismatch: []int{400},
				Transient: []int{429, 503}, Replay: "same-body",
			},
		},
		{
			Name:    "aws-client-token",
			Summary: "Amazon's client tokens: a repeat does nothing, its answer may be newer.",
			Limits:  "Write the parameter with \"{key}\" in path or body; there is no header.",
			Source:  "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html",
			Key:     model.Key{Quoted: new(false), MaxLength: 64, Scope: []string{"tenant"}},
			Promises: model.Promises{
				Malformed: []int{400}, Mismatch: []int{400}, Transient: []int{429, 500, 503},
				Replay: "current-state",
			},
		},
		{
			Name:    "checkout",
			Summary: "Checkout.com: only successes are stored, for a day.",
			Limits:  "Mismatch and in-flight answers are not published.",
			Source:  "https://www.checkout.com/docs/developer-resources/api/idempotency",
			Key: model.Key{
				Header: "Cko-Idempotency-Key", Quoted: new(false), Required: new(false),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Transient: []int{429, 500, 503}, Replay: "same-body", Errors: "executed",
				Retention: hours(24), AfterRetention: "executed",
			},
		},
		{
			Name:    "moov",
			Summary: "Moov: a duplicate gets 409, now and later; nothing is replayed or expires.",
			Limits:  "409 says \"in flight\" and \"already done\": the ledger decides which.",
			Source:  "https://docs.moov.io/api/#idempotency",
			Key: model.Key{
				Header: "X-Idempotency-Key", Quoted: new(false), Required: new(false),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Mismatch: []int{409}, InFlight: []int{409}, Done: []int{409},
				Transient: []int{429, 503}, Replay: "acknowledgement",
			},
		},
	}
}

func hours(n int) value.Duration { return value.Duration(time.Duration(n) * time.Hour) }
