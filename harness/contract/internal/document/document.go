// Package document reads contract files: their YAML, what they include, and where in them a mistake
// stands. [Read] begins; nothing that it reads is trusted.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
)

// maxSize bounds a contract file in bytes. Real ones have a few kilobytes; the bound keeps the
// depth of a hostile file within what a recursive parser survives.
const maxSize = 256 << 10

// document is a contract file whose YAML could be read.
type document struct {
	name string
	src  []byte
	root ast.Node
	// file is its path in the folder of the contract, with slashes; values is how many values it
	// stands for.
	file   string
	values int
	// family are the files that it makes a contract with; nil before they are known.
	Files *Files
	// lines are those of src, and hidden the same without secrets; nil until an excerpt is shown.
	lines, hidden []string
}

// newDocument parses the YAML of a file of a family, which may be nil.
func newDocument(name string, src []byte, f *Files) (*document, error) {
	if len(src) > maxSize {
		return nil, &problem.Error{
			File: name, Message: fmt.Sprintf("the file is larger than %d KiB", maxSize>>10),
			Advice: "check that this is a contract file",
		}
	}
	d := &document{
		name: name, file: filepath.Base(name), Files: f,
		src: bytes.TrimPrefix(src, []byte(byteOrderMark)),
	}
	if err := d.checkSource(); err != nil {
		return nil, err
	}
	file, err := d.parse()
	if err != nil {
		return nil, err
	}
	bodies := documentBodies(file)
	if len(bodies) == 0 {
		return nil, &problem.Error{
			File: name, Line: 1, Column: 1, Message: "the contract file is empty",
			Excerpt: d.excerpt(1, 1),
			Advice:  "write a contract with `idemcheck init`, and edit it",
		}
	}
	if len(bodies) > 1 {
		return nil, d.errorAt(firstToken(bodies[1]), problem.Problem{
			Message: "the file holds a second document",
			Advice:  "keep one contract per file: remove the line `---` and what follows it",
		})
	}
	d.root = bodies[0]
	return d, checkAliases(d)
}

// parse turns a panic of the YAML library into an error: a broken file must never look like a
// broken tool.
func (d *document) parse() (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = d.syntaxError(fmt.Errorf("the YAML parser gave up: %v", r))
		}
	}()
	tokens := lexer.Tokenize(string(d.src))
	if at := tooDeep(tokens); at != nil {
		return nil, d.errorAt(at, problem.Problem{
			Message: "the file is nested too deeply", Advice: "write it with fewer levels",
		})
	}
	file, err = parser.Parse(tokens, 0)
	if err != nil {
		return nil, d.syntaxError(err)
	}
	return file, nil
}

// The parser needs memory that grows with the square of the depth, so depth is bounded before. No
// sensible contract comes near.
const (
	maxBrackets = 100
	maxIndent   = 500
)

// tooDeep finds where it becomes too deep, or nil. It counts open brackets, and looks how far right
// the entries of lists begin: "- - - x" is three lists deep. Blocks of other kinds cost an indented
// line for every level.
func tooDeep(tokens token.Tokens) *token.Token {
	open := 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			open++
		case token.MappingEndType, token.SequenceEndType:
			open--
		case token.SequenceEntryType, token.MappingKeyType:
			if t.Position.Column > maxIndent {
				return t
			}
		}
		if open > maxBrackets {
			return t
		}
	}
	return nil
}

func documentBodies(file *ast.File) []ast.Node {
	var out []ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		switch doc.Body.Type() {
		case ast.CommentType, ast.NullType, ast.DirectiveType:
		default:
			out = append(out, doc.Body)
		}
	}
	return out
}

// decode fills a contract from a tree, or from the source where it is nil. Shapes were checked
// before, so that few errors are left, such as numbers out of range.
func (d *document) decode(root ast.Node) (c *model.Contract, err error) {
	defer func() {
		if r := recover(); r != nil {
			c, err = nil, d.syntaxError(fmt.Errorf("the YAML decoder gave up: %v", r))
		}
	}()
	c = new(model.Contract)
	dec := yaml.NewDecoder(bytes.NewReader(d.src), yaml.Strict(),
		yaml.CustomUnmarshaler(readDuration))
	if root == nil {
		err = dec.Decode(c)
	} else {
		err = dec.DecodeFromNode(root, c)
	}
	if err != nil {
		return nil, d.syntaxError(err)
	}
	return c, nil
}

