// Package meaning guesses what a name in somebody's API means: a key, an amount, a free text, a
// secret. A draft of a contract is made of such guesses, and its reader corrects them.
package meaning

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Words splits a name into words of lower case: where the case changes, between letters and digits,
// and at all other characters. "orderID2" is order, id, 2.
func Words(name string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
		}
		word = word[:0]
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(runes[i-1]):
			end()
		case unicode.IsUpper(r) && i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			end()
		}
		word = append(word, r)
	}
	end()
	return out
}

// has reports whether a name has one of some words.
func has(name string, words ...string) bool {
	return slices.ContainsFunc(Words(name), func(w string) bool { return slices.Contains(words, w) })
}

// KeyRank says how surely a header or a field of this name holds an idempotency key: zero when it
// does not; the higher, the surer.
func KeyRank(name string) int {
	joined := strings.Join(Words(name), " ")
	switch {
	case strings.Contains(joined, "idempoten"):
		return 100
	case strings.HasSuffix(joined, "repeatability request id"),
		strings.HasSuffix(joined, "pal request id"):
		return 80
	case has(name, "dedup", "deduplication", "dedupe"),
		strings.HasSuffix(joined, "client token"), strings.HasSuffix(joined, "client request token"):
		return 60
	case strings.HasSuffix(joined, "request id"), strings.HasSuffix(joined, "request key"):
		return 30
	}
	return 0
}

// promise is how descriptions speak of an idempotency key.
var promise = regexp.MustCompile(
	`(?i)idempoten|de-?duplicat|exactly once|(safe|safely)\b.{0,40}\bretr|retr.{0,60}\b(twice|safe)`)

// TellsKey reports whether a description speaks of an idempotency key.
func TellsKey(description string) bool { return promise.MatchString(description) }

// CorrelationRank says how well a text of this name can hold a correlation ID, by which an effect
// is found again: zero when it should not; the higher, the better.
func CorrelationRank(name string) int {
	joined := strings.Join(Words(name), " ")
	switch {
	case IsSecret(name) || has(name, "email", "phone", "url", "uri", "currency", "country", "type"):
		return 0
	case has(name, "reference", "ref"):
		return 100
	case slices.Contains([]string{"external id", "custom id", "client id", "correlation id"}, joined):
		return 90
	case has(name, "description", "memo", "note", "notes", "comment", "narrative", "purpose",
		"remark"):
		return 70
	case has(name, "message", "text", "subject", "title", "label", "statement"):
		return 50
	case joined == "name":
		return 30
	}
	return 0
}

// IsQuantity reports whether a number of this name is one that callers choose: money, or how many.
func IsQuantity(name string) bool {
	return has(name, "amount", "price", "quantity", "qty", "count", "units", "cents", "value", "total",
		"sum", "points", "seats", "tickets", "nights", "guests", "credits", "copies", "items", "minutes",
		"weight", "tip", "fee", "donation", "stake", "persons", "people", "kilometers", "hours", "days")
}

// IsSecret reports whether a field or a parameter of this name holds a secret.
func IsSecret(name string) bool {
	joined := strings.Join(Words(name), " ")
	if strings.Contains(joined, "idempoten") || joined == "page token" || joined == "client token" {
		return false
	}
	return has(name, "password", "passwd", "secret", "token", "apikey", "signature", "cvc", "cvv",
		"authorization", "credential", "jwt") || strings.HasSuffix(joined, "api key") ||
		joined == "key" || strings.HasSuffix(joined, "access key")
}

// Singular is the singular of a name: "charge" for "charges".
func Singular(name string) string {
	switch {
	case strings.HasSuffix(name, "ies") && len(name) > 4:
		return strings.TrimSuffix(name, "ies") + "y"
	case strings.HasSuffix(name, "sses"), strings.HasSuffix(name, "xes"):
		return strings.TrimSuffix(name, "es")
	case strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") && len(name) > 2:
		return strings.TrimSuffix(name, "s")
	}
	return name
}

// Label is a name as those of operations, resources and ledgers are written: lower case, joined by
// dashes. It is "" when nothing is left.
func Label(name string) string { return strings.Join(ascii(Words(name)), "-") }

// Variable is a name as arguments have it: lower case, joined by "_", and no word that
// expressions or templates know already.
func Variable(name string) string {
	out := strings.Join(ascii(Words(name)), "_")
	if out == "" || out[0] >= '0' && out[0] <= '9' {
		out = "arg_" + out
	}
	if slices.Contains(taken(), out) {
		out += "_value"
	}
	return out
}

func taken() []string {
	return []string{
		"attempt", "id", "identity", "key", "mark", "unique",
		"and", "contains", "else", "false", "if", "in", "let", "matches", "nil", "not", "or", "true",
	}
}

// ascii keeps of each word the letters and digits that names may have.
func ascii(words []string) []string {
	var out []string
	for _, w := range words {
		kept := strings.Map(func(r rune) rune {
			if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return r
			}
			return -1
		}, w)
		if kept != "" {
			out = append(out, kept)
		}
	}
	return out
}
