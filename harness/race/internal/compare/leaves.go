// Package compare tells what answers and lists have in common and in what they differ, where no
// contract says what their fields mean.
package compare

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/model/value"
)

// leaves are the scalars of decoded JSON by their dotted paths, as text.
type leaves map[string]string

// leavesOf takes a value apart.
func leavesOf(v any) leaves {
	out := leaves{}
	out.add("", v)
	return out
}

func (l leaves) add(path string, v any) {
	join := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch x := v.(type) {
	case map[string]any:
		for name, inner := range x {
			l.add(join(name), inner)
		}
	case []any:
		for i, inner := range x {
			l.add(join(strconv.Itoa(i)), inner)
		}
	default:
		l[path] = value.Text(v)
	}
}

// Decoded reads JSON; false where a text is none. Numbers keep all their digits.
func Decoded(text string) (any, bool) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || dec.More() {
		return nil, false
	}
	return v, true
}

// lastName is the last name of a path that is no number.
func lastName(path string) string {
	parts := strings.Split(path, ".")
	for _, part := range slices.Backward(parts) {
		if _, err := strconv.Atoi(part); err != nil {
			return part
		}
	}
	return ""
}

// anyOf reports whether a name has one of some words.
func anyOf(name string, words ...string) bool {
	return slices.ContainsFunc(meaning.Words(name), func(w string) bool {
		return slices.Contains(words, w)
	})
}

// isVolatile reports whether a field may differ from answer to answer of one operation: a time, or
// the name of a single request.
func isVolatile(path, text string) bool {
	name := lastName(path)
	if anyOf(name, "request", "trace", "correlation", "span", "attempt", "log", "nonce", "etag",
		"time", "timestamp", "date", "at", "created", "updated", "modified", "expires", "elapsed",
		"duration", "latency", "took", "now") {
		return true
	}
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}

// names reports whether a field names a thing.
func names(path string) bool {
	words := meaning.Words(lastName(path))
	if len(words) == 0 {
		return false
	}
	return slices.Contains([]string{
		"id", "uuid", "guid", "ulid", "number", "reference", "ref", "href", "url", "self", "location",
	}, words[len(words)-1])
}

// runs reports whether a field is a value that goes on with every effect, such as a balance.
func runs(path string) bool {
	return anyOf(lastName(path), "balance", "remaining", "stock", "total", "after", "before", "seq",
		"sequence", "version", "position", "index", "key")
}
