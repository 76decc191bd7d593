package curl

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/idemcheck/idemcheck/model"
)

// word is a shell word under construction: literal text, and pieces that the shell expands.
type word []piece

type piece struct {
	text   string
	expand bool // text is the shell's own, such as "$run" inside double quotes
}

func literal(s string) word { return word{{s, false}} }

func expansion(s string) word { return word{{`"` + s + `"`, true}} }

func join(words ...word) word { return slices.Concat(words...) }

// String writes a word; neighbouring literals share their quotes.
func (w word) String() string {
	var b, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			b.WriteString(Quote(text.String()))
		}
		text.Reset()
	}
	for _, p := range w {
		if !p.expand {
			text.WriteString(p.text)
			continue
		}
		flush()
		b.WriteString(p.text)
	}
	flush()
	if b.Len() == 0 {
		return "''"
	}
	return b.String()
}

// safe are words that no shell changes.
var safe = regexp.MustCompile(`^[A-Za-z0-9_/.:@%+,-]+$`)

// Quote makes one shell word of any text. What a terminal would obey when somebody reads the script
// is written as printf's escapes; a zero byte, which no shell can hold, is left out.
func Quote(s string) string {
	if safe.MatchString(s) {
		return s
	}
	text := strings.TrimRight(s, "\n") // the shell cuts newlines off the end of what is printed
	if strings.IndexFunc(text, Hidden) < 0 {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	out := `"$(printf '` + octal(text) + `')"`
	if newlines := s[len(text):]; newlines != "" {
		out += Quote(newlines)
	}
	return out
}

// Hidden reports whether a character is none that people see: control characters other than newline
// and tab, what changes the direction of text, and bytes that are no character at all.
func Hidden(r rune) bool {
	return r != '\n' && r != '\t' && !unicode.IsPrint(r) || r == utf8.RuneError
}

// octal writes text as printf's format, with every hidden character as its bytes. A dash in front
// would be an option.
func octal(s string) string {
	var b strings.Builder
	if rest, dash := strings.CutPrefix(s, "-"); dash {
		b.WriteString(`\055`)
		s = rest
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		part := s[i : i+size]
		i += size
		switch {
		case r == '%':
			b.WriteString("%%")
		case Hidden(r) || r == '\'' || r == '\\':
			for _, c := range []byte(strings.Trim(part, "\x00")) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteString(part)
		}
	}
	return b.String()
}

// substitution replaces a recorded text by a word.
type substitution struct {
	recorded string
	word     word
}

// fill puts words in the place of recorded values. Empty recorded values are skipped.
func fill(text string, subs []substitution) word {
	for i, s := range subs {
		if s.recorded != "" && strings.Contains(text, s.recorded) {
			return fillOne(text, s, subs[i+1:])
		}
	}
	return literal(text)
}

// fillOne puts one word in, and others into what is between.
func fillOne(text string, s substitution, others []substitution) word {
	var out word
	for i, rest := range strings.Split(text, s.recorded) {
		if i > 0 {
			out = join(out, s.word)
		}
		out = join(out, fill(rest, others))
	}
	return out
}

// variable matches ${NAME} and ${NAME:-default} of a contract.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)

// template makes a word of a contract's string; its ${NAME} become the shell's own.
func template(s string) word {
	var out word
	from := 0
	for _, m := range variable.FindAllStringSubmatchIndex(s, -1) {
		name := s[m[2]:m[3]]
		if m[6] >= 0 {
			name += ":-" + escape(s[m[6]:m[7]])
		}
		out = join(out, literal(s[from:m[0]]), expansion("${"+name+"}"))
		from = m[1]
	}
	return join(out, literal(s[from:]))
}

// escape makes text safe inside double quotes.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(s)
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9_]+`)

func functionName(operation string) string {
	return "send_" + notWord.ReplaceAllString(operation, "_")
}

// header is a header of the contract as curl sends it. A secret one has the variable that holds its
// value.
type header struct {
	name     string
	word     word
	variable string
}

// headers returns what is sent with everything of a tenant, by name; the tenant's own win.
func headers(c *model.Contract, tenant string) []header {
	values, own := map[string]string{}, map[string]bool{}
	maps.Copy(values, c.Target.Headers)
	for name, value := range c.Tenants[tenant].Headers {
		for other := range c.Target.Headers {
			if strings.EqualFold(name, other) {
				delete(values, other)
			}
		}
		values[name], own[name] = value, true
	}
	var out []header
	for _, name := range slices.Sorted(maps.Keys(values)) {
		h := header{name: name, word: join(literal(name+": "), template(values[name]))}
		if secret(c, name) {
			h.variable = variableName(name, tenant, own[name])
			h.word = expansion(escape(name) + ": $" + h.variable)
		}
		out = append(out, h)
	}
	return out
}

func variableName(name, tenant string, own bool) string {
	if own && tenant != "" {
		name += "_" + tenant
	}
	return strings.ToUpper(notWord.ReplaceAllString(name, "_"))
}

// secretParts are pieces of header names whose values are secret by custom.
var secretParts = []string{
	"authorization", "cookie", "token", "secret", "api-key", "apikey",
	"password",
}

// secret reports whether a header's value must never be shown.
func secret(c *model.Contract, name string) bool {
	lower := strings.ToLower(name)
	says := func(part string) bool { return strings.Contains(lower, part) }
	declared := func(s string) bool { return strings.EqualFold(s, name) }
	return slices.ContainsFunc(secretParts, says) || slices.ContainsFunc(c.Target.Secrets, declared)
}
