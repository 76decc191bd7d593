package near_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/near"
)

func TestAdvice(t *testing.T) {
	known := []string{"lost-answers", "disconnects", "slow"}
	for name, want := range map[string]string{
		"lost-answer":            `did you mean "lost-answers"?`,
		"Disconects":             `did you mean "disconnects"?`,
		"nonsense":               "use one of: disconnects, lost-answers, slow",
		"":                       "use one of: disconnects, lost-answers, slow",
		strings.Repeat("x", 200): "use one of: disconnects, lost-answers, slow",
	} {
		require.Equal(t, want, near.Advice(name, known))
	}
	require.Equal(t, "there is none yet: declare one, or remove this", near.Advice("x", nil))
	require.Contains(t, near.Advice("nonsense", strings.Split("abcdefghijklmnopqrstuvwxyz", "")), "or 6 others")
}
