package house

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSweepsAreRunInFull: CI finds the tests that try a sample by the calls of sweep.Of in them, and
// runs all of these with all there is and no others so. So the call stands in the test itself, and
// no other test has its name.
func TestSweepsAreRunInFull(t *testing.T) {
	declared, sweeping := map[string]int{}, []string{}
	for _, f := range readTree(t) {
		for _, s := range f.sources {
			if !s.test() || f.path == "internal/sweep" {
				continue
			}
			for _, d := range s.file.Decls {
				declared[nameOf(d)]++
				if !callsSweep(d) {
					continue
				}
				require.True(t, strings.HasPrefix(nameOf(d), "Test"), "%s: sweep.Of in %s", s.path, nameOf(d))
				sweeping = append(sweeping, nameOf(d))
			}
		}
	}
	require.Greater(t, len(sweeping), 10)
	for _, name := range sweeping {
		require.Equal(t, 1, declared[name], "%s is the name of several tests", name)
	}
}

// callsSweep reports whether a declaration asks how much of a sweep is done.
func callsSweep(d ast.Decl) bool {
	found := false
	ast.Inspect(d, func(n ast.Node) bool {
		found = found || called(n) == "sweep.Of"
		return true
	})
	return found
}
