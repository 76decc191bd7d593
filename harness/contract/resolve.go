package contract

import (
	"errors"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/address"
	"github.com/idemcheck/idemcheck/harness/contract/internal/check"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
)

// Resolve returns a copy of c in which target.url, target.host and the texts of target.tls, the
// values of all headers, the sessions, where else things are read and where sinks listen are
// expanded, and so is how it is started. The copy holds secrets: it is for sending and must never
// be saved. The rest of the contract is shared with c. Variables that are not set, and values that
// were redacted when the contract was saved, are an [*Error].
func Resolve(c *model.Contract, lookup func(string) (string, bool)) (*model.Contract, error) {
	out, err := environment.EachValue(c, func(path []string, value string) (string, error) {
		if strings.Contains(value, environment.Hidden) {
			return "", &problem.Error{
				Path: strings.Join(path, "."), Message: "this value is a secret and was not saved",
				Advice: "give the contract file again, or write the value as ${NAME} in it",
			}
		}
		known := lookup
		if environment.IsTemplate(path) {
			known = environment.Literally(lookup)
		}
		expanded, err := environment.Expand(value, known)
		if message := check.WrongValue(expanded); err == nil && message != "" && oneLine(path) {
			err = &problem.Error{
				Message: "with the environment in it, this value " + message,
				Advice:  "take that out of the variable, such as a line end after a token",
			}
		}
		return expanded, withPath(err, path)
	})
	if err != nil {
		return nil, err
	}
	there := out.Target
	there.URL = out.Start.Example(there.URL)
	if problems := address.Check(there); len(problems) > 0 && out.Target.URL != "" {
		return nil, problem.Errors(problems)
	}
	return out, nil
}

// oneLine reports whether a value is sent in a line of the head of a message, and no body.
func oneLine(path []string) bool {
	return !environment.InSession(path) || path[len(path)-2] == "headers"
}

func withPath(err error, path []string) error {
	if e, ok := errors.AsType[*problem.Error](err); ok {
		e.Path = strings.Join(path, ".")
	}
	return err
}
