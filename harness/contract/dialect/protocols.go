package dialect

import "github.com/idemcheck/idemcheck/model"

// commerce are the dialects of protocols by which agents buy and advertise.
func commerce() []Dialect {
	return []Dialect{
		{
			Name:    "acp",
			Summary: "Agentic Commerce Protocol: a key with every POST, failures are never stored.",
			Limits:  "5xx answers are executed again: promises.failures is yours to write.",
			Source:  "https://github.com/agentic-commerce-protocol (rfc.agentic_checkout, section 6)",
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(false), Required: new(true), MaxLength: 255,
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Missing: []int{400}, Mismatch: []int{422}, InFlight: []int{409},
				Transient: []int{429, 500, 502, 503, 504}, Replay: "same-body", Errors: "replayed",
				ReplayMarker: &model.ReplayMarker{Header: "Idempotent-Replayed", Value: "true"},
				Retention:    hours(24), AfterRetention: "executed",
			},
		},
		{
			Name:    "ucp",
			Summary: "Universal Commerce Protocol: 409 for other parameters, keys live for a day at least.",
			Limits:  "What is refused is often answered 200 with messages: say so under operations.",
			Source:  "https://ucp.dev/2026-04-08/specification/checkout-rest/",
			Should:  []string{"key.required", "promises.missing"},
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(false), Required: new(true),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Missing: []int{400}, Mismatch: []int{409}, Transient: []int{429, 503},
				Replay: "same-body", Retention: hours(24),
			},
		},
		{
			Name:    "adcp",
			Summary: "Ad Context Protocol: the key is the field idempotency_key of every task.",
			Limits: "Write `idempotency_key: \"{key}\"` in every body. Conflict and expiry are codes of " +
				"the answer, and how long keys live is in the seller's capabilities.",
			Source: "https://adcontextprotocol.org (security, request safety)",
			Key: model.Key{
				Quoted: new(false), Required: new(true), MinLength: 16, MaxLength: 255,
				Pattern: "[A-Za-z0-9_.:-]{16,255}", Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Transient: []int{429, 503}, Replay: "same-body", ReplayIgnore: []string{"replayed"},
			},
		},
	}
}

// catalogues are those of a catalogue, a receiver of events, and a payment by request.
func catalogues() []Dialect {
	return []Dialect{
		{
			Name:    "iceberg-rest",
			Summary: "Iceberg's REST catalogue: a repeat does nothing more, its answer may be newer.",
			Limits: "Another payload is not spoken of, the catalogue's configuration has the retention, " +
				"and the time in a key is drawn as the rest of it is.",
			Source: "https://iceberg.apache.org/rest-catalog-spec/ (Idempotency-Key)",
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(false), Required: new(false),
				MinLength: uuidLength, MaxLength: uuidLength, Pattern: uuidV7,
			},
			Promises: model.Promises{
				Transient: []int{429, 500, 502, 503, 504}, Replay: "current-state", Errors: "replayed",
			},
		},
		{
			Name:    "standard-webhooks",
			Summary: "Standard Webhooks, for a receiver: an event that came before is acknowledged again.",
			Limits: "webhook-timestamp and webhook-signature cannot be computed: let the receiver under " +
				"test do without them.",
			Source: "https://github.com/standard-webhooks/standard-webhooks (version 1.0.0)",
			Should: []string{"promises.replay", "promises.transient"},
			Key:    model.Key{Header: "webhook-id", Quoted: new(false), Required: new(true)},
			Promises: model.Promises{
				Transient: []int{429, 502, 503, 504}, Replay: "same-status",
			},
		},
		{
			Name:    "x402",
			Summary: "x402, payment-identifier: the key is inside the payment, 409 for another request.",
			Limits: "The identifier is a field of the payment's payload: write \"{key}\" where your " +
				"client puts it. In flight is any answer that may be tried again.",
			Source: "https://github.com/x402-foundation/x402 (extensions/payment_identifier)",
			Should: []string{"promises.mismatch", "promises.replay", "key.scope"},
			Key: model.Key{
				Quoted: new(false), Required: new(false), MinLength: 16, MaxLength: 128,
				Pattern: "[A-Za-z0-9_-]{16,128}", Scope: []string{"tenant", "route"},
			},
			Promises: model.Promises{
				Mismatch: []int{409}, Transient: []int{429, 503}, Replay: "same-body",
			},
		},
	}
}

// uuidV7 is a UUID of version 7 as text, which has uuidLength characters.
const (
	uuidV7     = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
	uuidLength = 36
)
