package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
)

// Find returns what stands at a spot of an answer; "" when nothing does.
func Find(s exchange.Spot, header http.Header, body []byte) string {
	var text string
	switch {
	case s.Body != "":
		text = field(body, s.Body)
	case s.Header != "":
		text = header.Get(s.Header)
	case s.Cookie != "":
		text = cookie(header, s.Cookie)
	case s.HTML != "":
		text = element(string(body), s.HTML)
	default:
		text = string(body)
	}
	if s.Pattern == "" {
		return text
	}
	found := regexp.MustCompile(s.Pattern).FindStringSubmatch(text) // a loader has compiled it
	switch len(found) {
	case 0:
		return ""
	case 1:
		return found[0]
	}
	return found[1]
}

// NameAt returns what stands at a spot of an answer as the name of a thing: of a Location without a
// pattern that is the last part of its path.
func NameAt(s exchange.Spot, header http.Header, body []byte) string {
	text := Find(s, header, body)
	if s.Pattern != "" || !strings.EqualFold(s.Header, "Location") {
		return text
	}
	text, _, _ = strings.Cut(text, "?")
	text, _, _ = strings.Cut(text, "#")
	text = strings.TrimRight(text, "/")
	last, err := url.PathUnescape(text[strings.LastIndexByte(text, '/')+1:])
	if err != nil {
		return ""
	}
	return last
}

// ValueAt returns what stands at a spot of an answer as later messages send it: a field of the body
// with its type, a text, a number or a truth, and anything else as the name of a thing. It is nil
// when nothing stands there.
func ValueAt(s exchange.Spot, header http.Header, body []byte) any {
	if s.Body == "" || s.Pattern != "" {
		if text := NameAt(s, header, body); text != "" {
			return text
		}
		return nil
	}
	if !json.Valid(body) {
		return nil
	}
	switch v := value.Normal(value.Field(string(body), s.Body)).(type) {
	case string:
		if v != "" {
			return v
		}
	case bool, int64, float64, json.Number:
		return v
	}
	return nil
}

// Problem says what is wrong with a spot; nil when nothing is.
func Problem(s exchange.Spot) error {
	named := 0
	for _, name := range []string{s.Body, s.Header, s.Cookie, s.HTML} {
		if name != "" {
			named++
		}
	}
	if named > 1 || named == 0 && s.Pattern == "" {
		return errors.New("write one of body, header, cookie, html and pattern")
	}
	re, err := regexp.Compile(s.Pattern)
	if err != nil {
		return fmt.Errorf("the pattern cannot be read: %w", err)
	}
	if re.NumSubexp() > 1 {
		return errors.New("the pattern has more than one group; (?:…) is none")
	}
	if s.HTML != "" && !selector.MatchString(s.HTML) {
		return errors.New("write an element with one attribute, such as input[name=csrf]")
	}
	return nil
}

// field is a field of a JSON answer as text.
func field(body []byte, path string) string {
	if !json.Valid(body) {
		return ""
	}
	return value.Text(value.Field(string(body), path))
}

// cookie is the value of a cookie that an answer sets.
func cookie(header http.Header, name string) string {
	for _, line := range header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && c.Name == name {
			return c.Value
		}
	}
	return ""
}

var (
	selector  = regexp.MustCompile(`^([a-zA-Z][\w-]*)\[([\w-]+)=["']?([^"'\]]+)["']?\]$`)
	attribute = regexp.MustCompile(`([\w-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)`)
)

// element is the value of the first element that a selector such as input[name=csrf] names.
func element(page, of string) string {
	parts := selector.FindStringSubmatch(of)
	if parts == nil {
		return ""
	}
	const attributes = `(\s(?:"[^"]*"|'[^']*'|[^"'>])*)>`
	tag := regexp.MustCompile(`(?is)<` + regexp.QuoteMeta(parts[1]) + attributes)
	for _, found := range tag.FindAllStringSubmatch(page, -1) {
		has := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(found[1], -1) {
			has[strings.ToLower(a[1])] = html.UnescapeString(strings.Trim(a[2], `"'`))
		}
		if has[strings.ToLower(parts[2])] != parts[3] {
			continue
		}
		if v, ok := has["value"]; ok {
			return v
		}
		return has["content"]
	}
	return ""
}
