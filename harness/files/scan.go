package files

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner reads compact JSON, as this package writes it, in one pass and with few allocations. What
// it does not expect it leaves to encoding/json: then bad is set and nothing that it returned
// counts. It is here because a history of a million attempts takes encoding/json 47 s of processor
// time and this 18 s, judging included; encoding/json alone decides what a history file is.
type scanner struct {
	text string
	at   int
	bad  bool
	// words are the short texts that come again and again; they must not keep a whole file alive.
	words map[string]string
	// raw and told are the last text with escapes as written and as meant: the client mostly sees
	// what the wire saw.
	raw, told string
	// depth is how many objects and lists are open.
	depth int
}

// deepest is how deep values are read here; encoding/json reads deeper ones, up to its own bound.
const deepest = 100

// enter begins an object or a list. The caller leaves it again.
func (s *scanner) enter(c byte) {
	s.need(c)
	s.depth++
	s.bad = s.bad || s.depth > deepest
}

// eat skips a byte if it comes next.
func (s *scanner) eat(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// need skips a byte that must come next.
func (s *scanner) need(c byte) {
	if !s.eat(c) {
		s.bad = true
	}
}

// object reads an object; field reads the value of each name.
func (s *scanner) object(field func(name string)) {
	s.enter('{')
	defer func() { s.depth-- }()
	if s.eat('}') {
		return
	}
	for !s.bad {
		name := s.str()
		s.need(':')
		if !s.bad {
			field(name)
		}
		if !s.eat(',') {
			s.need('}')
			return
		}
	}
}

// list reads a list; item reads each of its values.
func (s *scanner) list(item func()) {
	s.enter('[')
	defer func() { s.depth-- }()
	if s.eat(']') {
		return
	}
	for !s.bad {
		item()
		if !s.eat(',') {
			s.need(']')
			return
		}
	}
}

// str reads a text.
func (s *scanner) str() string {
	s.need('"')
	escaped, ascii := false, true
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			out := s.text[s.at:i]
			s.at = i + 1
			s.bad = s.bad || !ascii && !utf8.ValidString(out)
			if escaped {
				return s.unescaped(out)
			}
			return out
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			s.bad = true
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	s.bad = true
	return ""
}

// unescaped resolves escapes.
func (s *scanner) unescaped(raw string) string {
	if raw == s.raw {
		return s.told
	}
	var b strings.Builder
	b.Grow(len(raw))
	for rest := raw; ; {
		i := strings.IndexByte(rest, '\\')
		if i < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:i])
		r, size := escape(rest[i:])
		if size == 0 {
			s.bad = true
			return ""
		}
		b.WriteRune(r)
		rest = rest[i+size:]
	}
	s.raw, s.told = raw, b.String()
	return s.told
}

// escape reads one escape and says how long it is; 0 when it is none that is expected: halves of
// surrogate pairs are not.
func escape(s string) (rune, int) {
	if len(s) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	if s[1] != 'u' || len(s) < 6 {
		return 0, 0
	}
	r := rune(0)
	for _, c := range []byte(s[2:6]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			return 0, 0
		}
		r = r<<4 | rune(digit)
	}
	if r >= 0xd800 && r < 0xe000 {
		return 0, 0
	}
	return r, 6
}

// word reads a text that comes again and again.
func (s *scanner) word() string {
	text := s.str()
	if known, ok := s.words[text]; ok {
		return known
	}
	if s.words == nil || len(s.words) > 10_000 {
		s.words = map[string]string{}
	}
	text = strings.Clone(text)
	s.words[text] = text
	return text
}

// digits reads an integer as it is written.
func (s *scanner) digits() string {
	from := s.at
	s.eat('-')
	first := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	n := s.at - first
	if n == 0 || n > 1 && s.text[first] == '0' {
		s.bad = true
	}
	if s.at < len(s.text) && strings.IndexByte(".eE", s.text[s.at]) >= 0 {
		s.bad = true
	}
	return s.text[from:s.at]
}

// integer reads an integer of 64 bits.
func (s *scanner) integer() int64 {
	n, err := strconv.ParseInt(s.digits(), 10, 64)
	s.bad = s.bad || err != nil
	return n
}

// boolean reads true or false.
func (s *scanner) boolean() bool {
	if s.literal("true") {
		return true
	}
	s.bad = s.bad || !s.literal("false")
	return false
}

// literal skips a word if it comes next.
func (s *scanner) literal(word string) bool {
	if strings.HasPrefix(s.text[s.at:], word) {
		s.at += len(word)
		return true
	}
	return false
}

// value reads anything. Numbers stay as written, so that none loses a digit.
func (s *scanner) value() any {
	if s.at == len(s.text) {
		s.bad = true
		return nil
	}
	switch s.text[s.at] {
	case '"':
		return s.str()
	case '{':
		return s.values()
	case '[':
		out := []any{}
		s.list(func() { out = append(out, s.value()) })
		return out
	case 't', 'f':
		return s.boolean()
	case 'n':
		s.bad = s.bad || !s.literal("null")
		return nil
	}
	return json.Number(s.digits())
}

// values reads an object of anything.
func (s *scanner) values() map[string]any {
	out := map[string]any{}
	s.object(func(name string) { out[name] = s.value() })
	return out
}

// texts reads a list of texts.
func (s *scanner) texts() []string {
	out := []string{}
	s.list(func() { out = append(out, s.str()) })
	return out
}
