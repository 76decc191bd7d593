package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// walk is how somebody reads who follows one thing through the program: function after function. Each
// function is named by the one before it, or by an earlier one to which the reader goes back.
type walk struct {
	name                string
	maxFiles, maxReturn int
	steps               []step
}

// step is a function on a walk: "folder.function" or "folder.type.method". The folder is left out where
// it is that of the step before.
type step struct {
	function string
	// from is the function to which the reader goes back to find this one; "" is the step before.
	from string
}

// walks are those that must stay short. What a step calls beside the next one has a name that is enough
// to read on.
var walks = []walk{
	{"a plan, from draw to run", 8, 5, []step{
		{"cmd/idemcheck/internal/session.Session.Attack", ""},
		{"drawPlan", ""},
		{"harness/plan.Draw", ""},
		{"Options.fill", ""},
		{"Options.guided", ""},
		{"harness/plan/internal/enumerate.Space.Candidates", ""},
		{"enumeration.all", ""},
		{"Space.Build", "harness/plan.Options.guided"},
		{"Candidate.independent", ""},
		{"harness/plan/internal/draw.Draft.Operation", ""},
		{"Draft.Put", "harness/plan/internal/enumerate.Candidate.independent"},
		{"harness/campaign.Run", "cmd/idemcheck/internal/session.Session.Attack"},
		{"run", ""},
		{"runAll", "harness/campaign.Run"},
		{"sweep.runOpen", ""},
		{"sweep.try", ""},
		{"harness/trial.Runner.Try", ""},
		{"Runner.RunBeside", ""},
		{"Runner.Run", ""},
		{"harness/execute.Executor.Run", ""},
	}},
	{"a case, from its run to the world", 6, 2, []step{
		{"harness/execute.Executor.Run", ""},
		{"bind", ""},
		{"binding.setUp", ""},
		{"binding.operation", ""},
		{"binding.run", "harness/execute.Executor.Run"},
		{"clients.run", ""},
		{"clients.operation", ""},
		{"clients.sideBySide", ""},
		{"sender.attempt", ""},
		{"requests.request", ""},
	}},
}

func TestWalksAreShort(t *testing.T) {
	program := functionsOf(readTree(t))
	for _, w := range walks {
		files, returns := w.follow(t, program)
		t.Logf("%s: %d files, %d returns to a file left before", w.name, files, returns)
		require.LessOrEqual(t, files, w.maxFiles, "files of the walk of %s", w.name)
		require.LessOrEqual(t, returns, w.maxReturn, "returns of the walk of %s", w.name)
	}
}

func TestWalksCountReturns(t *testing.T) {
	program := functionsOf([]folder{
		written(t, "a/one.go", "package a\n\nfunc A() { b.B(); b.C() }\n"),
		written(t, "b/two.go", "package b\n\nfunc B() {}\n"),
		written(t, "b/three.go", "package b\n\nfunc C() { d() }\n\nfunc d() {}\n"),
	})
	w := walk{steps: []step{{"a.A", ""}, {"b.B", ""}, {"b.C", "a.A"}, {"d", ""}}}
	files, returns := w.follow(t, program)
	require.Equal(t, 3, files)
	require.Equal(t, 1, returns, "to find C the reader goes back to A; d is in the same file")
	w.steps = append(w.steps, step{"b.B", "a.A"})
	_, returns = w.follow(t, program)
	require.Equal(t, 3, returns, "back to A, and to the file of B")
	require.False(t, program["b.B"].names("C"))
	require.False(t, program["b.C"].names("B"))
}

// place is where a function is written.
type place struct {
	path string
	decl *ast.FuncDecl
}

// follow counts the files of a walk, and how many times the reader enters one that was left before.
func (w walk) follow(t *testing.T, program map[string]place) (files, returns int) {
	t.Helper()
	var seen []string
	at := ""
	enter := func(path string) {
		switch {
		case path == at:
		case slices.Contains(seen, path):
			returns++
		default:
			seen = append(seen, path)
		}
		at = path
	}
	before, in := "", ""
	for _, s := range w.steps {
		name := s.function
		if _, whole := program[name]; !whole {
			name = in + "." + s.function
		}
		next, known := program[name]
		require.True(t, known, "%s: there is no function %s", w.name, name)
		if from := s.from; before != "" {
			if from == "" {
				from = before
			}
			require.Contains(t, program, from, w.name)
			last := name[strings.LastIndex(name, ".")+1:]
			require.True(t, program[from].names(last), "%s: %s does not name %s", w.name, from, name)
			enter(program[from].path)
		}
		enter(next.path)
		before, in = name, folderOf(next.path)
	}
	return len(seen), returns
}

// names reports whether a function calls another one, or passes it on, by its bare name. Types are not
// looked at.
func (p place) names(name string) (found bool) {
	ast.Inspect(p.decl.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// functionsOf lists the functions and methods of a program by folder, type and name.
func functionsOf(tree []folder) map[string]place {
	out := map[string]place{}
	for _, dir := range tree {
		for _, s := range dir.program() {
			for _, d := range s.file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					out[folderOf(s.path)+"."+fullName(f)] = place{s.path, f}
				}
			}
		}
	}
	return out
}

// fullName is the name of a function, with its type if it is a method.
func fullName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	return typeName(f.Recv.List[0].Type) + "." + f.Name.Name
}

func folderOf(path string) string { return path[:max(0, strings.LastIndex(path, "/"))] }

func written(t *testing.T, path, text string) folder {
	t.Helper()
	s, err := parse(path, []byte(text))
	require.NoError(t, err)
	return folder{path: folderOf(path), sources: []source{s}}
}
