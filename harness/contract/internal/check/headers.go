package check

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model/value"
)

// written are headers that the sender of a message writes itself; a second one would tell the
// service something else, and let it read the message differently from everybody on the way.
func written() []string {
	return []string{
		"Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Connection", "TE",
		"Trailer", "Transfer-Encoding", "Upgrade",
	}
}

// header checks one header that is sent: its name, and its value with references expanded.
func (k *checker) header(path []string, name, value string) {
	switch {
	case !httpToken.MatchString(name):
		k.badHeader(path, name)
	case slices.ContainsFunc(written(), func(w string) bool { return strings.EqualFold(w, name) }):
		k.wrongName(path, "remove it: idemcheck writes it, from target.url and the body",
			"the header %q cannot be chosen", name)
	case strings.EqualFold(name, k.c.Key.Header):
		k.wrongName(path, "remove it: key.header sends it already",
			"%q is the header of the key", name)
	}
	if message := WrongValue(value); message != "" {
		k.wrong(path, "write visible characters, with blanks only between them",
			"the value of %q %s", name, message)
	}
}

// wrongName points at the name instead of the value.
func (k *checker) wrongName(path []string, advice, format string, args ...any) {
	k.wrong(path, advice, format, args...)
	k.problems[len(k.problems)-1].AtKey = true
}

// twice refuses names that differ in their case only: they are one header.
func (k *checker) twice(path []string, headers map[string]string) {
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := http.CanonicalHeaderKey(name)
		if other, ok := seen[canonical]; ok {
			k.wrongName(problem.Below(path, name), "remove one of the two: case does not matter in headers",
				"%q and %q are the same header", other, name)
		}
		seen[canonical] = name
	}
}

// WrongValue says what is wrong with the value of a header, without the value: it may be a secret.
// "" means nothing.
func WrongValue(value string) string {
	switch {
	case strings.ContainsAny(value, "\r\n"):
		return "holds a line end"
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return "holds a control character"
	case !utf8.ValidString(value):
		return "is not UTF-8"
	case value != strings.Trim(value, " \t"):
		return "begins or ends with a blank"
	}
	return ""
}

// literal checks what stands between the placeholders of a path: it is sent as it is written.
func (k *checker) literal(path []string, text string) {
	inside, offset := false, 0
	for i, r := range text {
		switch {
		case r == '{' || r == '}':
			inside = r == '{'
		case inside:
		case r == '%' && !isEscape(text[i:]):
			k.unfit(path, offset, "the path has a % that escapes nothing", "write %25 for a literal %")
			return
		case r <= ' ' || r >= 0x7f || strings.ContainsRune("#\"<>\\^`|", r):
			k.unfit(path, offset,
				fmt.Sprintf("the path has the character %q, which cannot stand in one", r),
				"write it percent-encoded, such as "+escaped(r))
			return
		}
		offset++
	}
}

func (k *checker) unfit(path []string, offset int, message, advice string) {
	k.problems = append(k.problems, problem.Problem{
		Path: path, Offset: offset, Message: message, Advice: advice,
	})
}

// escaped is a character as it may stand in a path.
func escaped(r rune) string {
	var b strings.Builder
	for _, c := range []byte(string(r)) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// isEscape reports whether a text begins with % and two hexadecimal digits.
func isEscape(text string) bool {
	const digits = "0123456789abcdefABCDEF"
	return len(text) > 2 && strings.IndexByte(digits, text[1]) >= 0 &&
		strings.IndexByte(digits, text[2]) >= 0
}

// Longer times than these mean nothing: nobody waits for them.
const (
	maxTimeout   = time.Hour
	maxWait      = 24 * time.Hour
	maxRetention = 100 * 365 * 24 * time.Hour
)

// checkDurations checks that times are of this world.
func checkDurations(k *checker) {
	p := k.c.Promises
	for _, d := range []struct {
		path []string
		is   value.Duration
		max  time.Duration
	}{
		{problem.At("target", "timeout"), k.c.Target.Timeout, maxTimeout},
		{problem.At("promises", "recovery"), p.Recovery, maxWait},
		{problem.At("promises", "settle"), p.Settle, maxWait},
		{problem.At("promises", "retention"), p.Retention, maxRetention},
	} {
		if d.is.Std() > d.max {
			k.wrong(d.path, "write what is really meant, such as 2s",
				"%s is longer than %s can be", d.is, strings.Join(d.path, "."))
		}
	}
}

// maxKeyLength bounds key.max_length: keys of that length are sent.
const maxKeyLength = 16 << 10
