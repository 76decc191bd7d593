package contract

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment/dsn"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment/scripted"
	"github.com/idemcheck/idemcheck/model"
)

// minSecret is how many bytes a secret must have to be looked for where it was not put: shorter
// ones would be found in what has nothing to do with them.
const minSecret = 6

// Secrets lists the values that are never shown of a contract, wherever they come back: those of
// secret headers, with the parts that stand for themselves (a token without "Bearer", a cookie
// without its name, a password without its user), and whatever comes from the environment. lookup
// is as for [Resolve]; nil means that c is resolved. Values of less than six bytes are left out,
// and so are those that the contract says openly in another place.
func Secrets(c *model.Contract, lookup func(string) (string, bool)) []string {
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	open, out := openly(c), []string(nil)
	_, _ = environment.EachValue(c,
		func(path []string, value string) (string, error) { // which never fails
			for _, part := range secretParts(c, path, value, lookup) {
				known := strings.Contains(open, part) || strings.Contains(part, environment.Hidden)
				if len(part) >= minSecret && !known {
					out = append(out, part)
				}
			}
			return value, nil
		})
	slices.Sort(out)
	return slices.Compact(out)
}

// openly is what a contract says to everybody; nothing when it cannot be saved.
func openly(c *model.Contract) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(Redacted(c)); err != nil {
		return ""
	}
	return b.String()
}

// secretParts are the secrets in one value of a contract.
func secretParts(
	c *model.Contract, path []string, value string, lookup func(string) (string, bool),
) []string {
	if environment.InSession(path) {
		return sessionParts(c, path, value, lookup)
	}
	if scripted.In(path) {
		out := fromEnvironment(value, lookup)
		if scripted.Redact(c, path, value) == environment.Hidden {
			out = append(out, parts(value)...)
		}
		return out
	}
	if environment.InOrigin(path) {
		expanded, err := environment.Expand(value, lookup)
		if err != nil {
			return nil // it is not used either
		}
		out := append(fromEnvironment(value, lookup), dsn.Secrets(expanded)...)
		if dsn.HasSecretName(c, path) {
			out = append(out, parts(expanded)...)
		}
		return out
	}
	if path[len(path)-2] != "headers" {
		return nil // where the target is and how it is reached is shown
	}
	if !environment.IsSecret(c, path[len(path)-1]) {
		return fromEnvironment(value, lookup)
	}
	expanded, err := environment.Expand(value, lookup)
	if err != nil {
		return nil // it is not sent either
	}
	return parts(expanded)
}

// sessionParts are the secrets in a text of a session: what comes from the environment, and what is
// written where the name of a secret stands.
func sessionParts(
	c *model.Contract, path []string, value string, lookup func(string) (string, bool),
) []string {
	out := fromEnvironment(value, lookup)
	literal := environment.RedactSession(c, path, value) == environment.Hidden
	if literal && !strings.Contains(value, "${") {
		out = append(out, parts(strings.NewReplacer("{{", "{", "}}", "}").Replace(value))...)
	}
	return out
}

// fromEnvironment lists what the references in a value stand for.
func fromEnvironment(value string, lookup func(string) (string, bool)) []string {
	var out []string
	for value != "" {
		ref, err := environment.Next(value)
		if err != nil || ref.Name == "" {
			break
		}
		if found, set := lookup(ref.Name); set {
			out = append(out, found)
		}
		value = ref.Rest
	}
	return out
}

// parts are a value and what in it is a secret of its own.
func parts(value string) []string {
	out := []string{value}
	scheme, rest, two := strings.Cut(value, " ")
	if two {
		out = append(out, strings.TrimSpace(rest))
	}
	pair, err := base64.StdEncoding.DecodeString(rest)
	if err == nil && strings.EqualFold(scheme, "Basic") {
		_, password, _ := strings.Cut(string(pair), ":")
		out = append(out, string(pair), password)
	}
	for cookie := range strings.SplitSeq(value, ";") {
		if _, text, named := strings.Cut(cookie, "="); named {
			out = append(out, strings.Trim(text, ` "`))
		}
	}
	return out
}
