package house

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shared lists the names of exported types that mean something else in each package, with the reason.
var shared = map[string]string{
	"Options": "a package's own, said with its name in front: plan.Options",
}

// declaration is an exported type, where it is declared.
type declaration struct {
	finding
	// pkg is the package's name, and meant that of the one whose type it is or implements; "" for a
	// meaning of its own.
	pkg, meant string
}

func TestAnExportedTypeNameHasOneMeaning(t *testing.T) {
	meanings := meaningsOf(readTree(t))
	for name, places := range meanings {
		if len(places) > 1 && shared[name] == "" {
			t.Errorf("%s has several meanings; rename all but one:%s", name, listed(places))
		}
	}
	for name, reason := range shared {
		if len(meanings[name]) < 2 {
			t.Errorf("no two packages share this name any more, remove it: %s (%s)", name, reason)
		}
	}
}

func TestMeaningsAreTold(t *testing.T) {
	const face = "type Case int\ntype World interface{}\ntype kind int\n"
	for _, c := range []struct {
		name, second string
		want         []string // names with two meanings
	}{
		{"two types", "type Case int\ntype (\n\tWorld struct{}\n\tkind int\n)\n", []string{"Case", "World"}},
		{"aliases", "type Case = first.Case\ntype World = first.World\n", nil},
		{"an alias of another type", "type Case = first.World\n", []string{"Case"}},
		{"an alias within", "type Case = kind\n", []string{"Case"}},
		{"an implementation", "type World struct{}\nvar _ first.World = (*World)(nil)\n", nil},
		{"another type's", "type World struct{}\nvar _ first.World = (*kind)(nil)\n", []string{"World"}},
		{"of another interface", "type World int\nvar _ io.World = World(0)\n", []string{"World"}},
		{"a function's own", "func f() { type Case int }\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := example(t, "package first\n", face), example(t, "package second\n", c.second)
			meanings := meaningsOf([]folder{first, second})
			var got []string
			for name, places := range meanings {
				if len(places) > 1 {
					got = append(got, name)
				}
			}
			require.ElementsMatch(t, c.want, got)
			second.path = "examples/second"
			require.Len(t, meaningsOf([]folder{first, second})["Case"], 1, "an example is read alone")
		})
	}
}

// meaningsOf gathers where exported type names of programs get a meaning. An alias has that of the
// type which it names, and what says that it implements an interface of its own name has the
// interface's. Examples are left out: each is read alone.
func meaningsOf(tree []folder) map[string][]declaration {
	all := map[string][]declaration{}
	for _, dir := range tree {
		if dir.path == "examples" || strings.HasPrefix(dir.path, "examples/") {
			continue
		}
		for _, d := range declarations(dir) {
			all[d.name] = append(all[d.name], d)
		}
	}
	for name, places := range all {
		all[name] = slices.DeleteFunc(slices.Clone(places), func(d declaration) bool {
			return slices.ContainsFunc(places, func(of declaration) bool { return of.pkg == d.meant })
		})
	}
	return all
}

// declarations lists the exported types that a program declares outside functions.
func declarations(dir folder) (all []declaration) {
	implements := implementations(dir)
	for _, s := range dir.program() {
		for _, spec := range specs(s.file, token.TYPE) {
			spec, ok := spec.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() {
				continue
			}
			name := spec.Name.Name
			d := declaration{s.found(spec, name, "type %s", name), s.file.Name.Name, implements[name]}
			if spec.Assign.IsValid() {
				d.meant = packageOf(spec.Type, name)
			}
			all = append(all, d)
		}
	}
	return all
}

// implementations lists the types of a folder that say that they implement an interface of their
// name, as in "var _ store.Store = (*Store)(nil)", each with the interface's package.
func implementations(dir folder) map[string]string {
	all := map[string]string{}
	for _, s := range dir.program() {
		for _, spec := range specs(s.file, token.VAR) {
			v, ok := spec.(*ast.ValueSpec)
			if !ok || v.Names[0].Name != "_" || len(v.Values) != 1 {
				continue
			}
			name := valueType(v.Values[0])
			if of := packageOf(v.Type, name); of != "" {
				all[name] = of
			}
		}
	}
	return all
}

func specs(file *ast.File, kind token.Token) (all []ast.Spec) {
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == kind {
			all = append(all, g.Specs...)
		}
	}
	return all
}

// packageOf returns the package in front of a type's name, "" when the name is another one.
func packageOf(typ ast.Expr, name string) string {
	sel, ok := typ.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return ""
	}
	return typeName(sel.X)
}

// valueType is the type in a conversion, such as T in (*T)(nil), or of a literal.
func valueType(value ast.Expr) string {
	switch v := value.(type) {
	case *ast.CallExpr:
		return typeName(ast.Unparen(v.Fun))
	case *ast.CompositeLit:
		return typeName(v.Type)
	}
	return ""
}

func listed(places []declaration) string {
	var text strings.Builder
	for _, d := range places {
		text.WriteString("\n\t" + d.String())
	}
	return text.String()
}
