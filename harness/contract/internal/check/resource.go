package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/check/origin"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/internal/spec"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/model"
)

// reserved are the names in templates and expressions that arguments and needs cannot have.
func reserved() []string {
	return []string{template.Attempt, "id", "identity", "key", "mark", "unique"}
}

// operators are the words of the expression language that cannot be names in it.
func operators() []string {
	return []string{
		"and", "contains", "else", "endsWith", "false", "if", "in", "let", "matches", "nil",
		"not", "or", "startsWith", "true",
	}
}

// checkVariable checks a name that expressions and templates use.
func checkVariable(k *checker, path []string, name string) {
	switch {
	case !environment.IsName(name):
		k.wrong(path, "use letters, digits and _, beginning with a letter",
			"%q cannot be a name", name)
	case name == signin.Name && len(sessions(k.c)) > 0, slices.Contains(reserved(), name),
		slices.Contains(operators(), name):
		k.wrong(path, "choose another name",
			"%q has a meaning of its own in templates or expressions", name)
	}
}

func checkResources(k *checker) {
	for _, name := range slices.Sorted(maps.Keys(k.c.Resources)) {
		checkResource(k, problem.At("resources", name), name, k.c.Resources[name])
	}
}

func checkResource(k *checker, path []string, name string, r model.ResourceType) {
	k.label(path, name)
	for _, need := range slices.Sorted(maps.Keys(r.Needs)) {
		checkVariable(k, problem.Below(path, "needs", need), need)
		k.known(problem.Below(path, "needs", need), r.Needs[need],
			slices.Sorted(maps.Keys(k.c.Resources)), "resource")
	}
	known := names{"unique": true, "key": true}
	knowSession(k, known)
	for p := range spec.NeedPaths(k.c, r) {
		known[p], known[p+".id"] = true, true
	}
	checkMessage(k, problem.Below(path, "create"), r.Create, known)
	delete(known, "unique")
	delete(known, "key")
	known["id"] = true
	if r.Read != nil {
		checkMessage(k, problem.Below(path, "read"), *r.Read, known)
	}
	k.problems = append(k.problems, origin.State(k.c, name)...)
	remotePages(k, problem.Below(path, "read_from"), r.ReadFrom)
	checkSpot(k, problem.Below(path, "id_from"), r.IDFrom)
	checkState(k, path, name, r)
}

func checkMessage(k *checker, path []string, m model.Message, known names) {
	k.method(problem.Below(path, "method"), m.Method)
	k.path(problem.Below(path, "path"), m.Path, known)
	checkContent(k, path, m.Content(), known)
	checkPlainHeaders(k, problem.Below(path, "headers"), m.Headers, known)
	k.statuses(problem.Below(path, "ok"), m.OK)
}

func checkState(k *checker, path []string, name string, r model.ResourceType) {
	if len(r.State) > 0 && !r.Readable() {
		k.wrong(problem.Below(path, "state"), "add `read: {path: ...}`, the message that shows the state",
			"the state of %s cannot be read", name)
	}
	for _, v := range slices.Sorted(maps.Keys(r.State)) {
		where := problem.Below(path, "state", v)
		if !environment.IsName(v) || v == "id" {
			k.wrong(where, "use letters, digits and _, beginning with a letter, and not \"id\"",
				"%q cannot be the name of a state variable", v)
		}
		if r.State[v].Field == "" {
			k.wrong(where, "add `field: NAME`, the field of the answer of `read` that holds it",
				"the state variable %q does not say where it is found", v)
		}
	}
}

// hasCycles refuses resources that need each other: none of them could be made first, and what
// follows needs would not come to an end. Nor may needs branch so much that nobody could name what
// they lead to.
func hasCycles(k *checker) bool {
	done := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(k.c.Resources)) {
		if cycle := findCycle(k.c, []string{name}, done); cycle != nil {
			k.wrong(problem.At("resources", slices.Min(cycle), "needs"), "remove one of these needs",
				"resources need each other in a circle: %s", strings.Join(cycle, " needs "))
			return true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Resources)) {
		if len(spec.NeedPaths(k.c, k.c.Resources[name])) >= spec.MaxPaths {
			refuseBranches(k, problem.At("resources", name, "needs"))
			return true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Operations)) {
		if len(spec.ResourcePaths(k.c, name)) >= spec.MaxPaths {
			refuseBranches(k, problem.At("operations", name, "args"))
			return true
		}
	}
	return false
}

func refuseBranches(k *checker, path []string) {
	k.wrong(path, "remove needs that nothing uses, or let one resource serve for several",
		"%d or more resources are needed here, and what these need", spec.MaxPaths)
}

// findCycle follows needs from the last resource of a chain until one comes again, and returns the
// chain from its alphabetically first member to itself. What is done needs no second visit.
func findCycle(c *model.Contract, chain []string, done map[string]bool) []string {
	last := chain[len(chain)-1]
	if done[last] {
		return nil
	}
	for _, need := range slices.Sorted(maps.Keys(c.Resources[last].Needs)) {
		next := c.Resources[last].Needs[need]
		if i := slices.Index(chain, next); i >= 0 {
			return fromFirst(chain[i:])
		}
		if cycle := findCycle(c, problem.Below(chain, next), done); cycle != nil {
			return cycle
		}
	}
	done[last] = true
	return nil
}

// fromFirst turns a circle so that it begins and ends with its alphabetically first member.
func fromFirst(circle []string) []string {
	i := slices.Index(circle, slices.Min(circle))
	return slices.Concat(circle[i:], circle[:i], circle[i:i+1])
}
