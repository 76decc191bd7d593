package contract

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// reserved are the names in templates and expressions that arguments and needs cannot have.
func reserved() []string {
	return []string{Attempt, "id", "identity", "key", "mark", "unique"}
}

// operators are the words of the expression language that cannot be names in it.
func operators() []string {
	return []string{
		"and", "contains", "else", "endsWith", "false", "if", "in", "let", "matches", "nil",
		"not", "or", "startsWith", "true",
	}
}

// variable checks a name that expressions and templates use.
func (k *checker) variable(path []string, name string) {
	switch {
	case !isName(name):
		k.wrong(path, "use letters, digits and _, beginning with a letter",
			"%q cannot be a name", name)
	case slices.Contains(reserved(), name) || slices.Contains(operators(), name):
		k.wrong(path, "choose another name",
			"%q has a meaning of its own in templates or expressions", name)
	}
}

func (k *checker) resources() {
	for _, name := range sortedKeys(k.c.Resources) {
		k.resource(at("resources", name), name, k.c.Resources[name])
	}
}

func (k *checker) resource(path []string, name string, r model.ResourceType) {
	k.label(path, name)
	for _, need := range sortedKeys(r.Needs) {
		k.variable(below(path, "needs", need), need)
		k.known(below(path, "needs", need), r.Needs[need], sortedKeys(k.c.Resources), "resource")
	}
	known := names{"unique": true, "key": true}
	for p := range needPaths(k.c, r) {
		known[p], known[p+".id"] = true, true
	}
	k.message(below(path, "create"), r.Create, known)
	delete(known, "unique")
	delete(known, "key")
	known["id"] = true
	if r.Read != nil {
		k.message(below(path, "read"), *r.Read, known)
	}
	k.state(path, name, r)
}

func (k *checker) message(path []string, m model.Message, known names) {
	k.method(below(path, "method"), m.Method)
	k.path(below(path, "path"), m.Path, known)
	k.template(below(path, "body"), m.Body, known)
	k.statuses(below(path, "ok"), m.OK)
}

func (k *checker) state(path []string, name string, r model.ResourceType) {
	if len(r.State) > 0 && r.Read == nil {
		k.wrong(below(path, "state"), "add `read: {path: ...}`, the message that shows the state",
			"the state of %s cannot be read", name)
	}
	for _, v := range sortedKeys(r.State) {
		where := below(path, "state", v)
		if !isName(v) || v == "id" {
			k.wrong(where, "use letters, digits and _, beginning with a letter, and not \"id\"",
				"%q cannot be the name of a state variable", v)
		}
		if r.State[v].Field == "" {
			k.wrong(where, "add `field: NAME`, the field of the answer of `read` that holds it",
				"the state variable %q does not say where it is found", v)
		}
	}
}

// cycles refuses resources that need each other: none of them could be made first, and what follows
// needs would not come to an end. Nor may needs branch so much that nobody could name what they
// lead to.
func (k *checker) cycles() bool {
	done := map[string]bool{}
	for _, name := range sortedKeys(k.c.Resources) {
		if cycle := findCycle(k.c, []string{name}, done); cycle != nil {
			k.wrong(at("resources", slices.Min(cycle), "needs"), "remove one of these needs",
				"resources need each other in a circle: %s", strings.Join(cycle, " needs "))
			return true
		}
	}
	for _, name := range sortedKeys(k.c.Resources) {
		if len(needPaths(k.c, k.c.Resources[name])) >= maxPaths {
			k.branches(at("resources", name, "needs"))
			return true
		}
	}
	for _, name := range sortedKeys(k.c.Operations) {
		if len(ResourcePaths(k.c, name)) >= maxPaths {
			k.branches(at("operations", name, "args"))
			return true
		}
	}
	return false
}

func (k *checker) branches(path []string) {
	k.wrong(path, "remove needs that nothing uses, or let one resource serve for several",
		"%d or more resources are needed here, and what these need", maxPaths)
}

// findCycle follows needs from the last resource of a chain until one comes again, and returns the
// chain from its alphabetically first member to itself. What is done needs no second visit.
func findCycle(c *model.Contract, chain []string, done map[string]bool) []string {
	last := chain[len(chain)-1]
	if done[last] {
		return nil
	}
	for _, need := range sortedKeys(c.Resources[last].Needs) {
		next := c.Resources[last].Needs[need]
		if i := slices.Index(chain, next); i >= 0 {
			return fromFirst(chain[i:])
		}
		if cycle := findCycle(c, below(chain, next), done); cycle != nil {
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

// maxDepth bounds how far needs are followed, for contracts that were made in Go and never checked
// for circles, and maxPaths how many are: needs that branch double with every level.
const maxDepth, maxPaths = 8, 200

// needPaths maps what a resource is made from to its type, by dotted path ("account",
// "account.bank").
func needPaths(c *model.Contract, r model.ResourceType) map[string]string {
	out := map[string]string{}
	addNeeds(c, out, "", r.Needs)
	return out
}

func addNeeds(c *model.Contract, out map[string]string, prefix string, needs map[string]string) {
	if strings.Count(prefix, ".") >= maxDepth {
		return
	}
	for name, typ := range needs {
		if r, ok := c.Resources[typ]; ok && len(out) < maxPaths {
			out[prefix+name] = typ
			addNeeds(c, out, prefix+name+".", r.Needs)
		}
	}
}

// ResourcePaths maps every resource that an operation reaches to its type, by dotted path: its
// resource arguments ("charge") and what those were made from ("charge.account").
// [model.Operation.Args] needs an entry for each.
func ResourcePaths(c *model.Contract, operation string) map[string]string {
	args := map[string]string{}
	for name, arg := range c.Operations[operation].Args {
		if arg.Resource != "" {
			args[name] = arg.Resource
		}
	}
	out := map[string]string{}
	addNeeds(c, out, "", args)
	return out
}
