package reference

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
)

// The kinds of problem, which are also the anchors of their documentation.
const (
	unauthorized      = "unauthorized"
	keyMissing        = "key-missing"
	keyMalformed      = "key-malformed"
	keyMismatch       = "key-mismatch"
	keyInFlight       = "key-in-flight"
	keyDone           = "key-done"
	bodyUsed          = "body-used"
	keyExpired        = "key-expired"
	bodyTooLarge      = "body-too-large"
	bodyIncomplete    = "body-incomplete"
	invalidInput      = "invalid-input"
	accountExists     = "account-exists"
	currencyMismatch  = "currency-mismatch"
	notFound          = "not-found"
	methodNotAllowed  = "method-not-allowed"
	insufficientFunds = "insufficient-funds"
	refundTooLarge    = "refund-too-large"
	busy              = "busy"
	unavailable       = "unavailable"
	internal          = "internal"
)

// kind documents one kind of problem.
type kind struct {
	name   string
	status int
	title  string
	help   string
}

func kinds() []kind {
	return []kind{
		{unauthorized, 401, "No such tenant", "Send a known token as Authorization: Bearer TOKEN."},
		{keyMissing, 400, "Idempotency key missing", "Every POST needs an Idempotency-Key header."},
		{
			keyMalformed, 400, "Idempotency key malformed",
			`One header line with a quoted string of 1 to 255 printable ASCII characters: "a-key".`,
		},
		{
			keyMismatch, 422, "Idempotency key used with another payload",
			"The key belongs to an operation whose body was different. Use a new key.",
		},
		{
			keyInFlight, 409, "Operation in progress",
			"Another attempt of this operation is being worked on. Try again.",
		},
		{
			keyDone, 409, "Already done",
			"The operation was done under this key before. Its answer is not kept.",
		},
		{
			bodyUsed, 409, "Payload used under another key",
			"The same was asked for under another key. Repeat it under that one.",
		},
		{keyExpired, 410, "Key expired", "The key was used long ago and cannot be used again."},
		{bodyTooLarge, 413, "Body too large", "A body may have at most 64 KiB."},
		{
			bodyIncomplete, 400, "Body incomplete",
			"The body ended before its announced length. Nothing was executed.",
		},
		{invalidInput, 400, "Invalid input", "The input is not what the route takes."},
		{accountExists, 400, "Account exists", "Choose another id, or let the service choose."},
		{currencyMismatch, 400, "Currencies differ", "Both accounts must have one currency."},
		{notFound, 404, "Not found", "There is nothing of this identity."},
		{methodNotAllowed, 405, "Method not allowed", "See the Allow header."},
		{insufficientFunds, 402, "Insufficient funds", "The account has less than the amount."},
		{refundTooLarge, 402, "Refund too large", "The amount exceeds what is left to refund."},
		{
			busy, 503, "Account busy",
			"Too many operations on this account at once. Try again; nothing was executed.",
		},
		{unavailable, 503, "Try again", "Its outcome is unknown. Repeat with the same key."},
		{internal, 500, "Internal error", "The service could not do its job."},
	}
}

// details is the body of a problem as RFC 9457 wants it.
type details struct {
	Type     string          `json:"type"`
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail"`
	Field    string          `json:"field,omitempty"`
	Original json.RawMessage `json:"original,omitempty"`
}

func problem(name, format string, args ...any) answer {
	return describe(name, details{Detail: fmt.Sprintf(format, args...)})
}

// describe completes the details from the documentation of the kind.
func describe(name string, d details) answer {
	for _, k := range kinds() {
		if k.name == name {
			d.Type, d.Title, d.Status = "/problems#"+k.name, k.title, k.status
		}
	}
	return answer{status: d.Status, contentType: "application/problem+json", body: encode(d)}
}

func serveProblems(w http.ResponseWriter, _ *http.Request) {
	var page strings.Builder
	page.WriteString("<!doctype html><title>Problems</title><h1>Problems</h1><dl>\n")
	for _, k := range kinds() {
		fmt.Fprintf(&page, "<dt id=%q>%s (%d)</dt><dd>%s</dd>\n",
			k.name, html.EscapeString(k.title), k.status, html.EscapeString(k.help))
	}
	page.WriteString("</dl>\n")
	answer{
		status: http.StatusOK, contentType: "text/html; charset=utf-8", body: []byte(page.String()),
	}.write(w)
}
