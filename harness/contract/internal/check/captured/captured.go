// Package captured looks for what is wrong with what a contract does with captures: keys that the
// service makes, and headers; with what is chosen of the catalogue, and with how fast a service is
// expected to be.
package captured

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/prepared"
	"github.com/idemcheck/idemcheck/model"
)

// Problems lists what is wrong; none when nothing is.
func Problems(c *model.Contract) []problem.Problem {
	out := slices.Concat(form(c), selections(c), expectations(c))
	for _, name := range slices.Sorted(maps.Keys(c.Operations)) {
		out = append(out, keys(c, name)...)
		out = append(out, headers(name, c.Operations[name])...)
	}
	return out
}

// form checks that nothing is said of the form of keys that the service makes.
func form(c *model.Contract) []problem.Problem {
	if k := c.Key; k.From == "" || !k.Formed() && k.MinLength == 0 && k.MaxLength == 0 {
		return nil
	}
	return []problem.Problem{{
		Path:    problem.At("key", "from"),
		Message: "the service makes the keys: nothing is to be said of their form",
		Advice:  "remove key.from, or the format, pattern and lengths of keys",
	}}
}

// keys checks that an operation gets the key that the service makes for it, and sends it.
func keys(c *model.Contract, name string) (out []problem.Problem) {
	from, at := c.Key.From, problem.At("operations", name)
	if from == "" {
		return nil
	}
	if !template.SendsKey(c, name) {
		out = append(out, problem.Problem{
			Path:    at,
			Message: fmt.Sprintf("the operation %s does not send the key that key.from names", name),
			Advice:  "declare `key: {header: ...}`, or send {key}",
		})
	}
	if !slices.Contains(prepared.Captures(c.Operations[name]), from) {
		out = append(out, problem.Problem{
			Path:    at,
			Message: fmt.Sprintf("no step before the operation %s captures %q (key.from)", name, from),
			Advice: "add `before: [{path: ..., capture: {" + from + ": {body: FIELD}}}]`, the step that " +
				"hands the key out",
		})
	}
	return out
}

// headers checks that no capture in a header is all that tells two operations apart: nobody who
// judges sees headers.
func headers(name string, o model.OperationType) (out []problem.Problem) {
	if template.Sends(o, "mark") {
		return nil
	}
	for _, header := range slices.Sorted(maps.Keys(o.Headers)) {
		for _, captured := range prepared.Captures(o) {
			if !strings.Contains(o.Headers[header], "{"+captured+"}") {
				continue
			}
			out = append(out, problem.Problem{
				Path:    problem.At("operations", name, "headers", header),
				Message: fmt.Sprintf("{%s} may be all that tells two operations apart here", captured),
				Advice:  "send {mark} in the path, the query or the body too",
			})
		}
	}
	return out
}
