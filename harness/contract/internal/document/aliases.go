package document

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
)

// maxExpanded bounds the values of a contract with every alias written out, and maxLevels how deep
// they lie: aliases of aliases double with every line.
const (
	maxExpanded = 100_000
	maxLevels   = 200
)

// extent is how many values a node stands for, and how deep the deepest lies.
type extent struct{ values, levels int }

// aliases measures a tree with its aliases written out.
type aliases struct {
	// known are the anchors that were read to their end, open those that were only begun.
	known map[string]extent
	open  map[string]bool
	// at is the first node that is wrong, problem what is wrong with it.
	at      ast.Node
	problem *problem.Problem
}

// checkAliases refuses an alias inside its own anchor, and aliases that together stand for more
// than anybody can read.
func checkAliases(d *document) error {
	a := &aliases{known: map[string]extent{}, open: map[string]bool{}}
	if d.values = a.measure(d.root).values; a.problem != nil {
		return d.errorAt(firstToken(a.at), *a.problem)
	}
	return nil
}

func (a *aliases) wrong(node ast.Node, advice, format string, args ...any) {
	if a.problem == nil {
		a.at, a.problem = node, &problem.Problem{Message: fmt.Sprintf(format, args...), Advice: advice}
	}
}

func (a *aliases) measure(node ast.Node) extent {
	if node == nil || a.problem != nil {
		return extent{}
	}
	switch n := node.(type) {
	case *ast.TagNode:
		return a.measure(n.Value)
	case *ast.AnchorNode:
		return a.anchor(n)
	case *ast.AliasNode:
		return a.alias(n)
	case *ast.SequenceNode:
		return a.sum(n, n.Values)
	}
	lines, ok := pairs(node)
	if !ok {
		return extent{1, 1}
	}
	values := make([]ast.Node, len(lines))
	for i, line := range lines {
		values[i] = line.Value
	}
	return a.sum(node, values)
}

func (a *aliases) sum(node ast.Node, values []ast.Node) extent {
	out := extent{values: 1}
	for _, v := range values {
		e := a.measure(v)
		out.values, out.levels = out.values+e.values, max(out.levels, e.levels)
		if out.values > maxExpanded {
			a.wrong(v, "write fewer aliases, or fewer lines",
				"the contract stands for more than %d values here", maxExpanded)
		}
	}
	if out.levels++; out.levels > maxLevels {
		a.wrong(node, "nest less deeply", "the contract is more than %d levels deep here", maxLevels)
	}
	return out
}

func (a *aliases) anchor(n *ast.AnchorNode) extent {
	name := nameIn(n.Name)
	a.open[name] = true
	out := a.measure(n.Value)
	delete(a.open, name)
	a.known[name] = out
	return out
}

func (a *aliases) alias(n *ast.AliasNode) extent {
	name := nameIn(n.Value)
	if a.open[name] {
		a.wrong(n, "write out what is meant", "the alias %q stands inside what it stands for", name)
	} else if _, ok := a.known[name]; !ok {
		a.wrong(n, "write &"+name+" before what it stands for, above this line",
			"the alias %q stands for nothing", name)
	}
	return a.known[name]
}

// nameIn is the name of an anchor or alias.
func nameIn(node ast.Node) string {
	if node == nil || node.GetToken() == nil {
		return ""
	}
	return node.GetToken().Value
}
