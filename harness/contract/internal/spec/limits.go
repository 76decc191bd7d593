package spec

import (
	"fmt"
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/types"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
)

// What an expression may be: it is evaluated millions of times, and text that is joined to itself
// again and again doubles with each line.
const (
	maxExpression = 200 // nodes
	maxLets       = 3
	maxRange      = 1000
)

// language is what expressions may not use: the clock, because verdicts must not depend on when
// they are made, and what makes much of little. What takes a condition, such as reduce, cannot be
// disabled so; see [limits].
func language() []expr.Option {
	return []expr.Option{
		expr.DisableBuiltin("now"), expr.DisableBuiltin("repeat"),
		expr.MaxNodes(maxExpression),
	}
}

// limits is a visitor that counts what makes an expression slow or large.
type limits struct {
	lets, steps int
	problem     *problem.Problem
}

// Visit implements [ast.Visitor].
func (l *limits) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.VariableDeclaratorNode:
		if l.lets++; l.lets > maxLets {
			l.wrong(n, fmt.Sprintf("the expression has more than %d let", maxLets),
				"write it with fewer")
		}
	case *ast.BuiltinNode:
		if n.Name == "reduce" {
			l.wrong(n, `unknown name "reduce" in an expression`, "write out what is meant")
		}
	case *ast.BinaryNode:
		if n.Operator == ".." {
			l.ranged(n)
		}
	}
}

// ranged bounds the product of all ranges: one may stand inside another.
func (l *limits) ranged(n *ast.BinaryNode) {
	from, low := n.Left.(*ast.IntegerNode)
	to, high := n.Right.(*ast.IntegerNode)
	if low && high && to.Value >= from.Value && to.Value-from.Value < maxRange {
		l.steps = max(l.steps, 1) * (to.Value - from.Value + 1)
	} else {
		l.steps = maxRange + 1
	}
	if l.steps > maxRange {
		l.wrong(n, fmt.Sprintf("the expression has a range of more than %d numbers, or one that is "+
			"not fixed", maxRange), "compare instead, such as amount >= 1 and amount <= 50000")
	}
}

func (l *limits) wrong(n ast.Node, message, advice string) {
	if l.problem == nil {
		l.problem = &problem.Problem{Message: message, Advice: advice, Offset: n.Location().From}
	}
}

// assignable tells why the value of an expression cannot be the new value of a state variable of a
// type, by the types that are declared; nil when it can, or when nothing is declared.
func assignable(n ast.Node, to types.Type) *problem.Problem {
	if c, ok := n.(*ast.ConditionalNode); ok {
		if p := assignable(c.Exp1, to); p != nil {
			return p
		}
		return assignable(c.Exp2, to)
	}
	want, is := sort(to), sortOf(n)
	if is == "" || is == want || want == "" && is != "a list or a mapping" {
		return nil
	}
	if want == "" {
		want = "a number, text or true or false"
	}
	return &problem.Problem{
		Message: fmt.Sprintf("the expression is %s, and the state variable is %s", is, want),
		Advice:  "write an expression of that kind, or correct the variable's initial value",
		Offset:  n.Location().From,
	}
}

// sort is what users call a type; "" when it may be anything.
func sort(t types.Type) string {
	switch {
	case t == types.Any: // it equals every type
		return ""
	case t.Equal(types.Int), t.Equal(types.Float64):
		return "a number"
	case t.Equal(types.String):
		return "text"
	case t.Equal(types.Bool):
		return "true or false"
	}
	return ""
}

// sortOf is what users call the type of an expression's value; "" when it may be anything.
func sortOf(n ast.Node) string {
	if _, none := n.(*ast.NilNode); none {
		return "nothing"
	}
	t := n.Type()
	if t == nil {
		return ""
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "a number"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array, reflect.Map:
		return "a list or a mapping"
	}
	return ""
}
