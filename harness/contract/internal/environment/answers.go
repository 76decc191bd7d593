package environment

import (
	"slices"
	"strconv"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model/source"
)

// isBody tells whether a path leads into the body of a sink's answer, whose texts are templates.
func isBody(path []string) bool { return len(path) > 4 && path[0] == "sinks" && path[4] == "body" }

// eachOfAnswers copies the answers of a sink with a function applied to the texts in them.
func eachOfAnswers(
	answers []source.ScriptedAnswer, path []string, f change,
) ([]source.ScriptedAnswer, error) {
	out := slices.Clone(answers)
	for i := range out {
		at := problem.Below(path, strconv.Itoa(i))
		var err error
		if out[i].Headers, err = eachHeader(out[i].Headers, problem.Below(at, "headers"), f); err != nil {
			return nil, err
		}
		if out[i].Body, err = eachText(out[i].Body, problem.Below(at, "body"), f); err != nil {
			return nil, err
		}
	}
	return out, nil
}
