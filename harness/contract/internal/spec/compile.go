package spec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
)

// operation is the compiled form of one operation type.
type operation struct {
	name    string
	when    *vm.Program
	then    []assignment
	answer  []field
	effects []effect
	// values are the arguments, state the state variables that the expressions read.
	values []string
	state  []variable
	// exact is true when the expressions compute with decimal numbers, which the arguments in decimal
	// are.
	exact   bool
	decimal map[string]bool
}

// variable is a state variable as an expression names it, split into the resource's path and its
// own name.
type variable struct{ path, resource, name string }

type assignment struct {
	to      variable
	program *vm.Program
}

type field struct {
	name    string
	program *vm.Program
}

type effect struct {
	declared model.EffectType
	fields   []field
}

// Compile makes the specification of a contract, which may come from [Parse], from a plan or from
// Go. What is wrong with it is an [*Error].
func Compile(c *model.Contract) (*Compiled, error) {
	out := &Compiled{operations: make(map[string]*operation, len(c.Operations))}
	var problems []problem.Problem
	for _, name := range slices.Sorted(maps.Keys(c.Operations)) {
		op, p := compileOperation(c, problem.At("operations", name), name)
		out.operations[name] = op
		problems = append(problems, p...)
	}
	if len(problems) > 0 {
		return nil, problem.Errors(problems)
	}
	out.scratch.New = func() any { return &scratch{env: map[string]any{}} }
	return out, nil
}

// WrongExpressions tells what is wrong with the expressions of an operation type, which stands at a
// path.
func WrongExpressions(c *model.Contract, path []string, operation string) []problem.Problem {
	_, problems := compileOperation(c, path, operation)
	return problems
}

// compiler compiles the expressions of one operation type.
type compiler struct {
	scope    scope
	reads    map[string]bool
	problems []problem.Problem
}

func compileOperation(
	c *model.Contract, path []string, name string,
) (*operation, []problem.Problem) {
	declared := c.Operations[name]
	k := &compiler{scope: newScope(c, name), reads: map[string]bool{}}
	op := &operation{name: name, exact: k.scope.exact, decimal: map[string]bool{}}
	for arg, domain := range declared.Args {
		op.decimal[arg] = domain.Computes()
	}
	if len(k.scope.resources) >= MaxPaths {
		return op, []problem.Problem{{
			Path: path, Message: fmt.Sprintf("%d or more resources are needed here", MaxPaths),
			Advice: "remove needs that nothing uses",
		}}
	}
	if declared.When != "" {
		op.when = k.compile(problem.Below(path, "when"), declared.When, expr.AsBool())
	}
	for _, key := range slices.Sorted(maps.Keys(declared.Then)) {
		where := problem.Below(path, "then", key)
		op.then = append(op.then, k.assignment(where, key, declared.Then[key]))
	}
	op.answer = k.fields(problem.Below(path, "answer", "fields"), declared.Answer.Fields)
	for i, e := range declared.Effects {
		where := problem.Below(path, "effects", strconv.Itoa(i), "fields")
		op.effects = append(op.effects, effect{e, k.constants(where, e.Fields)})
	}
	k.sortReads(op)
	return op, k.problems
}

// sortReads splits what the expressions read into arguments and state.
func (k *compiler) sortReads(op *operation) {
	for _, name := range slices.Sorted(maps.Keys(k.reads)) {
		if k.scope.variables[name] {
			op.state = append(op.state, newVariable(name))
		} else {
			op.values = append(op.values, name)
		}
	}
}

func newVariable(path string) variable {
	resource, name := split(path)
	return variable{path, resource, name}
}

func (k *compiler) compile(path []string, source string, options ...expr.Option) *vm.Program {
	_, p := k.scope.typed(source, options...)
	return k.program(path, source, p)
}

// assignment compiles the new value of a state variable.
func (k *compiler) assignment(path []string, key, source string) assignment {
	to := k.target(path, key)
	node, p := k.scope.typed(source)
	if p == nil && k.scope.variables[key] {
		p = assignable(node, k.scope.values[key])
	}
	return assignment{to, k.program(path, source, p)}
}

// program compiles an expression unless something is wrong with it already.
func (k *compiler) program(path []string, source string, p *problem.Problem) (program *vm.Program) {
	if p == nil {
		program, p = k.scope.compile(source, k.reads)
	}
	if p != nil {
		p.Path = path
		k.problems = append(k.problems, *p)
	}
	return program
}

// target is the state variable on the left of an assignment.
func (k *compiler) target(path []string, key string) variable {
	if !k.scope.variables[key] {
		k.problems = append(k.problems, problem.Problem{
			Path: path, AtKey: true, Message: fmt.Sprintf("%q is not a state variable", key),
			Advice: problem.Suggest(key, slices.Sorted(maps.Keys(k.scope.variables))),
		})
	}
	return newVariable(key)
}

func (k *compiler) fields(path []string, sources map[string]string) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		where := problem.Below(path, name)
		if k.scope.bare(sources[name]) {
			k.problems = append(k.problems, problem.Problem{
				Path:    where,
				Message: "the id of a resource cannot be compared: only the run knows it",
				Advice:  "leave this field out, or compare an argument, {mark} or key",
			})
			continue
		}
		out = append(out, field{name, k.compile(where, sources[name])})
	}
	return out
}

// constants are the fields of an effect. They are declared before anything is executed, so they
// know no state.
func (k *compiler) constants(path []string, sources map[string]string) []field {
	full := k.scope
	k.scope = full.withoutState()
	defer func() { k.scope = full }()
	return k.fields(path, sources)
}

// split takes the last name off a dotted path: "charge.account.balance" is "charge.account" and
// "balance".
func split(path string) (parent, last string) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}
