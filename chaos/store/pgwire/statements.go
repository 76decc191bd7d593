package pgwire

import (
	"iter"
	"slices"
	"strings"
)

// verb is what a statement does, as far as transactions go.
type verb int

// The verbs. Whatever is not known to write is taken for something that reads: then no act is
// told, and no fault is made at it.
const (
	reads verb = iota
	begins
	writes
	commits
	rollsBack
)

// verbs lists what the statements of a text do, in order.
func verbs(text string) []verb {
	var out []verb
	for words := range statements(text) {
		out = append(out, verbOf(words))
	}
	return out
}

// verbOf is what a statement of some words does, all of them in lower case.
func verbOf(words []string) verb {
	has := func(word string) bool { return slices.Contains(words, word) }
	switch words[0] {
	case "begin", "start":
		return begins
	case "commit", "end":
		return commits
	case "rollback", "abort":
		if has("to") { // a savepoint
			return reads
		}
		return rollsBack
	case "insert", "update", "delete", "merge", "truncate", "create", "alter", "drop", "grant", "call",
		"do":
		return writes
	case "copy":
		if has("from") {
			return writes
		}
	case "with", "explain":
		if has("insert") || has("update") || has("delete") || has("merge") {
			return writes
		}
	}
	return reads
}

// statements yields the words of each statement of a text in lower case, without what is quoted and
// without comments.
func statements(text string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		var words []string
		for rest := text; rest != ""; {
			n := quotedOrComment(rest)
			switch {
			case n > 0:
				rest = rest[n:]
			case rest[0] == ';':
				if len(words) > 0 && !yield(words) {
					return
				}
				words, rest = nil, rest[1:]
			case isWord(rest[0]):
				end := strings.IndexFunc(rest, func(r rune) bool { return r < 128 && !isWord(byte(r)) })
				if end < 0 {
					end = len(rest)
				}
				words, rest = append(words, strings.ToLower(rest[:end])), rest[end:]
				if words[len(words)-1] == "e" && strings.HasPrefix(rest, "'") {
					words, rest = words[:len(words)-1], rest[escaped(rest):]
				}
			default:
				rest = rest[1:]
			}
		}
		if len(words) > 0 {
			yield(words)
		}
	}
}

// isWord reports whether a byte is part of a name; bytes above ASCII are.
func isWord(b byte) bool {
	return b >= 128 || b == '_' || b == '$' || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}

// quotedOrComment is how many bytes belong to the quoted text or the comment with which a text
// begins; zero when it begins with neither. One that does not end takes the rest.
func quotedOrComment(text string) int {
	switch {
	case strings.HasPrefix(text, "--"):
		return through(text, 2, "\n")
	case strings.HasPrefix(text, "/*"):
		return comment(text)
	case text[0] == '\'', text[0] == '"':
		return through(text, 1, text[:1]) // a doubled quote begins the next one
	case text[0] == '$':
		tag, _, ok := strings.Cut(text[1:], "$")
		if ok && strings.IndexFunc(tag, func(r rune) bool { return r < 128 && !isWord(byte(r)) }) < 0 &&
			(tag == "" || tag[0] > '9' || tag[0] < '0') {
			return through(text, len(tag)+2, "$"+tag+"$")
		}
	}
	return 0
}

// through is where a mark ends that is looked for from a place on.
func through(text string, from int, mark string) int {
	if i := strings.Index(text[from:], mark); i >= 0 {
		return from + i + len(mark)
	}
	return len(text)
}

// escaped is where a text ends in which a backslash takes the next character (E'it\'s').
func escaped(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '\'':
			return i + 1
		}
	}
	return len(text)
}

// comment is where a comment ends; comments may hold comments.
func comment(text string) int {
	for i, depth := 0, 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
