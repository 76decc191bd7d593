package document

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
)

// includeWord is the field that names the files of which a contract is made. It is no part of
// [model.Contract]: what was read is one contract.
const includeWord = "include"

// What a contract may include: real ones have a file or two. The bounds on size and values hold for
// all files together.
const maxIncluded, maxIncludeDepth = 32, 8

// Files is a contract file with those that it includes.
type Files struct {
	// docs are the files, the more important before the others: what one says wins over what a
	// later one says.
	docs []*document
	// root is the contract that they make together.
	root ast.Node
	// folder is what included files must lie in; nil when the contract was not read from a file.
	folder       *os.Root
	size, values int
}

// Read parses a contract file and what it includes; name is what messages call it. A folder of ""
// means that it was not read from a file, and includes nothing. What is wrong is an [*Error].
func Read(name string, src []byte, folder string) (*Files, error) {
	d, err := newDocument(name, src, nil)
	if err != nil {
		return nil, err
	}
	return assemble(d, folder)
}

// assemble reads what a contract includes. A folder of "" means that it was not read from a file.
func assemble(d *document, folder string) (*Files, error) {
	f := &Files{docs: []*document{d}, root: d.root, size: len(d.src), values: d.values}
	d.Files = f
	if valueOf(d.root, includeWord) == nil {
		return f, nil
	}
	if folder == "" {
		return nil, d.errors([]problem.Problem{{
			Path:    problem.At(includeWord),
			Message: "this contract was not read from a file, and cannot include one",
			Advice:  "write out what is meant",
		}})
	}
	var err error
	if f.folder, err = os.OpenRoot(folder); err != nil {
		return nil, &problem.Error{
			File: d.name, Message: "the folder of the contract cannot be read", Err: err,
			Advice: "check its permissions",
		}
	}
	defer func() { _ = f.folder.Close() }()
	f.docs = nil
	f.root, err = f.add(d, []string{d.file})
	return f, err
}

// add returns what a file says together with those that it includes; chain are the files on the way
// to it, itself the last.
func (f *Files) add(d *document, chain []string) (ast.Node, error) {
	d.Files = f
	f.docs = append(f.docs, d)
	out := writtenOut(d.root)
	names, p := includesOf(d)
	if p != nil {
		return nil, d.errors([]problem.Problem{*p})
	}
	for i, name := range slices.Backward(names) {
		included, err := f.open(d, chain, name)
		if p, is := errors.AsType[*includeError](err); is {
			p.Path = problem.At(includeWord)
			if _, list := unwrapped(valueOf(d.root, includeWord)).(*ast.SequenceNode); list {
				p.Path = problem.At(includeWord, strconv.Itoa(i))
			}
			return nil, d.errors([]problem.Problem{p.Problem})
		}
		if err != nil {
			return nil, err
		}
		base, err := f.add(included, append(slices.Clip(chain), included.file))
		if err != nil {
			return nil, err
		}
		out = over(out, base)
	}
	return out, nil
}

// includesOf lists the paths that a file includes.
func includesOf(d *document) ([]string, *problem.Problem) {
	node := unwrapped(valueOf(d.root, includeWord))
	nodes := []ast.Node{node}
	if list, ok := node.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	if node == nil || node.Type() == ast.NullType {
		return nil, nil
	}
	var out []string
	for _, n := range nodes {
		text, ok := unwrapped(n).(*ast.StringNode)
		if !ok {
			return nil, &problem.Problem{
				Path:    problem.At(includeWord),
				Message: "include must be the path of a file, or a list of such paths",
				Advice:  "write `include: shared.yaml` or `include: [tenants.yaml, ledgers.yaml]`",
			}
		}
		out = append(out, text.Value)
	}
	return out, nil
}

// includeError is what is wrong with the line that includes a file.
type includeError struct{ problem.Problem }

func (e *includeError) Error() string { return e.Message }

func notIncluded(advice, format string, args ...any) error {
	return &includeError{problem.Problem{Message: fmt.Sprintf(format, args...), Advice: advice}}
}

// open reads a file that another one includes.
func (f *Files) open(by *document, chain []string, name string) (*document, error) {
	if err := allowed(name); err != nil {
		return nil, err
	}
	file := path.Join(path.Dir(by.file), name)
	switch {
	case slices.Contains(chain, file):
		return nil, notIncluded("remove one of the lines", "%s includes itself: %s", file,
			strings.Join(append(slices.Clip(chain), file), ", "))
	case len(chain) > maxIncludeDepth:
		return nil, notIncluded("include it further up",
			"files include each other more than %d deep here", maxIncludeDepth)
	case len(f.docs) > maxIncluded:
		return nil, notIncluded("write fewer and larger files",
			"the contract includes more than %d files", maxIncluded)
	}
	src, err := f.read(file)
	if err != nil {
		return nil, err
	}
	shown := filepath.Join(f.folder.Name(), filepath.FromSlash(file))
	if !resembles(src) {
		return nil, &problem.Error{
			File: shown, Line: 1, Column: 1, Message: "the included file is no part of a contract",
			Advice: "begin its lines with the names of a contract's parts, such as `resources:`; nothing " +
				"of other files is shown",
		}
	}
	d, err := newDocument(shown, src, f)
	if err != nil {
		return nil, err
	}
	d.file = file
	if f.values += d.values; f.values > maxExpanded {
		return nil, notIncluded("write fewer aliases, or fewer lines",
			"the contract and what it includes stand for more than %d values", maxExpanded)
	}
	return d, nil
}

// allowed tells why a path cannot be included. A contract may come from a stranger: it may only
// name files that lie beside it or below, and such as contracts are written in.
func allowed(name string) error {
	const advice = "write the path of a .yaml file relative to this one, such as shared/tenants.yaml"
	local := filepath.IsLocal(filepath.FromSlash(name)) && !strings.ContainsAny(name, `\:~$`)
	up := slices.Contains(strings.Split(name, "/"), "..")
	ext := path.Ext(name)
	switch {
	case up:
		return notIncluded("move the file into the folder of the contract, or the contract above it",
			"%q leads up: only files in the folder of the contract and below it are included", name)
	case !local:
		return notIncluded(advice, "%q is no path of a file in the folder of the contract", name)
	case ext != ".yaml" && ext != ".yml":
		return notIncluded(advice, "%q is no .yaml or .yml file", name)
	}
	return nil
}

// read reads a file in the folder of the contract. Links that lead out of it are not followed.
func (f *Files) read(file string) ([]byte, error) {
	const advice = "check the path: it is relative to the file that includes it"
	name := filepath.FromSlash(file)
	info, err := f.folder.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, notIncluded(advice, "there is no file %s to include", file)
	case err != nil:
		return nil, notIncluded(advice, "%s cannot be included: %v", file, err)
	case !info.Mode().IsRegular():
		return nil, notIncluded(advice, "%s is no file", file)
	}
	in, err := f.folder.Open(name)
	if err != nil {
		return nil, notIncluded("check its permissions", "%s cannot be included: %v", file, err)
	}
	defer func() { _ = in.Close() }()
	left := int64(maxSize - f.size)
	src, err := io.ReadAll(io.LimitReader(in, left+1))
	if err != nil {
		return nil, notIncluded("check its permissions", "%s cannot be included: %v", file, err)
	}
	if f.size += len(src); int64(len(src)) > left {
		return nil, notIncluded("check that these are contract files",
			"the contract and what it includes are larger than %d KiB", maxSize>>10)
	}
	return src, nil
}
