package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/internal/spec/exact"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/decimal"
	"github.com/idemcheck/idemcheck/model/value"
)

// scope is what the expressions of one operation may name.
type scope struct {
	// values are the types of all names: arguments, "mark", "key", and state variables by dotted
	// path.
	values types.Map
	// resources are the types of resources by dotted path; their own value is their name in the
	// state.
	resources map[string]string
	// variables are those values that are state variables.
	variables map[string]bool
	// exact is true when they compute with decimal numbers.
	exact bool
}

func newScope(c *model.Contract, operation string) scope {
	s := scope{
		values:    types.Map{"mark": types.String, "key": types.String},
		resources: ResourcePaths(c, operation), variables: map[string]bool{},
		exact: computesExactly(c),
	}
	for name, arg := range c.Operations[operation].Args {
		s.values[name] = argType(arg)
	}
	for path, typ := range s.resources {
		s.values[path] = types.String
		for name, variable := range c.Resources[typ].State {
			s.values[path+"."+name] = s.stateType(variable.Initial)
			s.variables[path+"."+name] = true
		}
	}
	return s
}

// withoutState is the scope of expressions that are evaluated before anything is executed.
func (s scope) withoutState() scope {
	values := types.Map{}
	for name, t := range s.values {
		if !s.variables[name] {
			values[name] = t
		}
	}
	return scope{
		values: values, resources: s.resources, variables: map[string]bool{}, exact: s.exact,
	}
}

// computesExactly reports whether a contract has decimal numbers. Then all its expressions compute
// exactly: what one operation computed is another one's state.
func computesExactly(c *model.Contract) bool {
	for _, o := range c.Operations {
		for _, arg := range o.Args {
			if arg.Computes() {
				return true
			}
		}
	}
	return false
}

// stateType is the type of a state variable: text that says a decimal number may be one.
func (s scope) stateType(initial any) types.Type {
	text, isText := initial.(string)
	if s.exact && isText && decimal.IsDecimal(text) {
		return types.Any
	}
	return typeOf(value.Normal(initial))
}

func argType(a model.Arg) types.Type {
	switch {
	case a.Resource != "", a.Text != nil:
		return types.String
	case a.Decimal != nil:
		return types.Float64
	case a.List != nil:
		return types.Any
	case len(a.OneOf) == 0:
		return types.Int
	}
	t := typeOf(value.Normal(a.OneOf[0]))
	for _, v := range a.OneOf {
		if !typeOf(value.Normal(v)).Equal(t) {
			return types.Any
		}
	}
	return t
}

// Alike reports whether two values are of one type in expressions.
func Alike(a, b any) bool { return typeOf(a).Equal(typeOf(b)) }

func typeOf(v any) types.Type {
	switch v.(type) {
	case int64:
		return types.Int
	case float64:
		return types.Float64
	case string:
		return types.String
	case bool:
		return types.Bool
	}
	return types.Any
}

// compile compiles an expression that was checked, without the types that are declared: a service
// may show "12.00" or null where a number was declared, and that must become an error of the
// expression, not of the program. The names that it reads are added to reads.
func (s scope) compile(source string, reads map[string]bool) (*vm.Program, *problem.Problem) {
	again := &namer{scope: s}
	options := append(language(), expr.Env(s.untyped()), expr.Patch(again))
	if s.exact {
		options = append(options, exact.Patch()...)
	}
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, expressionProblem(err)
	}
	again.reads(reads)
	return program, nil
}

// typed checks an expression against the types that are declared, and returns its tree.
func (s scope) typed(source string, options ...expr.Option) (ast.Node, *problem.Problem) {
	names, bounds := &namer{scope: s}, &limits{}
	options = append(options, language()...)
	options = append(options, expr.Env(s.values), expr.Optimize(false),
		expr.Patch(bounds), expr.Patch(names))
	program, err := expr.Compile(source, options...)
	switch p := names.problem(); {
	case p != nil:
		return nil, p
	case bounds.problem != nil:
		return nil, bounds.problem
	case err != nil:
		return nil, expressionProblem(err)
	}
	return program.Node(), nil
}

func (s scope) untyped() types.Map {
	out := make(types.Map, len(s.values))
	for name := range s.values {
		out[name] = types.Any
	}
	return out
}

func expressionProblem(err error) *problem.Problem {
	p := &problem.Problem{
		Message: "the expression is not right: " + err.Error(),
		Advice:  "correct the expression; it may use arguments, and state such as account.balance",
	}
	if located, ok := errors.AsType[*file.Error](err); ok {
		p.Message = "the expression is not right: " + located.Message
		p.Offset = located.Column
	}
	return p
}

// namer turns "account.balance" from a field of a map into a name of its own, so that evaluation
// needs one flat map, and collects the names that nothing is known of.
type namer struct {
	scope scope
	local map[string]bool
	seen  []*ast.IdentifierNode
}

// Visit implements [ast.Visitor]; children come before their parents.
func (n *namer) Visit(node *ast.Node) {
	switch x := (*node).(type) {
	case *ast.VariableDeclaratorNode:
		if n.local == nil {
			n.local = map[string]bool{}
		}
		n.local[x.Name] = true
	case *ast.IdentifierNode:
		n.seen = append(n.seen, x)
	case *ast.MemberNode:
		n.member(node, x)
	}
}

func (n *namer) member(node *ast.Node, x *ast.MemberNode) {
	parent, ok := x.Node.(*ast.IdentifierNode)
	property, named := x.Property.(*ast.StringNode)
	if !ok || !named || n.scope.resources[parent.Value] == "" {
		return
	}
	// The parent was only the beginning of this name.
	for i := range n.seen {
		if n.seen[i] == parent {
			n.seen = append(n.seen[:i], n.seen[i+1:]...)
			break
		}
	}
	flat := &ast.IdentifierNode{Value: parent.Value + "." + property.Value}
	ast.Patch(node, flat)
	flat.SetLocation(parent.Location())
	n.seen = append(n.seen, flat)
}

func (n *namer) problem() *problem.Problem {
	for _, node := range n.seen {
		if _, known := n.scope.values[node.Value]; known || n.local[node.Value] {
			continue
		}
		return &problem.Problem{
			Message: fmt.Sprintf("unknown name %q in an expression", node.Value),
			Advice:  problem.Suggest(node.Value, slices.Sorted(maps.Keys(n.scope.values))),
			Offset:  node.Location().From,
		}
	}
	return nil
}

// reads lists the names that were found in an expression.
func (n *namer) reads(into map[string]bool) {
	for _, node := range n.seen {
		if !n.local[node.Value] {
			into[node.Value] = true
		}
	}
}

// bare reports whether an expression is nothing but a resource. Its value is the resource's name in
// the plan, which no answer and no ledger shows.
func (s scope) bare(source string) bool { return s.resources[strings.TrimSpace(source)] != "" }
