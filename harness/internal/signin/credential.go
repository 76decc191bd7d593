package signin

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// Credential is what a caller has after a login. Nil is a caller that needs none.
type Credential struct {
	says   *exchange.SignIn
	base   *url.URL
	values map[string]string
	// jar is nil without cookies.
	jar   *cookiejar.Jar
	since time.Time
}

func newCredential(says *exchange.SignIn, base *url.URL) (*Credential, error) {
	out := &Credential{says: says, base: base, values: map[string]string{}}
	if !says.Cookies {
		return out, nil
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("making a cookie jar: %w", err)
	}
	out.jar = jar
	return out, nil
}

// Keep takes the cookies that an answer sets.
func (c *Credential) Keep(lines []string) {
	if c == nil || c.jar == nil {
		return
	}
	c.jar.SetCookies(c.root(), parsed(lines))
}

// parsed reads Set-Cookie lines and leaves out what is none.
func parsed(lines []string) (out []*http.Cookie) {
	for _, line := range lines {
		if one, err := http.ParseSetCookie(line); err == nil {
			out = append(out, one)
		}
	}
	return out
}

// root is the base with a path, where the jar looks.
func (c *Credential) root() *url.URL {
	out := *c.base
	if out.Path == "" {
		out.Path = "/"
	}
	return &out
}

// cookies is the line of all cookies; "" without any.
func (c *Credential) cookies() string {
	if c == nil || c.jar == nil {
		return ""
	}
	pair := func(one *http.Cookie) string { return one.Name + "=" + one.Value }
	return strings.Join(lists.Map(c.jar.Cookies(c.root()), pair), "; ")
}

// Fill puts what was captured into the values of templates.
func (c *Credential) Fill(vars template.Vars) {
	if c == nil {
		return
	}
	for name, value := range c.values {
		vars[Name+"."+name] = value
	}
}

// Headers are what is sent with everything of the caller.
func (c *Credential) Headers() (map[string]string, error) {
	if c == nil {
		return nil, nil
	}
	out, err := template.Headers(c.says.Headers, c.vars())
	if cookies := c.cookies(); err == nil && cookies != "" {
		out["Cookie"] = cookies
	}
	return out, err
}

// vars are what templates of headers may name: what logging in captured.
func (c *Credential) vars() template.Vars {
	out := template.Vars{}
	for name, value := range c.values {
		out[name] = value
	}
	return out
}

// secrets lists what was captured, and the cookies that an answer sets.
func (c *Credential) secrets(cookies []string) []string {
	values := lists.Map(parsed(cookies), func(one *http.Cookie) string { return one.Value })
	return append(slices.Collect(maps.Values(c.values)), values...)
}
