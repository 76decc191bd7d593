package house

import "go/ast"

// undocumented finds exported names without a comment. A group's comment speaks for the constants and
// variables in it.
func undocumented(s source) (all []finding) {
	if s.file.Name.Name == "main" {
		return nil
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
				all = append(all, s.bare(d.Name))
			}
		case *ast.GenDecl:
			all = append(all, undocumentedIn(s, d)...)
		}
	}
	return all
}

func (s source) bare(name *ast.Ident) finding {
	return s.found(name, name.Name, "%s is exported and not documented", name.Name)
}

func undocumentedIn(s source, d *ast.GenDecl) (all []finding) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil {
				all = append(all, s.bare(spec.Name))
			}
			if spec.Name.IsExported() {
				all = append(all, undocumentedMethods(s, spec)...)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					all = append(all, s.bare(name))
				}
			}
		}
	}
	return all
}

// undocumentedMethods asks for a comment on each method that others must write, unless the interface has
// only one: then the type's comment is about nothing else. Fields are left to the reader's judgement,
// since a comment that says again what a name says is worse than none.
func undocumentedMethods(s source, spec *ast.TypeSpec) (all []finding) {
	kind, ok := spec.Type.(*ast.InterfaceType)
	if !ok || kind.Methods.NumFields() == 1 {
		return nil
	}
	for _, m := range kind.Methods.List {
		for _, name := range m.Names {
			if name.IsExported() && m.Doc == nil && m.Comment == nil {
				all = append(all, s.bare(name))
			}
		}
	}
	return all
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if index, ok := kind.(*ast.IndexExpr); ok {
		kind = index.X
	}
	name, ok := kind.(*ast.Ident)
	return ok && name.IsExported()
}
