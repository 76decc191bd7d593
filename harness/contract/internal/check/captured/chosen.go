package captured

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/choice"
	"github.com/idemcheck/idemcheck/model/fault"
)

// maxWeight bounds a weight: more is no choice but an exclusion of all others.
const maxWeight = 100

// selections checks what a contract chooses of the catalogue. Which scenarios there are is known to
// the catalogue alone.
func selections(c *model.Contract) []problem.Problem {
	kinds := lists.Map(fault.Kinds(), func(k fault.Info) string { return string(k.Kind) })
	out := selection(problem.At("scenarios"), c.Scenarios)
	out = append(out, selection(problem.At("faults"), c.Faults)...)
	return append(out, unknown(c.Faults, kinds)...)
}

// selection checks what is wrong with a selection of whatever names.
func selection(path []string, s *choice.Selection) (out []problem.Problem) {
	if s == nil {
		return nil
	}
	for i, name := range s.Exclude {
		if slices.Contains(s.Include, name) {
			out = append(out, problem.Problem{
				Path:    problem.Below(path, "exclude", strconv.Itoa(i)),
				Message: fmt.Sprintf("%q is in both include and exclude", name),
				Advice:  "leave it in one of the two",
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Weights)) {
		if w := s.Weights[name]; w < 1 || w > maxWeight {
			out = append(out, problem.Problem{
				Path:    problem.Below(path, "weights", name),
				Message: fmt.Sprintf("the weight %d of %q is not between 1 and %d", w, name, maxWeight),
				Advice:  "write how many turns it takes where others take one, or put it under exclude",
			})
		}
	}
	return out
}

// unknown lists the names of a selection that nothing has.
func unknown(s *choice.Selection, known []string) (out []problem.Problem) {
	if s == nil {
		return nil
	}
	check := func(name string, at ...string) {
		if !slices.Contains(known, name) {
			out = append(out, problem.Problem{
				Path: problem.At(at...), Message: fmt.Sprintf("there is no kind of fault %q", name),
				Advice: problem.Suggest(name, known),
			})
		}
	}
	for i, name := range s.Include {
		check(name, "faults", "include", strconv.Itoa(i))
	}
	for i, name := range s.Exclude {
		check(name, "faults", "exclude", strconv.Itoa(i))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Weights)) {
		check(name, "faults", "weights", name)
	}
	return out
}
