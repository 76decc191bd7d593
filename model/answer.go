package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
)

// Excerpt is what is known of an answer whose body is not kept whole: its Body is then head and
// tail with the length and a hash between them, so that equal bodies stay equal and others do not.
type Excerpt struct {
	// Fields are the values that the contract asks for, by dotted path; those that are not there are
	// left out.
	Fields map[string]any `json:"fields,omitempty"`
	// Rest is a hash of the JSON without the fields that repeats may change; "" when it is no object.
	Rest string `json:"rest,omitempty"`
	// Unread says why the body cannot be read at all: then nothing is known of it but whether it is
	// the same. Empty when it can.
	Unread string `json:"unread,omitempty"`
}

const (
	// maxBody is how long a body may be, as JSON writes it, to be kept whole, and maxEnd what is kept
	// of either end of a longer one; maxField is the longest field.
	maxBody, maxEnd, maxField = 8 << 10, 1 << 10, 1 << 10
)

// Keep gives an answer a body, or an excerpt of one that is long or no text. The paths are the
// fields that the contract asks for, changing those that repeats may change; unread says why the
// body cannot be read.
func (a *Answer) Keep(body []byte, paths, changing []string, unread string) {
	if unread == "" && utf8.Valid(body) && escapedLength(body) <= maxBody {
		a.Body = string(body)
		return
	}
	a.Body = Shortened(string(body), maxEnd)
	a.Excerpt = &Excerpt{Unread: unread}
	if unread != "" {
		return
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		if strings.Contains(err.Error(), "max depth") {
			a.Excerpt.Unread = "it is nested too deep"
		}
		return
	}
	a.Excerpt.describe(v, paths, changing)
}

// describe files what is asked for of a decoded body.
func (e *Excerpt) describe(v any, paths, changing []string) {
	for _, path := range paths {
		found := value.Normal(value.Lookup(v, path))
		out, err := json.Marshal(found)
		if err != nil || found == nil {
			continue
		}
		if len(out) > maxField {
			found = Shortened(string(out), maxField/4)
		}
		if e.Fields == nil {
			e.Fields = map[string]any{}
		}
		e.Fields[path] = found
	}
	if m, ok := v.(map[string]any); ok {
		m = maps.Clone(m)
		for _, name := range changing {
			delete(m, name)
		}
		if out, err := json.Marshal(m); err == nil {
			e.Rest = digest(string(out))
		}
	}
}

// Field returns a field of an answer's body by its dotted path, or nil when there is none.
func (a *Answer) Field(path string) any {
	if a.Excerpt == nil {
		return value.Field(a.Body, path)
	}
	return value.Normal(a.Excerpt.Fields[path])
}

// Name files what stands at a spot of an answer, where that is what it names.
func (a *Answer) Name(at *exchange.Spot, identity string) {
	if a.Headers == nil {
		a.Headers = map[string]string{}
	}
	a.Headers[identityHeader(at)] = identity
}

// Names reports whether an ok answer names what was made.
func (t AnswerType) Names() bool { return t.Identity != "" || t.IdentityFrom != nil }

// IdentityIn is what an answer to an operation of the type names; nil when it names nothing.
func (t AnswerType) IdentityIn(a *Answer) any {
	if t.IdentityFrom == nil {
		return a.Field(t.Identity)
	}
	if name := a.Headers[identityHeader(t.IdentityFrom)]; name != "" {
		return name
	}
	return nil
}

// identityHeader is under which name the headers of an answer hold what stands at a spot.
func identityHeader(at *exchange.Spot) string {
	return fmt.Sprintf("identity %q %q %q %q %q", at.Body, at.Header, at.Cookie, at.HTML, at.Pattern)
}

// Unread says why the body of an answer cannot be read, "" when it can.
func (a *Answer) Unread() string {
	if a == nil || a.Excerpt == nil {
		return ""
	}
	return a.Excerpt.Unread
}

// Alike compares bodies byte by byte, or without the fields that may differ. What cannot be read
// may be alike.
func (a *Answer) Alike(b *Answer, ignore []string) bool {
	switch {
	case a.Body == b.Body, a.Unread() != "", b.Unread() != "":
		return true
	case len(ignore) == 0:
		return false
	case a.Excerpt == nil && b.Excerpt == nil:
		return value.SameJSON(a.Body, b.Body, ignore)
	case a.Excerpt != nil && b.Excerpt != nil:
		return a.Excerpt.Rest != "" && a.Excerpt.Rest == b.Excerpt.Rest
	case a.Excerpt == nil:
		return b.Alike(a, ignore)
	}
	m, ok := value.Object(b.Body)
	for _, name := range ignore {
		delete(m, name)
	}
	out, err := json.Marshal(m)
	return ok && err == nil && digest(string(out)) == a.Excerpt.Rest
}

