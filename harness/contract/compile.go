package contract

import (
	"fmt"
	"strconv"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

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
	var problems []problem
	for _, name := range sortedKeys(c.Operations) {
		op, p := compileOperation(c, at("operations", name), name)
		out.operations[name] = op
		problems = append(problems, p...)
	}
	if len(problems) > 0 {
		return nil, plainErrors(problems)
	}
	out.scratch.New = func() any { return &scratch{env: map[string]any{}} }
	return out, nil
}

// compiler compiles the expressions of one operation type.
type compiler struct {
	scope    scope
	reads    map[string]bool
	problems []problem
}

func compileOperation(c *model.Contract, path []string, name string) (*operation, []problem) {
	declared := c.Operations[name]
	k := &compiler{scope: newScope(c, name), reads: map[string]bool{}}
	op := &operation{name: name}
	if len(k.scope.resources) >= maxPaths {
		return op, []problem{{
			path: path, message: fmt.Sprintf("%d or more resources are needed here", maxPaths),
			advice: "remove needs that nothing uses",
		}}
	}
	if declared.When != "" {
		op.when = k.compile(below(path, "when"), declared.When, expr.AsBool())
	}
	for _, key := range sortedKeys(declared.Then) {
		where := below(path, "then", key)
		op.then = append(op.then, k.assignment(where, key, declared.Then[key]))
	}
	op.answer = k.fields(below(path, "answer", "fields"), declared.Answer.Fields)
	for i, e := range declared.Effects {
		where := below(path, "effects", strconv.Itoa(i), "fields")
		op.effects = append(op.effects, effect{e, k.constants(where, e.Fields)})
	}
	k.sortReads(op)
	return op, k.problems
}

// sortReads splits what the expressions read into arguments and state.
func (k *compiler) sortReads(op *operation) {
	for _, name := range sortedKeys(k.reads) {
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
func (k *compiler) program(path []string, source string, p *problem) (program *vm.Program) {
	if p == nil {
		program, p = k.scope.compile(source, k.reads)
	}
	if p != nil {
		p.path = path
		k.problems = append(k.problems, *p)
	}
	return program
}

// target is the state variable on the left of an assignment.
func (k *compiler) target(path []string, key string) variable {
	if !k.scope.variables[key] {
		k.problems = append(k.problems, problem{
			path: path, atKey: true, message: fmt.Sprintf("%q is not a state variable", key),
			advice: suggest(key, sortedKeys(k.scope.variables)),
		})
	}
	return newVariable(key)
}

func (k *compiler) fields(path []string, sources map[string]string) []field {
	var out []field
	for _, name := range sortedKeys(sources) {
		where := below(path, name)
		if k.scope.bare(sources[name]) {
			k.problems = append(k.problems, problem{
				path:    where,
				message: "the id of a resource cannot be compared: only the run knows it",
				advice:  "leave this field out, or compare an argument, mark or key",
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
