// Package envelope renders what of a request stands before its payload.
package envelope

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
)

// Unsendable reports whether a header line would become several, or none: names of keys come from
// saved plans too.
func Unsendable(line string) bool {
	return strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// Envelope is what of a request stands before its payload, and whose request it is.
type Envelope struct {
	Method, Path, Tenant, ContentType string
	// Keys are the lines of the key, Own the headers of the operation's type, Session those of its
	// tenant's session.
	Keys         []string
	Own, Session map[string]string
	// Stranger puts wrong credentials in the place of those of all headers.
	Stranger bool
}

// Head renders the request line and the headers for a payload of a length, in a fixed order. base
// is where the service is.
func (v Envelope) Head(c *model.Contract, base *url.URL, length int) []byte {
	var b bytes.Buffer
	path := observe.JoinPath(base, v.Path)
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", v.Method, path, base.Host)
	headers := map[string]string{"User-Agent": "idemcheck", "Accept": "*/*"}
	if v.ContentType != "" {
		headers["Content-Type"] = v.ContentType
	}
	override(headers, c.Target.Headers)
	override(headers, c.Tenants[v.Tenant].Headers)
	override(headers, v.Session)
	override(headers, v.Own)
	if v.Stranger {
		estrange(headers, c)
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, headers[name])
	}
	if c.Key.Header != "" {
		for _, k := range v.Keys {
			fmt.Fprintf(&b, "%s: %s\r\n", c.Key.Header, k)
		}
	}
	if length > 0 || v.Method != http.MethodGet && v.Method != http.MethodDelete {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// wrong is a credential that nobody has.
const wrong = "idemcheck-wrong-credential"

// estrange makes credentials wrong. What says how they are read stays: the word before a token, the
// names of cookies.
func estrange(headers map[string]string, c *model.Contract) {
	for name, value := range headers {
		if !contract.IsSecret(c, name) {
			continue
		}
		scheme, _, two := strings.Cut(value, " ")
		switch cookie, _, named := strings.Cut(value, "="); {
		case strings.EqualFold(name, "Cookie") && named:
			headers[name] = cookie + "=" + wrong
		case two:
			headers[name] = scheme + " " + wrong
		default:
			headers[name] = wrong
		}
	}
}

// override sets headers, and takes away those of the same name however it is spelt: two lines would
// be another message.
func override(headers, set map[string]string) {
	for name := range set {
		maps.DeleteFunc(headers, func(old, _ string) bool { return strings.EqualFold(old, name) })
	}
	maps.Copy(headers, set)
}
