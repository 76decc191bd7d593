// Package dsn takes secrets out of texts that say where a database is, or another place.
package dsn

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/model"
)

// Redact is a text of a place as it may be saved: references to the environment lose their
// defaults, and passwords that are written out are hidden.
func Redact(value string) string {
	if environment.KeepsOnlyReferences(value) {
		return environment.WithoutDefaults(value)
	}
	var b strings.Builder
	at := 0
	for _, s := range spans(value) {
		secret := value[s.from:s.to]
		if s.from < at || environment.KeepsOnlyReferences(secret) {
			continue
		}
		b.WriteString(value[at:s.from] + environment.Hidden)
		at = s.to
	}
	b.WriteString(value[at:])
	return environment.WithoutDefaults(b.String())
}

// Secrets are what is written out in a text of a place and must not be shown, as it is
// written and as it is meant.
func Secrets(value string) []string {
	var out []string
	for _, s := range spans(value) {
		written := value[s.from:s.to]
		if strings.Contains(written, "${") || template.MatchString(written) {
			continue
		}
		for _, meant := range []func(string) (string, error){
			asWritten, unquoted, url.PathUnescape, url.QueryUnescape,
		} {
			text, err := meant(written)
			if err == nil && text != "" && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

func asWritten(s string) (string, error) { return s, nil }

// unquoted is a value of a connection string as keywords, in which \ keeps the next character.
func unquoted(s string) (string, error) {
	return escaped.ReplaceAllString(strings.Trim(s, "'"), "$1"), nil
}

var (
	template = regexp.MustCompile(`^\{\w+\}$`)
	escaped  = regexp.MustCompile(`\\(.)`)
	// named is a password by its name: a parameter of a URL, or a keyword of PostgreSQL.
	named = regexp.MustCompile(`(?i)(?:^|[\s?&;])[\w-]*(?:passw|pwd|secret|token|credential|` +
		`signature|api_?key|access_?key)[\w-]*\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&;#]+)`)
)

// span is where in a text a secret stands.
type span struct{ from, to int }

// spans finds the passwords of a text, in their order.
func spans(value string) []span {
	var out []span
	if s, found := password(value); found {
		out = append(out, s)
	}
	for _, m := range named.FindAllStringSubmatchIndex(value, -1) {
		out = append(out, span{m[2], m[3]})
	}
	slices.SortFunc(out, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	return out
}

// password finds that of user:password@host.
func password(value string) (out span, found bool) {
	start, end := 0, len(value)
	if i := strings.Index(value, "://"); i >= 0 {
		start = i + len("://")
		if rest := strings.IndexAny(value[start:], "/?#"); rest >= 0 {
			end = start + rest
		}
	}
	at := strings.LastIndex(value[start:end], "@")
	if at < 0 { // a password may hold what ends a host, though it should not
		at = strings.LastIndex(value[start:], "@")
	}
	if at < 0 {
		return out, false
	}
	colon := strings.Index(value[start:start+at], ":")
	return span{start + colon + 1, start + at}, colon >= 0 && colon+1 < at
}

// HasSecretName tells whether what stands at a path of a place is a header, or a variable of a
// command, whose name looks like that of a secret.
func HasSecretName(c *model.Contract, path []string) bool {
	above := path[len(path)-2]
	return environment.InOrigin(path) && (above == "headers" || above == "env") &&
		environment.IsSecret(c, path[len(path)-1])
}
