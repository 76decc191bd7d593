package trace_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/trace"
)

func TestNamesAreMadeOfWordsAlone(t *testing.T) {
	a := trace.ID("run", "7", "a")
	require.Regexp(t, "^[0-9a-f]{32}$", a)
	require.Equal(t, a, trace.ID("run", "7", "a"))
	for _, other := range [][]string{{"other", "7", "a"}, {"run", "8", "a"}, {"run", "7", "b"}} {
		require.NotEqual(t, a, trace.ID(other...))
	}
	require.Regexp(t, "^[0-9a-f]{16}$", trace.Span(a, 1))
	require.NotEqual(t, trace.Span(a, 1), trace.Span(a, 2))
}

func TestAServiceIsToldToKeepTheTrace(t *testing.T) {
	a := trace.ID("a")
	require.Equal(t, strings.Join([]string{"00", a, trace.Span(a, 3), "01"}, "-"), trace.Parent(a, 3))
}
