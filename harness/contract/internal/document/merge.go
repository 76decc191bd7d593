package document

import (
	"reflect"
	"regexp"

	"github.com/goccy/go-yaml/ast"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
)

// topName is a name at the beginning of a line, which is where the parts of a contract stand.
var topName = regexp.MustCompile(`(?m)^["']?([A-Za-z_][\w-]*)["']?[ \t]*:`)

// resembles reports whether most of the names at the beginnings of a file's lines are those of a
// contract's parts. Nothing of another file is shown, for it may be a file of secrets that somebody
// has a contract include to see it in a message.
func resembles(src []byte) bool {
	fields, known, all := fieldsOf(reflect.TypeFor[model.Contract]()), 0, 0
	for _, m := range topName.FindAllSubmatch(src, -1) {
		all++
		if _, is := fields[string(m[1])]; is || string(m[1]) == includeWord {
			known++
		}
	}
	return 2*known > all
}

// writtenOut returns a tree with its aliases written out, without the line that includes files.
// Aliases were checked before, so that there is an end to it.
func writtenOut(root ast.Node) ast.Node {
	w := &writingOut{anchors: map[string]ast.Node{}}
	lines, ok := pairs(unwrapped(w.node(root)))
	if !ok {
		return root // a mistake that the check of the shape reports
	}
	var kept []*ast.MappingValueNode
	for _, line := range lines {
		if keyName(line) != includeWord {
			kept = append(kept, line)
		}
	}
	return ast.Mapping(root.GetToken(), false, kept...)
}

// writingOut knows what the anchors that were met stand for.
type writingOut struct{ anchors map[string]ast.Node }

func (w *writingOut) node(node ast.Node) ast.Node {
	switch n := node.(type) {
	case *ast.AnchorNode:
		out := w.node(n.Value)
		w.anchors[nameIn(n.Name)] = out
		return out
	case *ast.AliasNode:
		return w.anchors[nameIn(n.Value)]
	case *ast.TagNode:
		tagged := *n
		tagged.Value = w.node(n.Value)
		return &tagged
	case *ast.SequenceNode:
		list := *n
		list.Values = make([]ast.Node, len(n.Values))
		for i, v := range n.Values {
			list.Values[i] = w.node(v)
		}
		return &list
	}
	if lines, ok := pairs(node); ok {
		return w.mapping(node, lines)
	}
	return node
}

// mapping writes out a mapping: what it says itself wins over what "<<" brings in.
func (w *writingOut) mapping(node ast.Node, lines []*ast.MappingValueNode) ast.Node {
	var own []*ast.MappingValueNode
	var brought []ast.Node
	for _, line := range lines {
		v := w.node(line.Value)
		switch list, several := unwrapped(v).(*ast.SequenceNode); {
		case line.Key == nil || !line.Key.IsMergeKey():
			own = append(own, ast.MappingValue(line.Start, line.Key, v))
		case several:
			brought = append(brought, list.Values...)
		default:
			brought = append(brought, v)
		}
	}
	out := ast.Mapping(node.GetToken(), false, own...)
	for _, more := range brought {
		lines, _ := pairs(unwrapped(more))
		for _, line := range lines {
			if valueOf(out, keyName(line)) == nil {
				out.Values = append(out.Values, line)
			}
		}
	}
	return out
}

// over puts one tree over another: mappings are joined, and of everything else the upper one stays
// where it says anything.
func over(upper, lower ast.Node) ast.Node {
	if upper == nil || unwrapped(upper) == nil || unwrapped(upper).Type() == ast.NullType {
		return lower
	}
	above, ok := pairs(unwrapped(upper))
	below, both := pairs(unwrapped(lower))
	if !ok || !both {
		return upper
	}
	out := ast.Mapping(upper.GetToken(), false)
	for _, line := range above {
		joined := line.Value
		if under := valueOf(unwrapped(lower), keyName(line)); under != nil {
			joined = over(joined, under)
		}
		out.Values = append(out.Values, ast.MappingValue(line.Start, line.Key, joined))
	}
	for _, line := range below {
		if valueOf(unwrapped(upper), keyName(line)) == nil {
			out.Values = append(out.Values, line)
		}
	}
	return out
}

// Errors finds the files and lines of problems.
func (f *Files) Errors(problems []problem.Problem) error {
	return problem.Join(problems, func(p problem.Problem) *problem.Error {
		d := f.holder(p.Path)
		return d.errorAt(d.find(p), p)
	})
}

// holder is the file that says what stands at a path, or what is nearest to it. Nobody else has a
// say in what is below a list or a value.
func (f *Files) holder(path []string) *document {
	nearest := f.docs[0]
	for n := range path {
		d, found := f.first(path[:n+1])
		if d == nil {
			break
		}
		nearest = d
		if _, mapping := pairs(found); !mapping {
			break
		}
	}
	return nearest
}

// first is the most important file that says something at a path, and what it says.
func (f *Files) first(path []string) (*document, ast.Node) {
	for _, d := range f.docs {
		if found := unwrapped(lookup(d.root, path).node); found != nil && found.Type() != ast.NullType {
			return d, found
		}
	}
	return nil, nil
}

// IsEmptyText reports whether the contract has "" at a path, which says more than a missing line.
func (f *Files) IsEmptyText(path ...string) bool {
	text, ok := unwrapped(lookup(f.root, path).node).(*ast.StringNode)
	return ok && text.Value == ""
}

// checkShapes compares every file with the fields of a contract, and reads each alone: what is
// wrong in it is then shown in it.
func (f *Files) checkShapes() error {
	for _, d := range f.docs {
		takeAuto(d.root)
		takeSpots(d.root)
		if problems := checkShape(d.root); len(problems) > 0 {
			return d.errors(problems)
		}
		if f.root == d.root {
			continue // it is a single file
		}
		if _, err := d.decode(writtenOut(d.root)); err != nil {
			return err
		}
	}
	return nil
}

// Decode fills the contract from all files.
func (f *Files) Decode() (*model.Contract, error) {
	auto, spots := takeAuto(f.root), takeSpots(f.root)
	if err := f.checkShapes(); err != nil {
		return nil, err
	}
	root := f.root
	if root == f.docs[0].root && spots {
		root = writtenOut(root)
	} else if root == f.docs[0].root {
		root = nil // a single file is read as it is written
	}
	c, err := f.docs[0].decode(root)
	if err != nil {
		return nil, err
	}
	c.Target.AutoTimeout = auto
	return c, nil
}

// Place finds the file and the line of what stands at a path, or of what is nearest to it.
func (f *Files) Place(path []string) *problem.Error {
	d, p := f.holder(path), problem.Problem{Path: path}
	return d.errorAt(d.find(p), p)
}
