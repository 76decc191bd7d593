package meaning

import (
	"regexp"
	"strings"
)

// identifier is how ids look: numbers, UUIDs, and prefixes with random letters behind them.
var identifier = regexp.MustCompile(`^([0-9]+|` +
	`[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}|` +
	`[A-Za-z]+[_-][0-9A-Za-z_-]*[0-9][0-9A-Za-z_-]*|[0-9A-Za-z]*[0-9][0-9A-Za-z]{11,})$`)

// IsIdentifier reports whether a part of a path looks like the id of something and not like a word
// or a version.
func IsIdentifier(segment string) bool { return identifier.MatchString(segment) }

// Sample is a text that most services take for a field of this name and format (as OpenAPI has it);
// "" when nobody can know.
func Sample(name, format string) string {
	if s := ofFormat(format); s != "" {
		return s
	}
	joined := strings.Join(Words(name), " ")
	for _, s := range samples() {
		if has(name, s.name) || strings.HasSuffix(joined, s.name) {
			return s.text
		}
	}
	return ""
}

func ofFormat(format string) string {
	switch format {
	case "uuid":
		return "0b0e3a52-6f5e-4c52-9a51-0c6c4d1f7a10"
	case "email", "idn-email":
		return "someone@example.com"
	case "date":
		return "2030-01-15"
	case "date-time":
		return "2030-01-15T10:00:00Z"
	case "time":
		return "10:00:00Z"
	case "uri", "url", "iri", "uri-reference":
		return "https://example.com/"
	case "hostname":
		return "example.com"
	case "ipv4":
		return "192.0.2.1"
	case "phone":
		return "+4915112345678"
	}
	return ""
}

// sample is a text for names that contain a word, or that end with certain words.
type sample struct{ name, text string }

// samples are in the order in which they are tried.
func samples() []sample {
	return []sample{
		{"currency", "EUR"},
		{"country", "DE"},
		{"email", "someone@example.com"},
		{"phone", "+4915112345678"},
		{"msisdn", "+4915112345678"},
		{"mobile", "+4915112345678"},
		{"url", "https://example.com/"},
		{"uri", "https://example.com/"},
		{"iban", "DE89370400440532013000"},
		{"language", "en"},
		{"locale", "en"},
		{"city", "Berlin"},
		{"zip", "10115"},
		{"postal code", "10115"},
		{"street", "Main Street 1"},
		{"line1", "Main Street 1"},
		{"first name", "Ada"},
		{"last name", "Lovelace"},
		{"name", "Ada Lovelace"},
		{"date", "2030-01-15"},
		{"subject", "retry check"},
		{"title", "retry check"},
		{"body", "retry check"},
		{"text", "retry check"},
		{"message", "retry check"},
		{"description", "retry check"},
		{"comment", "retry check"},
		{"reason", "requested_by_customer"},
	}
}

// IsNoise reports whether a header of a copied line describes the program that sent it, and not the
// request.
func IsNoise(header string) bool {
	name := strings.ToLower(header)
	for _, prefix := range []string{"sec-", ":", "x-insomnia", "proxy-", "access-control-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "user-agent", "accept-encoding", "accept-language", "referer", "origin", "connection",
		"cache-control", "pragma", "dnt", "priority", "te", "upgrade-insecure-requests", "upgrade",
		"postman-token", "content-length", "host", "if-none-match", "if-modified-since", "expect",
		"transfer-encoding", "keep-alive", "trailer", "traceparent", "tracestate", "cookie2":
		return true
	}
	return false
}
