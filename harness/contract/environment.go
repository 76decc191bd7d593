package contract

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// Expand replaces ${NAME} and ${NAME:-default} in s by what lookup says (such as [os.LookupEnv]);
// as in a shell, the default also stands in for an empty value. $${ is a literal ${. A variable
// that is not set and has no default is an [*Error].
func Expand(s string, lookup func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for s != "" {
		ref, err := nextReference(s)
		if err != nil {
			return "", err
		}
		b.WriteString(ref.before)
		if ref.name == "" {
			return b.String(), nil
		}
		value, err := ref.expand(lookup)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		s = ref.rest
	}
	return b.String(), nil
}

// reference is the first ${NAME:-default} of a text: what stands before it and behind it. Without
// one, name is empty and before is the whole text.
type reference struct {
	before, name, fallback, rest string
	hasFallback                  bool
}

func (r reference) expand(lookup func(string) (string, bool)) (string, error) {
	value, set := lookup(r.name)
	switch {
	case set && value != "":
		return value, nil
	case r.hasFallback:
		return r.fallback, nil
	case set:
		return "", nil
	}
	return "", &Error{
		Message: fmt.Sprintf("the environment variable %s is not set", r.name),
		Advice: fmt.Sprintf("set it (export %s=...), or write ${%s:-default} in the contract",
			r.name, r.name),
	}
}

// nextReference never puts the text into its errors: it may be a secret.
func nextReference(s string) (reference, error) {
	var before strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			before.WriteString(s)
			return reference{before: before.String()}, nil
		}
		if i > 0 && s[i-1] == '$' {
			before.WriteString(s[:i-1])
			before.WriteString("${")
			s = s[i+2:]
			continue
		}
		before.WriteString(s[:i])
		inside, rest, closed := strings.Cut(s[i+2:], "}")
		name, fallback, hasFallback := strings.Cut(inside, ":-")
		if !closed || !isName(name) {
			return reference{}, &Error{
				Message: "a reference to the environment is not well formed",
				Advice:  "write ${NAME} or ${NAME:-default}, and $${ for a literal ${",
			}
		}
		return reference{before.String(), name, fallback, rest, hasFallback}, nil
	}
}

// isName tells whether s is a letter or underscore, followed by those and digits.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// Resolve returns a copy of c in which target.url and the values of all headers are expanded. The
// copy holds secrets: it is for sending and must never be saved. The rest of the contract is shared
// with c. Variables that are not set, and values that were redacted when the contract was saved,
// are an [*Error].
func Resolve(c *model.Contract, lookup func(string) (string, bool)) (*model.Contract, error) {
	out, err := eachValue(c, func(path []string, value string) (string, error) {
		if strings.Contains(value, redacted) {
			return "", &Error{
				Path: strings.Join(path, "."), Message: "this value is a secret and was not saved",
				Advice: "give the contract file again, or write the value as ${NAME} in it",
			}
		}
		expanded, err := Expand(value, lookup)
		if message := badValue(expanded); err == nil && message != "" {
			err = &Error{
				Message: "with the environment in it, this value " + message,
				Advice:  "take that out of the variable, such as a line end after a token",
			}
		}
		return expanded, withPath(err, path)
	})
	if err != nil {
		return nil, err
	}
	if p := checkURL(out.Target.URL); p != nil && out.Target.URL != "" {
		return nil, plainErrors([]problem{*p})
	}
	return out, nil
}

func withPath(err error, path []string) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Path = strings.Join(path, ".")
	}
	return err
}

// eachValue copies c with a function applied to its URL and to the values of its headers, in a
// fixed order.
func eachValue(
	c *model.Contract, change func(path []string, value string) (string, error),
) (*model.Contract, error) {
	out := *c
	var err error
	if out.Target.URL, err = change(at("target", "url"), c.Target.URL); err != nil {
		return nil, err
	}
	out.Target.Headers, err = eachHeader(c.Target.Headers, at("target", "headers"), change)
	if err != nil || c.Tenants == nil {
		return &out, err
	}
	out.Tenants = make(map[string]model.Tenant, len(c.Tenants))
	for _, name := range sortedKeys(c.Tenants) {
		headers, err := eachHeader(c.Tenants[name].Headers, at("tenants", name, "headers"), change)
		if err != nil {
			return nil, err
		}
		out.Tenants[name] = model.Tenant{Headers: headers}
	}
	return &out, nil
}

func eachHeader(
	headers map[string]string, path []string, change func([]string, string) (string, error),
) (map[string]string, error) {
	if headers == nil {
		return nil, nil
	}
	out := make(map[string]string, len(headers))
	for _, name := range sortedKeys(headers) {
		value, err := change(below(path, name), headers[name])
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

// checkURL tells what is wrong with an expanded base URL.
func checkURL(text string) *problem {
	// The URL may hold a password, so it is not repeated here.
	p := &problem{
		path: at("target", "url"), message: "target.url is not an absolute http or https URL",
		advice: "write the base of all paths, without query, such as http://127.0.0.1:8080",
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https",
		u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return p
	case u.Hostname() == "":
		p.message = "target.url names no host"
	case u.User != nil:
		p.message = "target.url holds a user or a password, which would not be sent"
		p.advice = "take it out, and write `Authorization: Basic ${CREDENTIALS}` under " +
			"target.headers (CREDENTIALS is base64 of user:password)"
	case !validPort(u.Port()):
		p.message, p.advice = "target.url has a port that is none", "write a port from 1 to 65535"
	default:
		return nil
	}
	return p
}

// validPort tells whether a port can be dialled; "" stands for that of the scheme.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
