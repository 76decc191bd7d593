package bugs

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryBugHasAPage(t *testing.T) {
	for _, bug := range All() {
		t.Run(bug.Name, func(t *testing.T) {
			page, err := Page(bug.Name)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(page, "# "+bug.Name+"\n\n"), "the title is the name")
			rest := page
			for _, heading := range []string{"## How it happens", "## What it breaks", "## Fix"} {
				before, after, found := strings.Cut(rest, "\n"+heading+"\n\n")
				require.True(t, found, "%s is missing, or not in its place", heading)
				require.Greater(t, len(strings.TrimSpace(before)), 60, "before %s", heading)
				rest = after
			}
			require.Greater(t, len(rest), 40)
			require.Contains(t, page, "`"+bug.Rules[0]+"`")
			require.LessOrEqual(t, strings.Count(page, "\n"), 40)
		})
	}
}

func TestEveryPageBelongsToABug(t *testing.T) {
	files, err := os.ReadDir("pages")
	require.NoError(t, err)
	for _, file := range files {
		_, err := Page(strings.TrimSuffix(file.Name(), ".md"))
		require.NoError(t, err)
	}
}
