package reference_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
)

func TestBugsHavePages(t *testing.T) {
	for _, bug := range reference.Bugs() {
		if !slices.Contains([]string{"answers", "identity", "resources"}, bug.Family) {
			continue
		}
		t.Run(bug.Name, func(t *testing.T) {
			page, err := reference.Explain(bug.Name)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(page, "# "+bug.Name+"\n\n"), page)
			require.LessOrEqual(t, strings.Count(page, "\n"), 40)
			_, breaks, _ := strings.Cut(page, "\n## What it breaks\n\n")
			breaks, fix, _ := strings.Cut(breaks, "\n## Fix\n\n")
			require.Contains(t, page, "\n## How it happens\n\n")
			require.NotEmpty(t, fix)
			for _, rule := range bug.Rules {
				require.Contains(t, breaks, rule)
			}
		})
	}
}

func TestExplainNamesWhatHasNoPage(t *testing.T) {
	_, err := reference.Explain("key-ignorred")
	require.ErrorContains(t, err, "key-ignorred")
}
