package house

import (
	"go/ast"
	"go/token"
	"strings"
)

// keepsState finds variables of a package that hold state: those without a value, those that somebody
// writes to, and those that exist to be changed (locks, counters). A table that nobody writes to is a
// constant in all but name. Names are compared without scopes, so a local variable may not carry the
// name of a package's one; that would be hard to read anyway.
func keepsState(dir folder) (all []finding) {
	written := map[string]bool{}
	for _, s := range dir.program() {
		collectWritten(s.file, written)
	}
	for _, s := range dir.program() {
		for _, v := range variables(s.file) {
			for _, name := range v.Names {
				if why := changes(v, name.Name, written); why != "" {
					all = append(all, s.found(name, name.Name, "variable %s %s", name.Name, why))
				}
			}
		}
	}
	return all
}

// variables lists what a file declares outside functions, without what the compiler fills in.
func variables(file *ast.File) (all []*ast.ValueSpec) {
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR || embeds(g.Doc) {
			continue
		}
		for _, spec := range g.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && v.Names[0].Name != "_" && !embeds(v.Doc) {
				all = append(all, v)
			}
		}
	}
	return all
}

// embeds looks at the raw comment, because its text leaves directives out.
func embeds(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

func changes(v *ast.ValueSpec, name string, written map[string]bool) string {
	kind := ""
	if sel, ok := v.Type.(*ast.SelectorExpr); ok {
		kind = qualified(sel)
	}
	switch {
	case strings.HasPrefix(kind, "sync.") || strings.HasPrefix(kind, "atomic."):
		return "exists to be changed"
	case len(v.Values) == 0:
		return "has no value yet"
	case written[name]:
		return "is written to"
	}
	return ""
}

// collectWritten gathers the names on the left of assignments, and those whose address is taken.
func collectWritten(file *ast.File, written map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, left := range n.Lhs {
					written[rootName(left)] = true
				}
			}
		case *ast.IncDecStmt:
			written[rootName(n.X)] = true
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				written[rootName(n.X)] = true
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear") {
				written[rootName(n.Args[0])] = true
			}
		}
		return true
	})
}

// rootName is the variable that an expression reaches into, such as a in a.b[c].
func rootName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return rootName(e.X)
	case *ast.SelectorExpr:
		return rootName(e.X)
	case *ast.StarExpr:
		return rootName(e.X)
	case *ast.ParenExpr:
		return rootName(e.X)
	}
	return ""
}
