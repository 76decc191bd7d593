package answer

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
)

// The kinds of problem, which are also the anchors of their documentation.
const (
	Unauthorized      = "unauthorized"
	KeyMissing        = "key-missing"
	KeyMalformed      = "key-malformed"
	KeyMismatch       = "key-mismatch"
	KeyInFlight       = "key-in-flight"
	KeyDone           = "key-done"
	BodyUsed          = "body-used"
	KeyExpired        = "key-expired"
	BodyTooLarge      = "body-too-large"
	BodyIncomplete    = "body-incomplete"
	InvalidInput      = "invalid-input"
	AccountExists     = "account-exists"
	CurrencyMismatch  = "currency-mismatch"
	NotFound          = "not-found"
	MethodNotAllowed  = "method-not-allowed"
	InsufficientFunds = "insufficient-funds"
	RefundTooLarge    = "refund-too-large"
	Busy              = "busy"
	Unavailable       = "unavailable"
	Internal          = "internal"
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
		{Unauthorized, 401, "No such tenant", "Send a known token as Authorization: Bearer TOKEN."},
		{KeyMissing, 400, "Idempotency key missing", "Every POST needs an Idempotency-Key header."},
		{
			KeyMalformed, 400, "Idempotency key malformed",
			`One header line with a quoted string of 1 to 255 printable ASCII characters: "a-key".`,
		},
		{
			KeyMismatch, 422, "Idempotency key used with another payload",
			"The key belongs to an operation whose body was different. Use a new key.",
		},
		{
			KeyInFlight, 409, "Operation in progress",
			"Another attempt of this operation is being worked on. Try again.",
		},
		{
			KeyDone, 409, "Already done",
			"The operation was done under this key before. Its answer is not kept.",
		},
		{
			BodyUsed, 409, "Payload used under another key",
			"The same was asked for under another key. Repeat it under that one.",
		},
		{KeyExpired, 410, "Key expired", "The key was used long ago and cannot be used again."},
		{BodyTooLarge, 413, "Body too large", "A body may have at most 64 KiB."},
		{
			BodyIncomplete, 400, "Body incomplete",
			"The body ended before its announced length. Nothing was executed.",
		},
		{InvalidInput, 400, "Invalid input", "The input is not what the route takes."},
		{AccountExists, 400, "Account exists", "Choose another id, or let the service choose."},
		{CurrencyMismatch, 400, "Currencies differ", "Both accounts must have one currency."},
		{NotFound, 404, "Not found", "There is nothing of this identity."},
		{MethodNotAllowed, 405, "Method not allowed", "See the Allow header."},
		{InsufficientFunds, 402, "Insufficient funds", "The account has less than the amount."},
		{RefundTooLarge, 402, "Refund too large", "The amount exceeds what is left to refund."},
		{
			Busy, 503, "Account busy",
			"Too many operations on this account at once. Try again; nothing was executed.",
		},
		{Unavailable, 503, "Try again", "Its outcome is unknown. Repeat with the same key."},
		{Internal, 500, "Internal error", "The service could not do its job."},
	}
}

// Details is the body of a problem as RFC 9457 wants it.
type Details struct {
	Type     string          `json:"type"`
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail"`
	Field    string          `json:"field,omitempty"`
	Original json.RawMessage `json:"original,omitempty"`
}

// Problem is the answer of a problem, with a sentence on what is wrong in this case.
func Problem(name, format string, args ...any) Response {
	return Describe(name, Details{Detail: fmt.Sprintf(format, args...)})
}

// Describe is the answer of a problem with more details, which it completes by those of its kind.
func Describe(name string, d Details) Response {
	for _, k := range kinds() {
		if k.name == name {
			d.Type, d.Title, d.Status = "/problems#"+k.name, k.title, k.status
		}
	}
	return Response{Status: d.Status, ContentType: "application/problem+json", Body: Encode(d)}
}

// ServeProblems shows a page with an entry for each kind of problem, to which problems lead.
func ServeProblems(w http.ResponseWriter, _ *http.Request) {
	var page strings.Builder
	page.WriteString("<!doctype html><title>Problems</title><h1>Problems</h1><dl>\n")
	for _, k := range kinds() {
		fmt.Fprintf(&page, "<dt id=%q>%s (%d)</dt><dd>%s</dd>\n",
			k.name, html.EscapeString(k.title), k.status, html.EscapeString(k.help))
	}
	page.WriteString("</dl>\n")
	Response{
		Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: []byte(page.String()),
	}.Write(w)
}
