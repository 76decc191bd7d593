// Package scripted takes secrets out of what sinks answer.
package scripted

import (
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/model"
)

// In tells whether a path leads to what a sink answers.
func In(path []string) bool { return len(path) > 4 && path[0] == "sinks" && path[2] == "answers" }

// Redact is a text of an answer as it may be saved: references to the environment lose their
// defaults, and what is written out is hidden where its name says that it is a secret.
func Redact(c *model.Contract, path []string, value string) string {
	isTemplate := environment.IsTemplate(path) &&
		strings.Contains(strings.ReplaceAll(value, "{{", ""), "{")
	isPlace := func(name string) bool {
		_, err := strconv.Atoi(name)
		return err == nil
	}
	names := slices.DeleteFunc(slices.Clone(path), isPlace) // places in lists are no names
	switch {
	case strings.Contains(value, "${"):
		return environment.WithoutDefaults(value)
	case !isTemplate && value != "" && environment.IsSecret(c, names[len(names)-1]):
		return environment.Hidden
	}
	return value
}
