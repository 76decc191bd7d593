package environment

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// InSession tells whether a path leads into a session.
func InSession(path []string) bool {
	return path[0] == "session" || len(path) > 2 && path[0] == "tenants" && path[2] == "session"
}

// change is applied to a text at a path.
type change = func(path []string, value string) (string, error)

// eachOfSession copies a session with a function applied to all its texts that are sent.
func eachOfSession(s *exchange.SignIn, path []string, f change) (*exchange.SignIn, error) {
	if s == nil {
		return nil, nil
	}
	out := *s
	var err error
	if out.Headers, err = eachHeader(s.Headers, problem.Below(path, "headers"), f); err != nil {
		return nil, err
	}
	out.Login = slices.Clone(s.Login)
	for i := range out.Login {
		where := problem.Below(path, "login", strconv.Itoa(i))
		if err := eachOfMessage(&out.Login[i], where, f); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// eachOfMessage applies a function to all texts of a message that are sent.
func eachOfMessage(m *exchange.PlainMessage, path []string, f change) (err error) {
	if m.Path, err = f(problem.Below(path, "path"), m.Path); err != nil {
		return err
	}
	if m.Headers, err = eachHeader(m.Headers, problem.Below(path, "headers"), f); err != nil {
		return err
	}
	if m.Text, err = f(problem.Below(path, "text"), m.Text); err != nil {
		return err
	}
	if m.Body, err = eachText(m.Body, problem.Below(path, "body"), f); err != nil {
		return err
	}
	for _, one := range []struct {
		name string
		set  *map[string]any
	}{{"form", &m.Form}, {"multipart", &m.Multipart}, {"query", &m.Query}} {
		if *one.set == nil {
			continue
		}
		v, err := eachText(*one.set, problem.Below(path, one.name), f)
		if err != nil {
			return err
		}
		*one.set, _ = v.(map[string]any)
	}
	return nil
}

// eachText copies a value with a function applied to the texts in it.
func eachText(v any, path []string, f change) (any, error) {
	switch t := v.(type) {
	case string:
		return f(path, t)
	case []any:
		out := make([]any, len(t))
		for i := range t {
			one, err := eachText(t[i], problem.Below(path, strconv.Itoa(i)), f)
			if err != nil {
				return nil, err
			}
			out[i] = one
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(t))
		for _, name := range slices.Sorted(maps.Keys(t)) {
			one, err := eachText(t[name], problem.Below(path, name), f)
			if err != nil {
				return nil, err
			}
			out[name] = one
		}
		return out, nil
	}
	return v, nil
}

// EachSessionText calls a function with all texts of a session that are sent.
func EachSessionText(s *exchange.SignIn, path []string, each func(path []string, value string)) {
	_, _ = eachOfSession(s, path, func(path []string, value string) (string, error) {
		each(path, value)
		return value, nil
	})
}

// Literally is a lookup for texts that are templates: braces in a value stay braces.
func Literally(lookup func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, set := lookup(name)
		return strings.NewReplacer("{", "{{", "}", "}}").Replace(value), set
	}
}

// RedactSession is a text of a session as it may be saved: references to the environment lose their
// defaults, and a secret that is written out is hidden. What was captured is none in a template.
func RedactSession(c *model.Contract, path []string, value string) string {
	name := nameIn(path)
	switch {
	case value == "" || name == "path":
		return WithoutDefaults(value)
	case strings.Contains(value, "${"):
		return WithoutDefaults(value)
	case strings.Contains(strings.ReplaceAll(value, "{{", ""), "{"):
		return value
	case name == "text" || name == "body" || IsSecret(c, name):
		return Hidden
	}
	return value
}

// nameIn is the name under which a value stands: places in lists are none.
func nameIn(path []string) string {
	for _, name := range slices.Backward(path) {
		if _, err := strconv.Atoi(name); err != nil {
			return name
		}
	}
	return ""
}
