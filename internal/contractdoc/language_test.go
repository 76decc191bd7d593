package contractdoc

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// top is the section of the fields that stand at the beginning of a line.
const top = "contract"

// words are the fields that hold one of some words, and lists those of them that hold a list.
var (
	words = map[string][]string{
		"key.format":               {model.FormatUUID},
		"key.empty":                {model.EmptyIsNone, model.EmptyIsRefused},
		"key.scope":                {"tenant", "route"},
		"promises.mismatch_answer": {"refused", "replayed", "executed"},
		"promises.replay":          {"same-body", "same-status", "current-state", "acknowledgement"},
		"promises.errors":          {"replayed", "executed"},
		"promises.failures":        {"replayed", "executed", "refused"},
		"promises.after_retention": {"executed", "refused"},
	}
	lists = map[string]bool{"key.scope": true}
)

// language is what a contract may hold: a section for every type of its fields, in the order in which
// a reader of a contract meets them.
type language struct{ sections []*section }

// section is a type: its fields, and where they stand in a contract, such as "operations.NAME".
type section struct {
	name, where, doc string
	typ              reflect.Type
	fields           []field
}

// field is a line of a contract.
type field struct {
	name, goName, doc string
	typ               reflect.Type
	// required is what no contract may leave out where the section stands.
	required bool
}

// heading is where a field stands in a contract.
func (f *field) heading(s *section) string {
	if s.name == top {
		return "`" + f.name + "`"
	}
	return "`" + s.where + "." + f.name + "`"
}

// readLanguage reads the fields of [model.Contract] and, from the source, what is said about them.
func readLanguage(t *testing.T) *language {
	t.Helper()
	docs := readComments(t)
	l := &language{}
	l.add(docs, top, "", reflect.TypeFor[model.Contract]())
	return l
}

// add adds the section of a type, and those of the types of its fields.
func (l *language) add(docs map[string]comments, name, where string, typ reflect.Type) {
	if slices.ContainsFunc(l.sections, func(s *section) bool { return s.typ == typ }) {
		return
	}
	s := &section{name: name, where: where, typ: typ, doc: docs[typ.Name()].own}
	l.sections = append(l.sections, s)
	for f := range typ.Fields() {
		yaml, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if yaml == "" || yaml == "-" {
			continue
		}
		_, optional, _ := strings.Cut(f.Tag.Get("json"), ",")
		s.fields = append(s.fields, field{
			name: yaml, goName: f.Name, typ: f.Type, doc: docs[typ.Name()].of(f.Name),
			required: optional == "" && yaml != "answer" && yaml != "key" && yaml != "promises",
		})
	}
	for _, f := range s.fields {
		if inner, suffix := structIn(f.typ); inner != nil {
			l.add(docs, inner.Name(), strings.TrimPrefix(where+"."+f.name+suffix, "."), inner)
		}
	}
}

// structIn returns the struct that a field holds, alone or several times, and how a path goes on to
// its fields; nil when it holds none.
func structIn(t reflect.Type) (reflect.Type, string) {
	switch t.Kind() {
	case reflect.Pointer:
		return structIn(t.Elem())
	case reflect.Slice:
		inner, suffix := structIn(t.Elem())
		return inner, "[]" + suffix
	case reflect.Map:
		inner, suffix := structIn(t.Elem())
		return inner, ".NAME" + suffix
	case reflect.Struct:
		return t, ""
	}
	return nil, ""
}

// comments are what the source says about a type and its fields.
type comments struct {
	own   string
	texts map[string]string
}

// of is what is said about a field: its own comment, or one above it that names it.
func (c comments) of(field string) string { return c.texts[field] }

// readComments reads the comments of the types of package model and of those below it.
func readComments(t *testing.T) map[string]comments {
	t.Helper()
	out := map[string]comments{}
	var paths []*ast.File
	for _, folder := range []string{
		"../../model", "../../model/exchange", "../../model/argument",
		"../../model/follow", "../../model/route", "../../model/choice", "../../model/source",
		"../../model/expect", "../../model/launch",
	} {
		files, err := parsedFiles(folder)
		require.NoError(t, err)
		paths = append(paths, files...)
	}
	for _, file := range paths {
		for _, decl := range file.Decls {
			general, ok := decl.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			for _, spec := range general.Specs {
				name := spec.(*ast.TypeSpec)
				if typ, ok := name.Type.(*ast.StructType); ok {
					out[name.Name.Name] = fieldComments(general.Doc.Text(), typ)
				}
			}
		}
	}
	return out
}

// parsedFiles parses the files of a package, those of tests apart.
func parsedFiles(folder string) ([]*ast.File, error) {
	names, err := sources(folder)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	var out []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		out = append(out, file)
	}
	return out, nil
}

// fieldComments gives each field its comment. A comment that names several fields is that of each of
// them that has none.
func fieldComments(own string, typ *ast.StructType) comments {
	out := comments{own: own, texts: map[string]string{}}
	before := ""
	for _, f := range typ.Fields.List {
		if text := f.Doc.Text(); text != "" {
			before = text
		}
		for _, name := range f.Names {
			if f.Doc != nil || regexp.MustCompile(`\b`+name.Name+`\b`).MatchString(before) {
				out.texts[name.Name] = before
			}
		}
	}
	return out
}
