// Package hide takes secrets out of what a race shows, where no contract says which they are: what
// stands in headers, cookies, parameters and fields whose names say so, wherever it comes back.
package hide

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/model"
)

// Instead stands where a secret was.
const Instead = "<redacted>"

// minSecret is how long a text must be to be looked for wherever it comes back: a shorter one would
// be found in what has nothing to do with it. It is hidden in its own place all the same.
const minSecret = 6

// Hider hides secrets. Its methods may be used from many goroutines.
type Hider struct {
	mask *mask.Mask
	// key is the header of the idempotency key, and open are such keys, which may be seen.
	key  string
	open []string
}

// Sent is what of a request may hold secrets.
type Sent struct {
	URL     *url.URL
	Headers [][2]string
	Body    string
}

// New makes a hider of what is sent and of further secrets. The header named key holds none: it is
// that of the idempotency keys.
func New(key string, keys []string, sent []Sent, further []string) *Hider {
	secrets := slices.Clone(further)
	for _, s := range sent {
		for _, h := range s.Headers {
			c := &model.Contract{Target: model.TargetSettings{Headers: map[string]string{h[0]: h[1]}}}
			c.Key.Header = key
			secrets = append(secrets, contract.Secrets(c, nil)...)
			if text := strings.TrimSpace(h[1]); contract.IsSecret(c, h[0]) {
				secrets = append(secrets, text)
			}
		}
		for name, values := range s.URL.Query() {
			if meaning.IsSecret(name) {
				secrets = append(secrets, values...)
			}
		}
		secrets = append(secrets, inFields(s.Body)...)
	}
	secrets = slices.DeleteFunc(secrets, func(text string) bool {
		return len(text) < minSecret || slices.Contains(keys, text)
	})
	return &Hider{mask: mask.New(&model.Contract{}, secrets), key: key, open: keys}
}

// field is a name with a text or a number in JSON, or in a form.
var field = regexp.MustCompile(`("(?:[^"\\]|\\.)*")(\s*:\s*)` +
	`("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)` +
	`|([^&=\s"{}]+)(=)([^&\s"{}]*)`)

// formPart is a part of a multipart form.
var formPart = regexp.MustCompile(`(name="([^"]*)"\r\n(?:[^\r\n]+\r\n)*\r\n)((?s:.*?))\r\n--`)

// inFields lists the values of the fields of a body whose names say that they are secrets.
func inFields(body string) []string {
	var out []string
	for _, m := range formPart.FindAllStringSubmatch(body, -1) {
		if meaning.IsSecret(m[2]) {
			out = append(out, m[3])
		}
	}
	for _, m := range field.FindAllStringSubmatch(body, -1) {
		if name, value := m[1]+m[4], m[3]+m[6]; meaning.IsSecret(unquoted(name)) {
			value = strings.Trim(value, `"`)
			out = append(out, value)
			if plain, err := url.QueryUnescape(value); err == nil && plain != value {
				out = append(out, plain)
			}
		}
	}
	return out
}

func unquoted(name string) string {
	name = strings.Trim(name, `"`)
	if plain, err := url.QueryUnescape(name); err == nil {
		return plain
	}
	return name
}

// Text is a text without secrets.
func (h *Hider) Text(s string) string { return h.mask.Text(s) }

// Body is the beginning of a body without secrets, on one line.
func (h *Hider) Body(s string) string {
	h.mask.Learn(slices.DeleteFunc(inFields(s), func(text string) bool {
		return slices.Contains(h.open, text)
	}))
	s = formPart.ReplaceAllStringFunc(s, func(found string) string {
		m := formPart.FindStringSubmatch(found)
		if !meaning.IsSecret(m[2]) {
			return found
		}
		return m[1] + Instead + "\r\n--"
	})
	s = field.ReplaceAllStringFunc(s, func(found string) string {
		m := field.FindStringSubmatch(found)
		isOpen := slices.Contains(h.open, strings.Trim(m[3]+m[6], `"`))
		switch {
		case isOpen || !meaning.IsSecret(unquoted(m[1]+m[4])):
			return found
		case m[1] != "":
			return m[1] + m[2] + `"` + Instead + `"`
		}
		return m[4] + m[5] + Instead
	})
	return h.mask.Excerpt([]byte(s))
}

// Header is a line without secrets.
func (h *Hider) Header(name, value string) string {
	c := &model.Contract{}
	c.Key.Header = h.key
	if contract.IsSecret(c, name) {
		return name + ": " + Instead
	}
	return name + ": " + h.Text(value)
}

// URL is an address without secrets.
func (h *Hider) URL(u *url.URL) string { return h.Text(Address(u)) }

// Address is an address without user and password, and without the values of parameters whose names
// say that they are secrets.
func Address(u *url.URL) string {
	shown := *u
	shown.User = nil
	var parts []string
	for part := range strings.SplitSeq(shown.RawQuery, "&") {
		if name, _, _ := strings.Cut(part, "="); meaning.IsSecret(unquoted(name)) {
			part = name + "=" + Instead
		}
		parts = append(parts, part)
	}
	shown.RawQuery = ""
	out := shown.String()
	if query := strings.Join(parts, "&"); query != "" {
		out += "?" + query
	}
	return out
}
