package payment

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
)

// MaxKey is how many characters a key may have.
const MaxKey = 255

// RequireKey takes the key from the Idempotency-Key header.
func RequireKey(header http.Header) (key string, protected bool, refusal *Answer) {
	if len(header.Values("Idempotency-Key")) == 0 {
		p := Problem(KeyMissing, "send an Idempotency-Key header")
		return "", false, &p
	}
	return TakeKey(header, "Idempotency-Key", parseKey)
}

// TakeKey takes the key from a header that is there. Anything doubtful is refused, because a key
// that is read differently next time protects nobody.
func TakeKey(
	header http.Header, name string, parse func(string) (string, error),
) (key string, protected bool, refusal *Answer) {
	lines := header.Values(name)
	if len(lines) > 1 {
		p := Problem(KeyMalformed, "there are %d %s headers", len(lines), name)
		return "", false, &p
	}
	key, err := parse(lines[0])
	if err != nil {
		p := Problem(KeyMalformed, "the %s header %v", name, err)
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
	case len(key) > MaxKey:
		return "", errors.New("is longer than 255 characters")
	}
	return key, nil
}

// Fingerprint is over the bytes as sent: a client repeats what it sent, and comparing anything less
// would be guessing what it meant.
func Fingerprint(_ *Attempt, body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
