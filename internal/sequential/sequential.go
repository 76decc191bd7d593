// Package sequential finds the packages in whose tests one thing is done after the other. The race
// detector has nothing to find there, and makes them several times as slow.
package sequential

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listed is what this package asks of a line of "go list -json -test -deps".
type listed struct {
	ImportPath string   `json:"ImportPath"`
	Dir        string   `json:"Dir"`
	GoFiles    []string `json:"GoFiles"`
	CgoFiles   []string `json:"CgoFiles"`
	Imports    []string `json:"Imports"`
	Module     *struct {
		Main bool `json:"Main"`
	} `json:"Module"`
}

// Packages reads what "go list -test -deps -json ./..." prints, and returns the import paths of
// those packages whose tests start no goroutine, sorted: none in their files, none in their tests,
// and none in any package of this module that these import, in turn.
func Packages(list io.Reader) ([]string, error) {
	all := map[string]listed{}
	for lines := json.NewDecoder(list); ; {
		var p listed
		err := lines.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading the list of packages: %w", err)
		}
		all[p.ImportPath] = p
	}
	w := &walk{all: all, starts: map[string]bool{}}
	var out []string
	for path := range all {
		tested, isTest := strings.CutSuffix(path, ".test")
		if !isTest {
			continue
		}
		starts, err := w.startsAny(path)
		if err != nil {
			return nil, err
		}
		if !starts {
			out = append(out, tested)
		}
	}
	slices.Sort(out)
	return out, nil
}

// walk goes through packages and what they import.
type walk struct {
	all map[string]listed
	// starts are the packages looked at so far, and whether they or what they import may start
	// goroutines.
	starts map[string]bool
}

// startsAny reports whether a package, or one of this module that it imports, may start one.
func (w *walk) startsAny(path string) (bool, error) {
	if known, ok := w.starts[path]; ok {
		return known, nil
	}
	p, ok := w.all[path]
	if !ok || p.Module == nil || !p.Module.Main {
		return false, nil // others are asked for by what is called of them: see Concurrent
	}
	w.starts[path] = false
	found, err := w.inFiles(p)
	for i := 0; i < len(p.Imports) && !found && err == nil; i++ {
		found, err = w.startsAny(p.Imports[i])
	}
	w.starts[path] = found
	return found, err
}

// inFiles looks into the files of a package. The go command writes the program that runs tests.
func (w *walk) inFiles(p listed) (bool, error) {
	if strings.HasSuffix(p.ImportPath, ".test") {
		return false, nil
	}
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.Dir, name)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return false, fmt.Errorf("looking for goroutines: %w", err)
		}
		if why := Concurrent(file); why != "" {
			return true, nil
		}
	}
	return false, nil
}

// Concurrent says what of a file may start a goroutine; "" if nothing can.
func Concurrent(file *ast.File) string {
	of := names(file)
	_, runs := of["exec"]
	why := ""
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			why = "go"
		case *ast.ImportSpec:
			if path, _ := strconv.Unquote(n.Path.Value); !isOurs(path) && !isSequential(path) {
				why = path
			}
		case *ast.SelectorExpr:
			x, _ := n.X.(*ast.Ident)
			if slices.Contains(starters(), n.Sel.Name) || n.Sel.Name == "Start" && runs {
				why = n.Sel.Name
			}
			if x != nil && words()[of[x.Name]] != nil && !isWord(of[x.Name], n.Sel.Name) {
				why = x.Name + "." + n.Sel.Name
			}
		}
		return why == ""
	})
	return why
}

// names are the packages that a file imports, by the name that it calls them.
func names(file *ast.File) map[string]string {
	out := map[string]string{}
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		name := path[strings.LastIndexByte(path, '/')+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		out[name] = path
	}
	return out
}
