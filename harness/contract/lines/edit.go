package lines

import (
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/internal/document"
)

// Change is a line to write at a path of a contract: a name and a value, such as "ok: [201]".
type Change struct {
	Path []string
	Line string
}

// Mended is a contract file with some of its lines changed.
type Mended struct {
	Before, After []byte
	// Left are the changes that somebody has to make by hand.
	Left []Change
}

// Mend writes lines into a contract, where the contract can be read with them. Everything else
// stays as it is written, comments included.
func Mend(name string, src []byte, changes []Change) Mended {
	out := Mended{Before: src, After: src}
	for _, c := range changes {
		if next, ok := mended(name, out.After, c); ok {
			out.After = next
		} else {
			out.Left = append(out.Left, c)
		}
	}
	return out
}

// mended is a contract with one line changed.
func mended(name string, src []byte, c Change) ([]byte, bool) {
	l, err := Parse(name, src)
	if err != nil {
		return nil, false
	}
	out, ok := document.Edit(l.files, c.Path, c.Line)
	if !ok {
		return nil, false
	}
	_, err = contract.Parse(name, out)
	return out, err == nil
}

// Diff lists the lines that differ, those before with "-" and those after with "+".
func (m Mended) Diff() []string {
	before, after := strings.Split(string(m.Before), "\n"), strings.Split(string(m.After), "\n")
	alike := common(before, after)
	var out []string
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && alike[i+1][j] >= alike[i][j+1]:
			out, i = append(out, "- "+before[i]), i+1
		default:
			out, j = append(out, "+ "+after[j]), j+1
		}
	}
	return out
}

// common counts how many lines two texts have in common from line i and line j on.
func common(before, after []string) [][]int {
	out := make([][]int, len(before)+1)
	for i := len(before); i >= 0; i-- {
		out[i] = make([]int, len(after)+1)
		for j := len(after) - 1; j >= 0 && i < len(before); j-- {
			out[i][j] = max(out[i+1][j], out[i][j+1])
			if before[i] == after[j] {
				out[i][j] = out[i+1][j+1] + 1
			}
		}
	}
	return out
}
