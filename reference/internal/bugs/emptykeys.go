package bugs

import (
	"net/http"
	"strings"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/keyheader"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
)

// emptyKeyBugs do not know what to do without a key.
func emptyKeyBugs() []Bug {
	return []Bug{
		{
			Name:    "empty-key-is-no-key",
			Mistake: "It refuses a missing key, and executes with an empty one, unprotected.",
			Rules:   []string{"key-required"},
			Change:  func(do *payment.Steps) { do.Key = acceptEmptyKey },
		},
		{
			Name: "no-key-is-one-key",
			Mistake: "It makes the text \"undefined\" of a missing key, which is optional, and so takes " +
				"all operations without one for repeats of the first.",
			Rules:   []string{"over-deduplication", "foreign-replay", "lost-effect"},
			Variant: "stripe",
			Change:  func(do *payment.Steps) { do.Key = undefinedKey },
		},
	}
}

// acceptEmptyKey asks for the header and then for what is in it.
func acceptEmptyKey(header http.Header) (key string, protected bool, refusal *answer.Response) {
	lines := header.Values("Idempotency-Key")
	if len(lines) == 1 && strings.Trim(lines[0], `" `) == "" {
		return "", false, nil
	}
	return keyheader.Require(header)
}

// undefinedKey is what JavaScript makes of a header that is not there.
func undefinedKey(header http.Header) (key string, protected bool, refusal *answer.Response) {
	key, protected, refusal = variants.BareKey("Idempotency-Key", keyheader.MaxLength)(header)
	if !protected && refusal == nil {
		return "undefined", true, nil
	}
	return key, protected, refusal
}
