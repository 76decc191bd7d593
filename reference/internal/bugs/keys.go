package bugs

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/keyheader"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// keyBugs take two keys for one, or one for two.
func keyBugs() []Bug {
	return []Bug{
		{
			Name:    "key-case-folded",
			Mistake: "It takes keys that differ in upper and lower case for one.",
			Rules:   []string{"over-deduplication"},
			Change:  func(do *payment.Steps) { do.RecordKey = foldKey },
		},
		{
			Name:    "key-trimmed",
			Mistake: "It trims spaces that belong to the key.",
			Rules:   []string{"over-deduplication"},
			Change:  func(do *payment.Steps) { do.RecordKey = trimKey },
		},
		{
			Name:    "key-hashed",
			Mistake: "It keeps a hash of 32 bits in place of the key, and takes keys of one hash for one.",
			Rules:   []string{"over-deduplication"},
			Change:  func(do *payment.Steps) { do.RecordKey = hashKey },
		},
		{
			Name:    "first-of-two-lines",
			Mistake: "It takes the first of two key headers and ignores the other.",
			Rules:   []string{"key-required"},
			Change:  func(do *payment.Steps) { do.Key = oneLine(firstLine) },
		},
		{
			Name:    "last-of-two-lines",
			Mistake: "It takes the last of two key headers and ignores the other.",
			Rules:   []string{"key-required"},
			Change:  func(do *payment.Steps) { do.Key = oneLine(lastLine) },
		},
		{
			Name:    "bare-key-is-another",
			Mistake: "It also accepts a key without its quotes, which is then another key.",
			Rules:   []string{"key-required"},
			Change:  func(do *payment.Steps) { do.Key, do.RecordKey = acceptBareKey, rawKey },
		},
		{
			Name:    "key-not-scoped-by-method",
			Mistake: "It takes the same key with another method on the same path for the same operation.",
			Rules:   []string{"over-deduplication", "foreign-replay"},
			Change:  func(do *payment.Steps) { do.Scope = scopeWithoutMethod },
		},
		{
			Name:    "conflict-shows-other-tenant",
			Mistake: "It shows another tenant's stored answer when it refuses a key that is taken.",
			Rules:   []string{"over-deduplication", "conflict-leak"},
			Change: func(do *payment.Steps) {
				do.Scope, do.Fingerprint = scopeByRoute, fingerprintWithTenant
				do.Mismatch = showOtherTenants
			},
		},
	}
}

func foldKey(at *payment.Arrival) string { return strings.ToLower(at.Key) }

func trimKey(at *payment.Arrival) string { return strings.TrimSpace(at.Key) }

// hashKey is the hash that Java has for strings: 32 bits, and easy to meet twice.
func hashKey(at *payment.Arrival) string {
	var hash uint32
	for _, c := range []byte(at.Key) {
		hash = 31*hash + uint32(c)
	}
	return strconv.FormatUint(uint64(hash), 16)
}

// oneLine takes one of several header lines before the key is read.
func oneLine(choose func([]string) string) func(http.Header) (string, bool, *answer.Response) {
	return func(header http.Header) (key string, protected bool, refusal *answer.Response) {
		if lines := header.Values("Idempotency-Key"); len(lines) > 1 {
			header = http.Header{"Idempotency-Key": {choose(lines)}}
		}
		return keyheader.Require(header)
	}
}

func firstLine(lines []string) string { return lines[0] }

func lastLine(lines []string) string { return lines[len(lines)-1] }

// acceptBareKey also takes a key without quotes.
func acceptBareKey(header http.Header) (key string, protected bool, refusal *answer.Response) {
	lines := header.Values("Idempotency-Key")
	if len(lines) == 1 && lines[0] != "" && strings.Trim(lines[0], operation.IDCharacters) == "" {
		return lines[0], true, nil
	}
	return keyheader.Require(header)
}

// rawKey is the header as it stands, with the quotes that it may have.
func rawKey(at *payment.Arrival) string { return at.Header.Get("Idempotency-Key") }

// scopeWithoutMethod keeps paths apart, and not the methods on them.
func scopeWithoutMethod(at *payment.Arrival) string {
	asSent := *at
	_, asSent.Route, _ = strings.Cut(at.Route, " ")
	return right.ScopeOf(&asSent)
}

// fingerprintWithTenant tells tenants apart whose keys are looked up together.
func fingerprintWithTenant(at *payment.Arrival, body []byte) string {
	return at.Tenant + " " + right.Fingerprint(at, body)
}

// showOtherTenants explains a conflict between tenants with the answer that is in the way.
func showOtherTenants(at *payment.Arrival, record store.Record) answer.Response {
	if strings.HasPrefix(record.Fingerprint, at.Tenant+" ") {
		return right.RefuseMismatch(at, record)
	}
	return showOriginal(at, record)
}
