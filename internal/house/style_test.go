package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

const (
	maxFunction   = 70  // lines, from "func" to the closing brace
	maxFile       = 400 // lines
	maxParameters = 4   // names, without the receiver
	deepest       = 3   // levels of nested control flow
	widest        = 100 // columns of one line, a tab counted as one
	widestInTests = 110 // histories written out are read as one line each
)

// rule is one habit of ours that a machine can see.
type rule struct {
	name string
	find func(folder) []finding
	bad  string // a file that breaks it
	good string // a file beside the border that does not
}

// rules are applied to every folder; TestRulesSeeABreach applies each to its own examples.
var rules = []rule{
	{
		"functions are short", everyFunction(tooLong),
		"func long() {\n" + strings.Repeat("\tstep()\n", maxFunction-1) + "}",
		"func long() {\n" + strings.Repeat("\tstep()\n", maxFunction-2) + "}",
	},
	{
		"files are short", everyFile(tooManyLines),
		strings.Repeat("\n", maxFile), strings.Repeat("\n", maxFile-3),
	},
	{
		"functions take few parameters", everyFunction(tooManyParameters),
		"func five(a, b, c int, d, e string) {}", "func four(a, b, c int, d string) {}",
	},
	{
		"control flow is flat", everyFunction(tooDeep),
		"func deep() { for { if a { switch { case b: for {} } } } }",
		"func flat() { for { if a { switch { case b: } } else if c { } else if d { f() } } }",
	},
	{
		"lines are narrow", everyFile(tooWide),
		"// " + strings.Repeat("ä", widest-2), "// " + strings.Repeat("ä", widest-3),
	},
	{
		"packages say what they are", undescribed,
		"", "",
	},
	{
		"exported names are documented", everyProgram(undocumented),
		"type T struct{}\nfunc (T) M() {}\n", "// T is a type.\ntype T struct{}\n\nfunc (t T) m() {}\n",
	},
	{
		"nothing is left open", everyFile(leftOpen),
		"// TO" + "DO: later", "// To do everything at once.",
	},
	{
		"nothing panics at a user", everyProgram(panics),
		"func f() { panic(1) }", "func f() { x.panic(1) }",
	},
	{
		"nothing happens at import", everyProgram(initialises),
		"func init() {}", "func (t T) init() {}",
	},
	{
		"packages keep no state", keepsState,
		"var seen = map[string]bool{}\nfunc f() { seen[\"x\"] = true }\n",
		"var words = []string{\"a\"}\nvar errX = errors.New(\"x\")\nvar _ I = T{}\nfunc f() { seen := words }\n",
	},
	{
		"options are not embedded", everyProgram(embedsOptions),
		"type runner struct {\n\tOptions\n}\n", "type runner struct {\n\toptions Options\n}\n",
	},
	{
		"tests wait for conditions", everyTest(sleeps),
		"import \"testing\"\nfunc f() { time.Sleep(1) }",
		"import \"testing\"\nfunc f() { synctest.Test(t, func() { time.Sleep(1) }) }",
	},
	{
		"pure folders read no clock", everyProgram(readsClock),
		"func f() { time.Now() }", "func f() { time.Unix(0, 0) }",
	},
}

// excused lists what breaks a rule for a reason, as rule, file and name.
var excused = map[[3]string]string{
	{
		"packages keep no state", "chaos/container/docker.go", "silenceOnce",
	}: "testcontainers has one logger for the process and reads it without a lock: it may be set once",
	{
		"nothing panics at a user", "chaos/internal/worldtest/several.go", "hangUp",
	}: "net/http's own word for a handler that hangs up",
	{
		"nothing panics at a user", "reference/internal/attack/world.go", "wait",
	}: "the compiler does not know that FailNow does not return",
	{
		"nothing panics at a user", "reference/internal/answer/answer.go", "Encode",
	}: "only structs of the service reach it, and none of them can fail to be JSON",
	{
		"tests wait for conditions", "harness/benchmark/peer_test.go", "runCase",
	}: "it plays the delays of the plan, as the harness does that it is measured against",
	{
		"tests wait for conditions", "harness/benchmark/peer_test.go", "settle",
	}: "a retrying client waits between its attempts, and this is the peer's",
}

func TestTheTreeFollowsTheRules(t *testing.T) {
	tree := readTree(t)
	used := map[[3]string]bool{}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, dir := range tree {
				for _, f := range r.find(dir) {
					key := [3]string{r.name, f.path, f.name}
					used[key] = true
					if excused[key] == "" {
						t.Error(f)
					}
				}
			}
		})
	}
	for key, reason := range excused {
		if !used[key] {
			t.Errorf("nothing needs this exception any more, remove it: %s (%s)", key, reason)
		}
	}
}

func TestRulesSeeABreach(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			require.NotEmpty(t, r.find(example(t, "package p\n", r.bad)))
			require.Empty(t, r.find(example(t, "// Package p is an example.\npackage p\n", r.good)))
		})
	}
}

func example(t *testing.T, head, text string) folder {
	t.Helper()
	s, err := parse("model/example.go", []byte(head+text+"\n"))
	require.NoError(t, err)
	return folder{path: "model", sources: []source{s}}
}

func everyFile(find func(source) []finding) func(folder) []finding {
	return func(dir folder) []finding { return each(dir.sources, find) }
}

func everyProgram(find func(source) []finding) func(folder) []finding {
	return func(dir folder) []finding { return each(dir.program(), find) }
}

