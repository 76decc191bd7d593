// Package keyheader reads idempotency keys from headers.
package keyheader

import (
	"errors"
	"net/http"
	"strings"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
)

// MaxLength is how many characters a key may have.
const MaxLength = 255

// Require takes the key from the Idempotency-Key header.
func Require(header http.Header) (key string, protected bool, refusal *answer.Response) {
	if len(header.Values("Idempotency-Key")) == 0 {
		p := answer.Problem(answer.KeyMissing, "send an Idempotency-Key header")
		return "", false, &p
	}
	return Take(header, "Idempotency-Key", parseKey)
}

// Take takes the key from a header that is there. Anything doubtful is refused, because a key
// that is read differently next time protects nobody.
func Take(
	header http.Header, name string, parse func(string) (string, error),
) (key string, protected bool, refusal *answer.Response) {
	lines := header.Values(name)
	if len(lines) > 1 {
		p := answer.Problem(answer.KeyMalformed, "there are %d %s headers", len(lines), name)
		return "", false, &p
	}
	key, err := parse(lines[0])
	if err != nil {
		p := answer.Problem(answer.KeyMalformed, "the %s header %v", name, err)
		return "", false, &p
	}
	return key, true, nil
}

// parseKey reads a structured-field string (RFC 9651) without parameters and returns what is
// quoted.
func parseKey(field string) (string, error) {
	field = strings.Trim(field, " ")
	if len(field) < 2 || field[0] != '"' {
		return "", errors.New("is not a quoted string")
	}
	var key strings.Builder
	for i := 1; i < len(field); i++ {
		c := field[i]
		switch {
		case c == '"':
			return finishKey(key.String(), field[i+1:])
		case c == '\\':
			if i++; i == len(field) || field[i] != '"' && field[i] != '\\' {
				return "", errors.New("has a backslash before neither a quote nor a backslash")
			}
			c = field[i]
		case c < 0x20 || c > 0x7e:
			return "", errors.New("has a character that is not printable ASCII")
		}
		key.WriteByte(c)
	}
	return "", errors.New("has no closing quote")
}

func finishKey(key, rest string) (string, error) {
	switch {
	case rest != "":
		return "", errors.New("has something after the closing quote")
	case key == "":
		return "", errors.New("is empty")
	case len(key) > MaxLength:
		return "", errors.New("is longer than 255 characters")
	}
	return key, nil
}
