package curl

import (
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// contentType is the Content-Type of a body that was sent, unless a header of the contract says
// otherwise; "" without a body.
func contentType(c exchange.Content, body string) string {
	switch {
	case body == "":
		return ""
	case c.Form != nil:
		return "application/x-www-form-urlencoded"
	case c.Multipart != nil:
		return "multipart/form-data; boundary=" + boundary(body)
	case c.Text != "":
		return "text/plain; charset=utf-8"
	}
	return "application/json"
}

// boundary is that of a multipart body: its first line, without the dashes in front.
func boundary(body string) string {
	line, _, _ := strings.Cut(body, "\r\n")
	return strings.TrimPrefix(line, "--")
}

// bindSent takes the arguments out of the path, the query and the body that were sent.
func bindSent(t model.OperationType, op *model.Operation, sent map[string]string) {
	path, query, _ := strings.Cut(op.Path, "?")
	route, _, _ := strings.Cut(op.Route, "?")
	bindPath(route, path, sent)
	bindPairs(t.Query, decoded(query), sent)
	switch {
	case t.Form != nil:
		bindPairs(t.Form, decoded(op.Body), sent)
	case t.Multipart != nil:
		bindPairs(t.Multipart, fields(op.Body), sent)
	default:
		bindBody(t.Body, op.Body, sent)
	}
}

// bindPairs takes arguments out of a form or a query.
func bindPairs(templates map[string]any, values, sent map[string]string) {
	for name, tmpl := range templates {
		value, there := values[name]
		if text, ok := tmpl.(string); ok && there {
			bindText(text, value, sent)
		}
	}
}

// decoded reads a form or a query; a name that stands in it several times has its last value.
func decoded(form string) map[string]string {
	out := map[string]string{}
	for pair := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(pair, "=")
		out[unescaped(name)] = unescaped(value)
	}
	return out
}

// unescaped undoes the escapes of a form.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' {
			c = ' '
		}
		if c == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				c, i = byte(n), i+2
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// escaped writes a text as forms have it.
func escaped(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == ' ':
			b.WriteByte('+')
		case c < 0x80 && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))),
			strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// fields are the fields of a multipart body, without its files.
func fields(body string) map[string]string {
	out := map[string]string{}
	in := multipart.NewReader(strings.NewReader(body), boundary(body))
	for part, err := in.NextPart(); err == nil; part, err = in.NextPart() {
		text, err := io.ReadAll(part)
		if err == nil && part.FileName() == "" {
			out[part.FormName()] = string(text)
		}
	}
	return out
}

// reading is the message that reads a ledger, as words for curl behind its path: {id} in it is the
// resource's.
func reading(l model.Ledger, id string) (query string, words []word) {
	m := l.Message()
	with := func(text string) string { return strings.ReplaceAll(text, "{id}", id) }
	query = encoded(m.Query, with)
	body := with(m.Text)
	if m.Form != nil {
		body = encoded(m.Form, with)
	}
	if m.Method != "" {
		words = append(words, literal("-X"), literal(m.Method))
	}
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		words = append(words, literal("-H"), literal(name+": "+with(m.Headers[name])))
	}
	if m.Body != nil {
		body = jsonText(m.Body, with)
	}
	if body != "" {
		words = append(words, literal("-H"), literal("Content-Type: "+contentType(m.Content(), body)),
			literal("--data-raw"), literal(body))
	}
	return query, words
}

// encoded writes the names and values of a form or a query, sorted by name.
func encoded(set map[string]any, with func(string) string) string {
	pairs := lists.Flat(slices.Sorted(maps.Keys(set)), func(name string) []string {
		return lists.Map(all(set[name]), func(one any) string {
			return escaped(name) + "=" + escaped(with(plain(one)))
		})
	})
	return strings.Join(pairs, "&")
}

// all lists the values that a name has: one, or those of a list.
func all(value any) []any {
	if list, several := value.([]any); several {
		return list
	}
	return []any{value}
}