// everyFunction leaves tests out: a table of cases may be long and is flat.
func everyFunction(find func(source, *ast.FuncDecl) []finding) func(folder) []finding {
	return everyProgram(func(s source) (all []finding) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				all = append(all, find(s, f)...)
			}
		}
		return all
	})
}

func each(sources []source, find func(source) []finding) (all []finding) {
	for _, s := range sources {
		all = append(all, find(s)...)
	}
	return all
}

func tooLong(s source, f *ast.FuncDecl) []finding {
	if n := s.line(f.End()) - s.line(f.Pos()) + 1; n > maxFunction {
		return []finding{s.found(f, f.Name.Name, "function %s has %d lines", f.Name.Name, n)}
	}
	return nil
}

func tooManyLines(s source) []finding {
	if n := len(s.lines); n > maxFile {
		return []finding{s.found(s.file, "", "the file has %d lines", n)}
	}
	return nil
}

// tooManyParameters looks at function literals too.
func tooManyParameters(s source, f *ast.FuncDecl) (all []finding) {
	ast.Inspect(f, func(n ast.Node) bool {
		kind, ok := n.(*ast.FuncType)
		if ok && kind.Params.NumFields() > maxParameters {
			all = append(all, s.found(kind, f.Name.Name, "%s: %d parameters", f.Name.Name, kind.Params.NumFields()))
		}
		return true
	})
	return all
}

// tooDeep counts from the nearest function, a literal too. An "else if" is as deep as its "if".
func tooDeep(s source, f *ast.FuncDecl) (all []finding) {
	if f.Body == nil {
		return nil
	}
	var walk func(n ast.Node, depth int)
	walk = func(n ast.Node, depth int) {
		if depth > deepest {
			all = append(all, s.found(n, f.Name.Name, "%s: nested %d deep", f.Name.Name, depth))
			return
		}
		for _, inner := range children(n) {
			walk(inner, depthOf(n, inner, depth))
		}
	}
	walk(f.Body, 0)
	return all
}

func depthOf(outer, inner ast.Node, depth int) int {
	switch inner.(type) {
	case *ast.FuncLit:
		return 0
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		return depth + 1
	case *ast.IfStmt:
		if above, ok := outer.(*ast.IfStmt); ok && above.Else == inner {
			return depth
		}
		return depth + 1
	}
	return depth
}

// children lists what lies directly below a node.
func children(n ast.Node) (all []ast.Node) {
	ast.Inspect(n, func(inner ast.Node) bool {
		if inner != nil && inner != n {
			all = append(all, inner)
		}
		return inner == n
	})
	return all
}

func tooWide(s source) (all []finding) {
	limit := widest
	if s.test() {
		limit = widestInTests
	}
	for i, line := range s.lines {
		if n := utf8.RuneCountInString(line); n > limit {
			all = append(all, finding{s.path, i + 1, "", fmt.Sprintf("the line has %d columns", n)})
		}
	}
	return all
}

func undescribed(dir folder) []finding {
	if len(dir.sources) == 0 {
		return nil
	}
	for _, s := range dir.sources {
		doc := s.file.Doc.Text()
		if strings.HasPrefix(doc, "Package "+s.file.Name.Name+" ") || strings.HasPrefix(doc, "Command ") {
			return nil
		}
	}
	first := dir.sources[0]
	return []finding{first.found(first.file, "", "package %s has no package comment", first.file.Name.Name)}
}

func leftOpen(s source) (all []finding) {
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if word := openMark.FindString(c.Text); word != "" {
				all = append(all, s.found(c, word, "%s: do it or drop it", word))
			}
		}
	}
	return all
}

var openMark = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

func panics(s source) (all []finding) {
	for _, d := range s.file.Decls {
		ast.Inspect(d, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isPanic(call.Fun) {
				all = append(all, s.found(call, nameOf(d), "%s panics", nameOf(d)))
			}
			return true
		})
	}
	return all
}

func isPanic(called ast.Expr) bool {
	f, ok := called.(*ast.Ident)
	return ok && f.Name == "panic"
}

func initialises(s source) (all []finding) {
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			all = append(all, s.found(f, "init", "init runs at import"))
		}
	}
	return all
}

// readsClock finds what makes a verdict depend on when it is reached.
func readsClock(s source) (all []finding) {
	switch topOf(s.path) {
	case "model", "reports", "scenarios":
	default:
		return nil
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && clockReaders[qualified(sel)] {
			all = append(all, s.found(sel, qualified(sel), "%s in a pure folder", qualified(sel)))
		}
		return true
	})
	return all
}

var clockReaders = map[string]bool{
	"time.Now": true, "time.Since": true, "time.Until": true, "time.Sleep": true, "time.After": true,
	"time.Tick": true, "time.NewTimer": true, "time.NewTicker": true, "time.AfterFunc": true,
}

func qualified(sel *ast.SelectorExpr) string {
	if x, ok := sel.X.(*ast.Ident); ok {
		return x.Name + "." + sel.Sel.Name
	}
	return ""
}

// nameOf is the name of a declaration, for messages and exceptions.
func nameOf(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Name.Name
	case *ast.GenDecl:
		if d.Tok == token.VAR {
			if v, ok := d.Specs[0].(*ast.ValueSpec); ok {
				return v.Names[0].Name
			}
		}
	}
	return ""
}
