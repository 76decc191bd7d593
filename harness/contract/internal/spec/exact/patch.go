package exact

import (
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// Patch makes an expression compute exactly: its operators and functions of numbers become those of
// this package. It comes after all other changes to the expression.
func Patch() []expr.Option {
	p := patch{}
	var out []expr.Option
	for name, compute := range operators() {
		p[name] = true
		out = append(out, expr.Function(ours(name), func(params ...any) (any, error) {
			return compute(params[0], params[1])
		}))
	}
	for name, compute := range functions() {
		p[name] = true
		out = append(out, expr.Function(ours(name), compute))
	}
	out = append(out, expr.Function(ours("negative"), func(params ...any) (any, error) {
		return operators()["-"](0, params[0])
	}))
	return append(out, expr.Patch(p))
}

// ours is the name of a function that nobody can write in an expression.
func ours(name string) string { return "exact " + name }

// patch knows the operators and functions that this package has.
type patch map[string]bool

// Visit implements [ast.Visitor].
func (p patch) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		if p[n.Operator] {
			call(node, n.Operator, n.Left, n.Right)
		}
	case *ast.UnaryNode:
		if n.Operator == "-" {
			call(node, "negative", n.Node)
		}
	case *ast.BuiltinNode:
		predicate := func(arg ast.Node) bool { _, is := arg.(*ast.PredicateNode); return is }
		if p[n.Name] && !slices.ContainsFunc(n.Arguments, predicate) {
			call(node, n.Name, n.Arguments...)
		}
	}
}

func call(node *ast.Node, name string, arguments ...ast.Node) {
	ast.Patch(node, &ast.CallNode{
		Callee: &ast.IdentifierNode{Value: ours(name)}, Arguments: arguments,
	})
}
