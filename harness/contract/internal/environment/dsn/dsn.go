// Package dsn takes secrets out of texts that say where a database is.
package dsn

import (
	"net/url"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/model"
)

// Redact is a text of a place as it may be saved: references to the environment lose their
// defaults, and a password that is written out is hidden.
func Redact(value string) string {
	if environment.KeepsOnlyReferences(value) {
		return environment.WithoutDefaults(value)
	}
	before, password, after := splitPassword(value)
	if password == "" || environment.KeepsOnlyReferences(password) {
		return environment.WithoutDefaults(value)
	}
	return environment.WithoutDefaults(before) + environment.Hidden +
		environment.WithoutDefaults(after)
}

// Secrets are what is written out in a text of a place and must not be shown, as it is
// written and as it is meant.
func Secrets(value string) []string {
	_, password, _ := splitPassword(value)
	if password == "" || strings.Contains(password, "${") {
		return nil
	}
	out := []string{password}
	if meant, err := url.PathUnescape(password); err == nil && meant != password {
		out = append(out, meant)
	}
	return out
}

// splitPassword finds the password of user:password@host; without one it is "".
func splitPassword(value string) (before, password, after string) {
	start := strings.Index(value, "://") + 3
	if start < 3 {
		start = 0
	}
	end := strings.LastIndex(value, "@")
	if end < start {
		return value, "", ""
	}
	user, password, found := strings.Cut(value[start:end], ":")
	if !found {
		return value, "", ""
	}
	return value[:start] + user + ":", password, value[end:]
}

// HasSecretName tells whether what stands at a path of a place is a header, or a variable of a
// command, whose name looks like that of a secret.
func HasSecretName(c *model.Contract, path []string) bool {
	above := path[len(path)-2]
	return environment.InOrigin(path) && (above == "headers" || above == "env") &&
		environment.IsSecret(c, path[len(path)-1])
}
