package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/idemcheck/idemcheck"
	root   = "../.."
)

// source is one Go file.
type source struct {
	path  string // from the repository's root, with slashes
	lines []string
	file  *ast.File
	fset  *token.FileSet
}

// folder is one package with its tests, external ones too.
type folder struct {
	path    string // from the repository's root, "." for the root itself
	sources []source
}

// finding is one breach of one rule.
type finding struct {
	path string
	line int
	name string // of what breaks the rule, so that an exception survives a moved line
	text string
}

func (f finding) String() string { return fmt.Sprintf("%s:%d: %s", f.path, f.line, f.text) }

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) line(at token.Pos) int { return s.fset.Position(at).Line }

func (s source) found(node ast.Node, name, format string, args ...any) finding {
	return finding{s.path, s.line(node.Pos()), name, fmt.Sprintf(format, args...)}
}

// imports lists what the file imports; the name is empty unless the file gives one.
func (s source) imports() []string {
	var all []string
	for _, spec := range s.file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// program returns the sources that users compile.
func (f folder) program() []source {
	return slices.DeleteFunc(slices.Clone(f.sources), source.test)
}

func parse(name string, text []byte) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	lines := strings.Split(string(bytes.TrimSuffix(text, []byte("\n"))), "\n")
	return source{path: name, lines: lines, file: file, fset: fset}, err
}

// readTree parses every Go file of the repository, whatever its build constraints.
func readTree(t *testing.T) []folder {
	t.Helper()
	found := map[string]*folder{}
	require.NoError(t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skipFolder(name, entry.Name())
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		return readInto(found, name)
	}))
	require.Greater(t, len(found), 10, "the walk missed the repository")
	var all []folder
	for _, f := range found {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b folder) int { return strings.Compare(a.path, b.path) })
	return all
}

func skipFolder(name, base string) error {
	hidden := base[0] == '.' && name != root
	if hidden || base == "testdata" || base == "idemcheck-out" {
		return fs.SkipDir
	}
	return nil
}

func readInto(found map[string]*folder, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(root, name)
	if err != nil {
		return err
	}
	s, err := parse(filepath.ToSlash(relative), text)
	if err != nil {
		return err
	}
	dir := path.Dir(s.path)
	if found[dir] == nil {
		found[dir] = &folder{path: dir}
	}
	found[dir].sources = append(found[dir].sources, s)
	return nil
}

// typeName is the name of a type without its package, pointers and parameters.
func typeName(typ ast.Expr) string {
	switch t := typ.(type) {
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.IndexExpr:
		return typeName(t.X)
	case *ast.IndexListExpr:
		return typeName(t.X)
	case *ast.SelectorExpr:
		return t.Sel.Name
	case *ast.Ident:
		return t.Name
	}
	return ""
}
