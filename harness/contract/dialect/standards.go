package dialect

import "github.com/idemcheck/idemcheck/model"

// standards are the dialects that are nobody's own.
func standards() []Dialect {
	return []Dialect{
		{
			Name:    "ietf",
			Summary: "The Idempotency-Key header of the IETF HTTPAPI working group (draft -07).",
			Limits:  "Retention, and what a repeat gets after it, are declared by the resource.",
			Source:  "https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/07/",
			Should: []string{
				"promises.missing", "promises.malformed", "promises.mismatch", "promises.in_flight",
				"promises.replay", "promises.errors",
			},
			Key: model.Key{
				Header: "Idempotency-Key", Quoted: new(true), Required: new(true),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Missing: []int{400}, Malformed: []int{400}, Mismatch: []int{422},
				InFlight: []int{409}, Transient: []int{429, 503}, Replay: "same-body",
				Errors: "replayed",
			},
		},
		{
			Name:    "oasis-repeatable",
			Summary: "OASIS Repeatable Requests 1.0, as Microsoft's services use it.",
			Limits:  "Repeatability-First-Sent has to be written under target.headers.",
			Source:  "https://docs.oasis-open.org/odata/repeatable-requests/v1.0/",
			Key: model.Key{
				Header: "Repeatability-Request-ID", Quoted: new(false), Required: new(false),
				Scope: []string{"tenant"},
			},
			Promises: model.Promises{
				Malformed: []int{400}, Mismatch: []int{400}, InFlight: []int{409},
				Transient: []int{429, 500, 502, 503, 504}, Errors: "replayed",
				AfterRetention: "refused", Expired: []int{412},
			},
		},
		{
			Name:    "ack-only",
			Summary: "A service that refuses what it has done before and replays no answer.",
			Limits:  "Statuses are free; \"already done\" goes under promises.done.",
			Source:  "a habit of many services, which nobody has written down",
			Key:     model.Key{Header: "Idempotency-Key", Quoted: new(false)},
			Promises: model.Promises{
				InFlight: []int{503}, Done: []int{409}, Transient: []int{429, 503},
				Replay: "acknowledgement",
			},
		},
	}
}
