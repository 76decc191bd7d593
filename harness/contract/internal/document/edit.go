package document

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// Edit returns the source of the only file of a contract with another line at a path: a name and
// a value in a single line, such as "ok: [201]". Everything else stays as it is written, comments
// included, but for one beside it that asks for the line. It is false where that cannot be done:
// the contract has several files, the value that is there takes several lines, or there is nothing
// above it that could hold the line.
func Edit(f *Files, path []string, line string) ([]byte, bool) {
	d := f.docs[0]
	if len(f.docs) > 1 || len(path) == 0 {
		return nil, false
	}
	rows := strings.Split(string(d.src), "\n")
	here := lookup(d.root, path)
	if here.node == nil {
		return inserted(rows, d.root, path, line)
	}
	if here.key == nil {
		return nil, false
	}
	key := here.key.GetToken().Position
	row := &rows[key.Line-1]
	begin := byteOf(*row, key.Column)
	end, ok := valueEnd(*row, key.Line, here.node)
	if !ok {
		return nil, false
	}
	*row = (*row)[:begin] + line + withoutTodo((*row)[end:])
	return []byte(strings.Join(rows, "\n")), true
}

// withoutTodo is what stands behind a value, without a comment that says to write it.
func withoutTodo(behind string) string {
	if strings.HasPrefix(strings.TrimSpace(behind), "# TODO: ") {
		return ""
	}
	return behind
}

// byteOf is the place of a column, which counts characters from 1.
func byteOf(row string, column int) int {
	for i := range row {
		if column--; column == 0 {
			return i
		}
	}
	return len(row)
}

// valueEnd is where a value of one line ends in its row.
func valueEnd(row string, line int, node ast.Node) (end int, ok bool) {
	tok := node.GetToken()
	if tok.Position.Line != line {
		return 0, false
	}
	begin := byteOf(row, tok.Position.Column)
	switch n := node.(type) {
	case *ast.SequenceNode:
		at := strings.IndexByte(row[begin:], ']')
		return begin + at + 1, n.IsFlowStyle && at >= 0 && len(n.Values) > 0 && !nested(n)
	case ast.ScalarNode:
		written := strings.TrimSpace(tok.Origin)
		if !strings.HasPrefix(row[begin:], written) || strings.Contains(written, "\n") {
			return 0, false
		}
		return begin + len(written), utf8.ValidString(written)
	}
	return 0, false
}

// nested reports whether a list holds more than values.
func nested(list *ast.SequenceNode) bool {
	return slices.ContainsFunc(list.Values, func(v ast.Node) bool {
		_, scalar := v.(ast.ScalarNode)
		return !scalar
	})
}

// inserted adds a line to the mapping that would hold it, as its first.
func inserted(rows []string, root ast.Node, path []string, line string) ([]byte, bool) {
	if len(path) == 1 {
		return nil, false
	}
	parent := lookup(root, path[:len(path)-1])
	if parent.node == nil && len(path) == 2 {
		if n := len(rows); n > 0 && rows[n-1] == "" {
			rows = rows[:n-1]
		}
		rows = append(rows, path[0]+":", "  "+line, "")
		return []byte(strings.Join(rows, "\n")), true
	}
	held, ok := pairs(parent.node)
	if !ok || len(held) == 0 {
		return nil, false
	}
	first := held[0].Key.GetToken().Position
	row := rows[first.Line-1]
	before, rest := row[:byteOf(row, first.Column)], row[byteOf(row, first.Column):]
	if m, is := parent.node.(*ast.MappingNode); is && m.IsFlowStyle {
		rows[first.Line-1] = before + line + ", " + rest
	} else if strings.TrimSpace(before) != "" {
		return nil, false
	} else {
		rows = slices.Insert(rows, first.Line-1, before+line)
	}
	return []byte(strings.Join(rows, "\n")), true
}