// Shortened returns a text whose ends are kept, each of so many bytes as JSON writes them, with its
// length and its hash between them. Two texts give the same only if they are the same.
func Shortened(text string, end int) string {
	return fmt.Sprintf("%s … [%d bytes, sha256 %s] … %s",
		beginning(text, end), len(text), digest(text), ending(text, end))
}

// beginning is as much of the beginning of a text as fits.
func beginning(text string, end int) string {
	head := text[:min(len(text), end)]
	for escapedLength([]byte(head)) > end {
		head = head[:len(head)/2]
	}
	return strings.ToValidUTF8(head, "\uFFFD")
}

// ending is as much of the end of a text as fits.
func ending(text string, end int) string {
	tail := text[max(0, len(text)-end):]
	for escapedLength([]byte(tail)) > end {
		tail = tail[len(tail)-len(tail)/2:]
	}
	return strings.ToValidUTF8(tail, "\uFFFD")
}

// escapedLength is how long a text is as JSON writes it, at most.
func escapedLength(text []byte) int {
	n := 0
	for _, c := range text {
		switch {
		case c < ' ', c == '<', c == '>', c == '&', c == 0x7f:
			n += len(`\u0000`)
		case c == '"', c == '\\':
			n += len(`\"`)
		case c >= utf8.RuneSelf:
			n += len(`\ufffd`) / 2 // of each byte that is none, whole ones are shorter
		default:
			n++
		}
	}
	return n
}

// digest is a hash for people to compare.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

const (
	// retryAfter is the header by which an answer asks to wait.
	retryAfter = "Retry-After"
	// maxWait is longer than anybody waits.
	maxWait = 365 * 24 * time.Hour
)

// Wait is how long to wait before a request is sent again, as its answer asks: zero when it does
// not ask, and a year when it names a date, which no history can be compared with. A second is
// added, because services round.
func (a *Answer) Wait() time.Duration {
	if a == nil || a.Headers[retryAfter] == "" {
		return 0
	}
	seconds, err := strconv.Atoi(strings.TrimSpace(a.Headers[retryAfter]))
	switch {
	case err != nil || seconds >= int(maxWait/time.Second):
		return maxWait
	case seconds <= 0:
		return 0
	}
	return time.Duration(seconds+1) * time.Second
}

// HeaderDifference says which compared header of a later answer is not that of the first, or "".
func (p Promises) HeaderDifference(a, b *Answer) string {
	for _, name := range p.ComparedHeaders() {
		if !sameHeader(name, a, b) {
			return fmt.Sprintf("has the header %s %q where the first one had %q",
				name, b.Headers[name], a.Headers[name])
		}
	}
	return ""
}

// sameHeader reports whether two answers have the same value of a header, or mean the same by it.
func sameHeader(name string, a, b *Answer) bool {
	const contentType = "Content-Type" // without it the same bytes are another answer
	x, y := a.Headers[name], b.Headers[name]
	if !strings.EqualFold(name, contentType) {
		return x == y
	}
	return x == "" || a.Body == "" || b.Body == "" || value.SameMediaType(x, y)
}

// SameStatus reports whether replays have the status of the first answer.
func (p Promises) SameStatus() bool {
	return p.Replay != "current-state" && p.Replay != "acknowledgement"
}

// SameBodies reports whether replays have the body of the first answer.
func (p Promises) SameBodies() bool { return p.Replay == "" || p.Replay == "same-body" }

// ComparedHeaders lists the headers that a replay has as the first answer had them: those that are
// promised, and Content-Type where the body is compared.
func (p Promises) ComparedHeaders() []string {
	const contentType = "Content-Type"
	out := slices.Clone(p.ReplayHeaders)
	if p.SameBodies() && !named(out, contentType) {
		out = append(out, contentType)
	}
	return slices.DeleteFunc(out, func(name string) bool { return named(p.ReplayIgnoreHeaders, name) })
}

// named reports whether a header is among some, however it is written.
func named(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}
