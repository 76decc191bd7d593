package bugs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHeldOutBugsSayWhetherTheyAreFound(t *testing.T) {
	listed := heldOut()
	for _, bug := range All() {
		said, held := listed[bug.Name]
		require.Equal(t, said, bug.HeldOut, bug.Name)
		if held {
			require.Regexp(t, `^(found|not found)\b`, said, bug.Name)
		}
		delete(listed, bug.Name)
	}
	require.Empty(t, listed, "are no bugs")
}
