package document

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
)

// checkShape compares the tree with the fields of [model.Contract]. The YAML library would find the
// same faults, but in words about Go types, one at a time and without the name that was probably
// meant.
func checkShape(root ast.Node) []problem.Problem {
	s := &shapes{}
	s.check(root, reflect.TypeFor[model.Contract](), nil)
	return s.problems
}

type shapes struct{ problems []problem.Problem }

func (s *shapes) wrong(path []string, message, advice string) {
	s.problems = append(s.problems, problem.Problem{Path: path, Message: message, Advice: advice})
}

func (s *shapes) check(node ast.Node, t reflect.Type, path []string) {
	node = unwrapped(node)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	// An alias was checked where its anchor stands; a null is the same as leaving the line out.
	if node == nil || node.Type() == ast.AliasType || node.Type() == ast.NullType {
		return
	}
	if _, one := pairs(node); one && t == reflect.TypeFor[exchange.Logins]() {
		t = t.Elem() // a login of one message needs no list
	}
	switch t.Kind() {
	case reflect.Struct:
		s.checkStruct(node, t, path)
	case reflect.Map:
		s.checkMap(node, t, path)
	case reflect.Slice:
		s.checkList(node, t, path)
	case reflect.Interface:
	default:
		s.checkScalar(node, t, path)
	}
}

func (s *shapes) checkStruct(node ast.Node, t reflect.Type, path []string) {
	lines, ok := pairs(node)
	if !ok {
		s.mismatch(node, path, "a mapping (lines of `name: value`)")
		return
	}
	fields := fieldsOf(t)
	for _, pair := range lines {
		name := keyName(pair)
		field, known := fields[name]
		switch {
		case pair.Key != nil && pair.Key.IsMergeKey(), len(path) == 0 && name == includeWord:
		case known:
			s.check(pair.Value, field, problem.Below(path, name))
		default:
			s.unknown(path, name, fields)
		}
	}
}

func (s *shapes) unknown(path []string, name string, fields map[string]reflect.Type) {
	known := make([]string, 0, len(fields))
	for f := range fields {
		known = append(known, f)
	}
	where := "at the top of the contract"
	if len(path) == 0 {
		known = append(known, includeWord)
	} else {
		where = "in " + strings.Join(path, ".")
	}
	s.problems = append(s.problems, problem.Problem{
		Path: problem.Below(path, name), AtKey: true,
		Message: fmt.Sprintf("unknown field %q %s", name, where), Advice: problem.Suggest(name, known),
	})
}

func (s *shapes) checkMap(node ast.Node, t reflect.Type, path []string) {
	lines, ok := pairs(node)
	if !ok {
		s.mismatch(node, path, "a mapping (lines of `name: value`)")
		return
	}
	for _, pair := range lines {
		if pair.Key == nil || !pair.Key.IsMergeKey() {
			s.check(pair.Value, t.Elem(), problem.Below(path, keyName(pair)))
		}
	}
}

func (s *shapes) checkList(node ast.Node, t reflect.Type, path []string) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		s.noList(node, t.Elem(), path)
		return
	}
	for i, v := range list.Values {
		s.check(v, t.Elem(), problem.Below(path, strconv.Itoa(i)))
	}
}

// noList reports what stands where a list must. A single value that fits is shown as the list of
// it, which is how it must be written.
func (s *shapes) noList(node ast.Node, elem reflect.Type, path []string) {
	numbers := elem.Kind() == reflect.Int
	_, single := node.(ast.ScalarNode)
	single = single && node.Type() != ast.LiteralType
	switch {
	case single && (!numbers || node.Type() == ast.IntegerType):
		s.wrong(path, strings.Join(path, ".")+" must be a list, but is "+nodeName(node),
			"write it in brackets: ["+node.String()+"]")
	case numbers:
		s.mismatch(node, path, "a list such as [201]")
	default:
		s.mismatch(node, path, "a list such as [a, b]")
	}
}

func (s *shapes) checkScalar(node ast.Node, t reflect.Type, path []string) {
	scalar, ok := node.(ast.ScalarNode)
	want := scalarName(t)
	switch {
	case !ok:
		s.mismatch(node, path, want)
	case t == reflect.TypeFor[value.Duration]():
		s.checkDuration(scalar, path)
	case t.Kind() == reflect.Bool && node.Type() != ast.BoolType,
		t.Kind() != reflect.Bool && t.Kind() != reflect.String && node.Type() != ast.IntegerType:
		s.mismatch(node, path, want)
	}
}

func (s *shapes) checkDuration(scalar ast.ScalarNode, path []string) {
	var d value.Duration
	text := fmt.Sprint(scalar.GetValue())
	if err := d.UnmarshalText([]byte(text)); err != nil {
		s.wrong(path, fmt.Sprintf("%q is not a duration", text),
			"write a number with a unit, such as 200ms, 2s or 24h")
		return
	}
	if d < 0 {
		s.wrong(path, "a duration cannot be negative", "write a positive duration, such as 200ms")
	}
}

func (s *shapes) mismatch(node ast.Node, path []string, want string) {
	name := "the contract"
	if len(path) > 0 {
		name = strings.Join(path, ".")
	}
	s.wrong(path, fmt.Sprintf("%s must be %s, but is %s", name, want, nodeName(node)),
		"write "+want+" here")
}

func scalarName(t reflect.Type) string {
	if t == reflect.TypeFor[value.Duration]() {
		return "a duration such as 200ms"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	}
	return "a whole number"
}

func nodeName(node ast.Node) string {
	switch node.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "a mapping"
	case ast.SequenceType:
		return "a list"
	case ast.StringType, ast.LiteralType:
		return "text"
	case ast.IntegerType, ast.FloatType:
		return "a number"
	case ast.BoolType:
		return "true or false"
	}
	return "something else"
}

// fieldsOf maps the names that YAML uses to the types of a struct's fields.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := make(map[string]reflect.Type, t.NumField())
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" && name != "-" {
			out[name] = f.Type
		}
	}
	return out
}
