package house

import (
	"go/ast"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxMedian bounds the median of the lines of all functions of the program, counted as maxFunction
// counts them: from "func" to the closing brace, both included. Tests do not count. It may only fall.
const maxMedian = 8

func TestHalfOfTheFunctionsAreShort(t *testing.T) {
	var all []int
	for _, dir := range readTree(t) {
		for _, s := range dir.program() {
			all = append(all, functionLines(s)...)
		}
	}
	slices.Sort(all)
	n := len(all)
	t.Logf("%d functions: median %d, 95 in a hundred up to %d, the longest %d lines",
		n, all[n/2], all[n*95/100], all[n-1])
	require.LessOrEqual(t, all[n/2], maxMedian, "lines of the function in the middle")
}

func TestFunctionLinesCount(t *testing.T) {
	dir := example(t, "package p\n", "func a() {}\nfunc b() {\n\ta()\n}\nfunc c()\n")
	require.Equal(t, []int{1, 3}, functionLines(dir.sources[0]), "what has no body is no function of ours")
}

// functionLines lists how many lines each function of a file has.
func functionLines(s source) (all []int) {
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			all = append(all, s.line(f.End())-s.line(f.Pos())+1)
		}
	}
	return all
}
