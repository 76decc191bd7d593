package bugs

import (
	"net/http"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/keyheader"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
)

// identityBugs confuse operations with one another.
func identityBugs() []Bug {
	return []Bug{
		{
			Name:    "key-not-scoped-by-tenant",
			Mistake: "It takes another tenant's operation of the same key for a repeat.",
			Rules:   []string{"foreign-replay", "lost-effect", "over-deduplication"},
			Change:  func(do *payment.Steps) { do.Scope = scopeByRoute },
		},
		{
			Name:    "key-not-scoped-by-route",
			Mistake: "It takes the same key on another route for the same operation.",
			Rules:   []string{"over-deduplication", "foreign-replay"},
			Change:  func(do *payment.Steps) { do.Scope = scopeByTenant },
		},
		{
			Name:    "payload-not-fingerprinted",
			Mistake: "It replays the first answer whatever the payload.",
			Rules:   []string{"payload-mismatch"},
			Change:  func(do *payment.Steps) { do.Fingerprint = fingerprintNothing },
		},
		{
			Name:    "key-truncated",
			Mistake: "It cuts keys to 64 characters, so that long keys run together.",
			Rules:   []string{"over-deduplication"},
			Change:  func(do *payment.Steps) { do.RecordKey = cutKey },
		},
		{
			Name:    "same-body-deduplicated",
			Mistake: "It takes a new key with an earlier body for a repeat.",
			Rules:   []string{"over-deduplication"},
			Change: func(do *payment.Steps) {
				do.Find, do.Save = variants.FindByKeyOrBody, variants.SaveByKeyAndBody
			},
		},
		{
			Name:    "missing-key-accepted",
			Mistake: "It executes without a key, or with a malformed one, unprotected.",
			Rules:   []string{"key-required"},
			Change:  func(do *payment.Steps) { do.Key = acceptAnyKey },
		},
		{
			Name:    "mismatch-leaks-answer",
			Mistake: "It shows the stored answer when it refuses another payload.",
			Rules:   []string{"conflict-leak"},
			Change:  func(do *payment.Steps) { do.Mismatch = showOriginal },
		},
	}
}

func scopeByRoute(at *payment.Arrival) string { return at.Route }

func scopeByTenant(at *payment.Arrival) string { return at.Tenant }

func fingerprintNothing(*payment.Arrival, []byte) string { return "" }

func cutKey(at *payment.Arrival) string { return at.Key[:min(64, len(at.Key))] }

// acceptAnyKey goes on without protection where there is no usable key.
func acceptAnyKey(header http.Header) (key string, protected bool, refusal *answer.Response) {
	key, protected, _ = keyheader.Require(header)
	return key, protected, nil
}
