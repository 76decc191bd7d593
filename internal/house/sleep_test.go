package house

import (
	"go/ast"
	"slices"
)

// sleeps finds tests that wait for time to pass instead of for what they wait for. In a bubble of
// testing/synctest time costs nothing and sleeping is exact.
func sleeps(s source) (all []finding) {
	for _, d := range s.file.Decls {
		ast.Inspect(d, func(n ast.Node) bool {
			sel := called(n)
			if sel == "time.Sleep" {
				all = append(all, s.found(n, nameOf(d), "%s sleeps: wait for the condition instead", nameOf(d)))
			}
			return sel != "synctest.Test"
		})
	}
	return all
}

// called is the qualified name of the function that a node calls, or nothing.
func called(n ast.Node) string {
	if call, ok := n.(*ast.CallExpr); ok {
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			return qualified(sel)
		}
	}
	return ""
}

// everyTest includes the packages that are tests for others to run.
func everyTest(find func(source) []finding) func(folder) []finding {
	return everyFile(func(s source) []finding {
		if slices.Contains(s.imports(), "testing") {
			return find(s)
		}
		return nil
	})
}
