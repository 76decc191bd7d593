// Package environment knows what in a contract comes from outside: references such as ${TOKEN},
// and the headers whose values are secrets.
package environment

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
)

// Expand replaces ${NAME} and ${NAME:-default} in s by what lookup says (such as [os.LookupEnv]);
// as in a shell, the default also stands in for an empty value. $${ is a literal ${. A variable
// that is not set and has no default is an [*Error].
func Expand(s string, lookup func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for s != "" {
		ref, err := Next(s)
		if err != nil {
			return "", err
		}
		b.WriteString(ref.before)
		if ref.Name == "" {
			return b.String(), nil
		}
		value, err := ref.expand(lookup)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		s = ref.Rest
	}
	return b.String(), nil
}

// EnvReference is the first ${NAME:-default} of a text: what stands before it and behind it.
// Without one, Name is empty and before is the whole text.
type EnvReference struct {
	before, Name, fallback, Rest string
	hasFallback                  bool
}

func (r EnvReference) expand(lookup func(string) (string, bool)) (string, error) {
	value, set := lookup(r.Name)
	switch {
	case set && value != "":
		return value, nil
	case r.hasFallback:
		return r.fallback, nil
	case set:
		return "", nil
	}
	return "", &problem.Error{
		Message: fmt.Sprintf("the environment variable %s is not set", r.Name),
		Advice: fmt.Sprintf("set it (export %s=...), or write ${%s:-default} in the contract",
			r.Name, r.Name),
	}
}

// Next finds the first reference of a text. It never puts the text into its errors, because it may
// be a secret.
func Next(s string) (EnvReference, error) {
	var before strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			before.WriteString(s)
			return EnvReference{before: before.String()}, nil
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
		if !closed || !IsName(name) {
			return EnvReference{}, &problem.Error{
				Message: "a reference to the environment is not well formed",
				Advice:  "write ${NAME} or ${NAME:-default}, and $${ for a literal ${",
			}
		}
		return EnvReference{before.String(), name, fallback, rest, hasFallback}, nil
	}
}

// IsName reports whether s is a letter or underscore, followed by those and digits.
func IsName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// EachValue copies c with a function applied to its URL and to how that is reached (see [InRoute]),
// to the values of its headers, to all texts of its sessions (see [InSession]), to where else
// things are read or made older (see [InOrigin]) and to where sinks listen, in a fixed order.
func EachValue(
	c *model.Contract, change func(path []string, value string) (string, error),
) (*model.Contract, error) {
	out := *c
	var err error
	if out.Target.URL, err = change(problem.At("target", "url"), c.Target.URL); err != nil {
		return nil, err
	}
	if out.Start, err = eachOfStart(c.Start, change); err != nil {
		return nil, err
	}
	if out.Target.Replicas, err = eachReplica(c.Target.Replicas, change); err != nil {
		return nil, err
	}
	if out.Target.Host, out.Target.TLS, err = eachOfRoute(c.Target, change); err != nil {
		return nil, err
	}
	out.Target.Headers, err = eachHeader(c.Target.Headers, problem.At("target", "headers"), change)
	if err != nil {
		return nil, err
	}
	if out.Session, err = eachOfSession(c.Session, problem.At("session"), change); err != nil {
		return nil, err
	}
	if err := eachOfOrigins(&out, change); err != nil {
		return nil, err
	}
	if err := eachOfSinks(&out, change); err != nil {
		return nil, err
	}
	if err := eachOfAge(&out, change); err != nil {
		return nil, err
	}
	if c.Tenants == nil {
		return &out, nil
	}
	out.Tenants = make(map[string]model.Tenant, len(c.Tenants))
	for _, name := range slices.Sorted(maps.Keys(c.Tenants)) {
		headers, err := eachHeader(c.Tenants[name].Headers, problem.At("tenants", name, "headers"),
			change)
		if err != nil {
			return nil, err
		}
		path := problem.At("tenants", name, "session")
		session, err := eachOfSession(c.Tenants[name].Session, path, change)
		if err != nil {
			return nil, err
		}
		out.Tenants[name] = model.Tenant{Headers: headers, Session: session}
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
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		value, err := change(problem.Below(path, name), headers[name])
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}
