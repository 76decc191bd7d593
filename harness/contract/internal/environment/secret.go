package environment

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// Hidden stands in saved files where a secret was.
const Hidden = "<redacted>"

// IsSecret reports whether the values of a header are never printed or saved: those that
// target.secrets names, and those whose name looks like it, such as Authorization, Cookie or
// X-Api-Key. Headers of idempotency keys are none. Case does not matter.
func IsSecret(c *model.Contract, header string) bool {
	name := strings.ToLower(header)
	named := func(s string) bool { return strings.EqualFold(s, name) }
	if slices.ContainsFunc(c.Target.Secrets, named) {
		return true
	}
	if strings.EqualFold(name, c.Key.Header) || strings.Contains(name, "idempoten") {
		return false
	}
	return slices.ContainsFunc(secretWords(), func(word string) bool {
		return strings.Contains(name, word)
	})
}

// secretWords are what names of headers have in them whose values are secrets.
func secretWords() []string {
	return []string{
		"authorization", "cookie", "credential", "key", "passw", "secret", "session", "signature",
		"token",
	}
}

// KeepsOnlyReferences reports whether a value is made of references to the environment, blanks and
// one leading word, the authentication scheme.
func KeepsOnlyReferences(value string) bool {
	if i := strings.Index(value, " ${"); i > 0 && IsName(value[:i]) {
		value = value[i:]
	}
	found := false
	for value != "" {
		ref, err := Next(value)
		if err != nil || strings.TrimSpace(ref.before) != "" {
			return false
		}
		found = found || ref.Name != ""
		value = ref.Rest
	}
	return found
}

// WithoutDefaults takes the defaults out of the references in a value; what cannot be read is
// hidden whole.
func WithoutDefaults(value string) string {
	var b strings.Builder
	for value != "" {
		ref, err := Next(value)
		if err != nil {
			return Hidden
		}
		b.WriteString(ref.before)
		if ref.Name != "" {
			b.WriteString("${" + ref.Name + "}")
		}
		value = ref.Rest
	}
	return b.String()
}