// syntaxError dresses an error of the YAML library.
func (d *document) syntaxError(err error) error {
	var located yaml.Error
	if !errors.As(err, &located) || located.GetToken() == nil {
		e := d.errorHere(1, 1, problem.Problem{
			Message: "the file is not valid YAML",
			Advice:  "correct the YAML; a linter such as yamllint may find the line",
		})
		e.Err = err
		return e
	}
	p := problem.Problem{
		Message: "not valid YAML: " + located.GetMessage(),
		Advice:  yamlAdvice(located),
	}
	return d.errorAt(located.GetToken(), p)
}

func yamlAdvice(err yaml.Error) string {
	if _, duplicate := err.(*yaml.DuplicateKeyError); duplicate ||
		strings.Contains(err.GetMessage(), "duplicate") ||
		strings.Contains(err.GetMessage(), "already defined") {
		return "remove or rename one of the two: a name may stand only once in a mapping"
	}
	return "correct the YAML here or just above: a wrong indent, a missing colon, quote or bracket"
}

// errors finds the lines of problems.
func (d *document) errors(problems []problem.Problem) error {
	return problem.Join(problems,
		func(p problem.Problem) *problem.Error { return d.errorAt(d.find(p), p) })
}

func (d *document) errorAt(tok *token.Token, p problem.Problem) *problem.Error {
	e := &problem.Error{
		File: d.name, Path: problem.Said(strings.Join(p.Path, ".")), Message: problem.Said(p.Message),
		Advice: problem.Said(p.Advice), Line: 1, Column: 1,
	}
	if tok != nil && tok.Position != nil {
		quoted := tok.Type == token.SingleQuoteType || tok.Type == token.DoubleQuoteType
		e.Line, e.Column = tok.Position.Line, tok.Position.Column+p.Offset
		if p.Offset > 0 && quoted {
			e.Column++
		}
	}
	e.Excerpt = d.excerpt(e.Line, e.Column)
	return e
}

// secrets are the names that target.secrets lists in any file of the contract, found in the trees
// since the contract may not be readable.
func (d *document) secrets() []string {
	out := d.ownSecrets()
	if d.Files != nil {
		out = append(out, lists.Flat(d.Files.docs, (*document).ownSecrets)...)
	}
	return out
}

func (d *document) ownSecrets() []string {
	list, ok := unwrapped(lookup(d.root, problem.At("target", "secrets")).node).(*ast.SequenceNode)
	if !ok {
		return nil
	}
	return lists.Map(list.Values, func(v ast.Node) string { return strings.Trim(v.String(), `"'`) })
}

// find returns the token to point at: a scalar value itself, the name of anything larger, and the
// nearest parent of what is missing.
func (d *document) find(p problem.Problem) *token.Token {
	for n := len(p.Path); n >= 0; n-- {
		found := lookup(d.root, p.Path[:n])
		if found.node == nil {
			continue
		}
		if (p.AtKey || n < len(p.Path)) && found.key != nil {
			return found.key.GetToken()
		}
		return found.token()
	}
	return nil
}

// place is a node and, when it is a value of a mapping, its name.
type place struct{ key, node ast.Node }

func (p place) token() *token.Token {
	_, scalar := unwrapped(p.node).(ast.ScalarNode)
	if p.key != nil && !scalar {
		return p.key.GetToken()
	}
	return firstToken(p.node)
}

// firstToken points at the first name of a mapping; its own token is the colon behind it.
func firstToken(node ast.Node) *token.Token {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return node.GetToken()
}

// lookup descends from a node; the place is empty when the path leads nowhere.
func lookup(node ast.Node, path []string) place {
	here := place{node: node}
	for _, name := range path {
		here = child(here.node, name)
		if here.node == nil {
			return place{}
		}
	}
	return here
}

func child(node ast.Node, name string) place {
	node = unwrapped(node)
	if list, ok := node.(*ast.SequenceNode); ok {
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(list.Values) {
			return place{node: list.Values[i]}
		}
	}
	lines, _ := pairs(node)
	for _, pair := range lines {
		if keyName(pair) == name {
			return place{key: pair.Key, node: pair.Value}
		}
	}
	if name == "0" && len(lines) > 0 {
		return place{node: node} // a list of one that is written without the list
	}
	return place{}
}

// unwrapped looks through anchors and tags.
func unwrapped(node ast.Node) ast.Node {
	for {
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.TagNode:
			node = n.Value
		default:
			return node
		}
	}
}

// pairs returns the lines of a mapping; one of a single line comes as that line.
func pairs(node ast.Node) (lines []*ast.MappingValueNode, ok bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func keyName(pair *ast.MappingValueNode) string {
	if pair.Key == nil || pair.Key.GetToken() == nil {
		return ""
	}
	return pair.Key.GetToken().Value
}
