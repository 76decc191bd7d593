package house

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// measure counts something of a folder that may not grow without bound, by the name of what is counted:
// the folder, or a type in it.
type measure struct {
	name  string
	limit int
	count func(folder) map[string]int
}

// measures keep a package something that one reader can know. Tests do not count.
var measures = []measure{
	{names, 15, ofFolder(exportedNames)},
	{allNames, 90, ofModel(allExportedNames)},
	{files, 12, ofFolder(func(f folder) int { return len(f.program()) })},
	{lineCount, 1500, ofFolder(lines)},
	{methodFiles, 2, filesOfMethods},
}

func TestNothingIsLargerThanOneReaderCanKnow(t *testing.T) {
	tree := readTree(t)
	needed := map[[2]string]bool{}
	for _, m := range measures {
		for _, dir := range tree {
			for what, n := range m.count(dir) {
				key := [2]string{m.name, what}
				needed[key] = n > m.limit
				if complaint := m.judge(n, ceilings[key]); complaint != "" {
					t.Errorf("%s: %d %s: %s", what, n, m.name, complaint)
				}
			}
		}
	}
	for key, c := range ceilings {
		if !needed[key] {
			t.Errorf("nothing needs this ceiling any more, remove it: %s of %s (%s)", key[0], key[1], c.why)
		}
	}
}

// judge says what is wrong with a number, or "". A ceiling that is more than a tenth too high comes down,
// so that what has become smaller stays so.
func (m measure) judge(n int, c ceiling) string {
	switch {
	case n <= m.limit:
		return ""
	case c.at == 0:
		return "split it, or give it a ceiling with its reason"
	case n > c.at:
		return "it grew over its ceiling: split it first"
	case n < c.at-c.at/10:
		return "it has become smaller: lower its ceiling"
	}
	return ""
}

func TestCeilingsOnlyFall(t *testing.T) {
	m := measure{limit: 15}
	for _, c := range []struct {
		n, ceiling int
		want       string
	}{
		{15, 0, ""},
		{16, 0, "split it, or give it a ceiling with its reason"},
		{30, 30, ""},
		{27, 30, ""},
		{31, 30, "it grew over its ceiling: split it first"},
		{26, 30, "it has become smaller: lower its ceiling"},
	} {
		require.Equal(t, c.want, m.judge(c.n, ceiling{at: c.ceiling}), "%d under %d", c.n, c.ceiling)
	}
}

func TestMeasuresCount(t *testing.T) {
	dir := example(t, "package p\n", "func A() {}\ntype B struct{}\ntype d int\nconst C, e = 1, 2\n"+
		"var D, f = 1, 2\nfunc (B) M() {}\nfunc (*d) M() {}\nfunc (G[T]) M() {}\n")
	require.Equal(t, 3, exportedNames(dir), "A, B and D")
	require.Equal(t, 4, allExportedNames(dir), "C too")
	require.Equal(t, 10, lines(dir), "with the package's own line, and the empty one at the end")
	require.Equal(t, map[string]int{"model": 1}, ofFolder(func(f folder) int { return len(f.program()) })(dir))
	require.Equal(t, map[string]int{"model.B": 1, "model.d": 1, "model.G": 1}, filesOfMethods(dir))
	dir.sources = append(dir.sources, dir.sources[0])
	dir.sources[1].path = "model/other.go"
	require.Equal(t, 2, filesOfMethods(dir)["model.B"])
	dir.sources[1].path = "model/other_test.go"
	require.Equal(t, 1, filesOfMethods(dir)["model.B"])
}

func ofFolder(count func(folder) int) func(folder) map[string]int {
	return func(f folder) map[string]int { return map[string]int{f.path: count(f)} }
}

func ofModel(count func(folder) int) func(folder) map[string]int {
	return func(f folder) map[string]int {
		if f.path != "model" {
			return nil
		}
		return map[string]int{f.path: count(f)}
	}
}

func exportedNames(f folder) int { return namesOf(f, token.FUNC, token.TYPE, token.VAR) }

func allExportedNames(f folder) int { return exportedNames(f) + namesOf(f, token.CONST) }

// namesOf counts exported names that some kinds of declarations declare; methods are no names.
func namesOf(f folder, kinds ...token.Token) int {
	n := 0
	for _, s := range f.program() {
		for _, d := range s.file.Decls {
			for _, kind := range kinds {
				for _, name := range declared(d, kind) {
					if ast.IsExported(name) {
						n++
					}
				}
			}
		}
	}
	return n
}

// declared lists the names of a declaration of a kind.
func declared(d ast.Decl, kind token.Token) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if kind == token.FUNC && d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if d.Tok == kind {
				names = append(names, namesOfSpec(spec)...)
			}
		}
	}
	return names
}

func namesOfSpec(spec ast.Spec) (names []string) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		names = append(names, spec.Name.Name)
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

func lines(f folder) int {
	n := 0
	for _, s := range f.program() {
		n += len(s.lines)
	}
	return n
}

// filesOfMethods counts for each type of a folder the files in which it has methods.
func filesOfMethods(f folder) map[string]int {
	found := map[[2]string]bool{}
	for _, s := range f.program() {
		for _, d := range s.file.Decls {
			if method, ok := d.(*ast.FuncDecl); ok && method.Recv != nil {
				found[[2]string{f.path + "." + typeName(method.Recv.List[0].Type), s.path}] = true
			}
		}
	}
	out := map[string]int{}
	for key := range found {
		out[key[0]]++
	}
	return out
}

// embedsOptions finds structs that embed the options of somebody: a field read through several of them has
// no home, and nobody sees which part of the options is used.
func embedsOptions(s source) (all []finding) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		for _, name := range embedded(spec) {
			if strings.HasSuffix(name, "Options") {
				all = append(all, s.found(spec, spec.Name.Name, "%s embeds %s", spec.Name.Name, name))
			}
		}
		return true
	})
	return all
}

// embedded lists the types that a struct embeds, without their packages.
func embedded(spec *ast.TypeSpec) (names []string) {
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, field := range st.Fields.List {
		if len(field.Names) == 0 {
			names = append(names, typeName(field.Type))
		}
	}
	return names
}
