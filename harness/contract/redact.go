package contract

import (
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// redacted stands in saved files where a secret was.
const redacted = "<redacted>"

// IsSecret tells whether the values of a header are never printed or saved: those that
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

// Redacted returns a copy of c that may be saved. A secret that refers to the environment keeps its
// references and the word of its scheme ("Bearer ${TOKEN}") and loses their defaults, which are
// literal secrets; every other secret becomes "<redacted>", and so does a password in target.url.
// The rest of the contract is shared with c.
func Redacted(c *model.Contract) *model.Contract {
	out, err := eachValue(c, func(path []string, value string) (string, error) {
		header := path[len(path)-1]
		switch {
		case len(path) == 2:
			return redactURL(value), nil
		case IsSecret(c, header):
			return redact(value), nil
		}
		return value, nil
	})
	if err != nil {
		// The function above returns no error; a copy without values is the safe answer all the
		// same.
		return &model.Contract{}
	}
	return out
}

func redact(value string) string {
	if !keepsOnlyReferences(value) {
		return redacted
	}
	return withoutDefaults(value)
}

// keepsOnlyReferences tells whether a value is made of references to the environment, blanks and
// one leading word, the authentication scheme.
func keepsOnlyReferences(value string) bool {
	if i := strings.Index(value, " ${"); i > 0 && isName(value[:i]) {
		value = value[i:]
	}
	found := false
	for value != "" {
		ref, err := nextReference(value)
		if err != nil || strings.TrimSpace(ref.before) != "" {
			return false
		}
		found = found || ref.name != ""
		value = ref.rest
	}
	return found
}

func withoutDefaults(value string) string {
	var b strings.Builder
	for value != "" {
		ref, err := nextReference(value)
		if err != nil {
			return redacted
		}
		b.WriteString(ref.before)
		if ref.name != "" {
			b.WriteString("${" + ref.name + "}")
		}
		value = ref.rest
	}
	return b.String()
}

func redactURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	_, at, _ := strings.Cut(text, "://")
	_, rest, _ := strings.Cut(at, "@")
	return u.Scheme + "://" + redacted + "@" + rest
}

// Restore returns a copy of a saved contract with its URL and headers taken from the file it was
// made of, so that a plan replays without secrets in it. Everything that decides verdicts stays as
// it was saved.
func Restore(saved, file *model.Contract) *model.Contract {
	out := *saved
	out.Target.URL, out.Target.Headers = file.Target.URL, file.Target.Headers
	if saved.Tenants == nil {
		return &out
	}
	out.Tenants = make(map[string]model.Tenant, len(saved.Tenants))
	for name, tenant := range saved.Tenants {
		if fresh, ok := file.Tenants[name]; ok {
			tenant = fresh
		}
		out.Tenants[name] = tenant
	}
	return &out
}
