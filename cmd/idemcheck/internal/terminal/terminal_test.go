package terminal

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlainTerminals(t *testing.T) {
	for env, want := range map[string]bool{
		"TERM=dumb": true, "TERM=xterm": false, "NO_COLOR=1": true, "NO_COLOR=": false,
	} {
		name, value, _ := strings.Cut(env, "=")
		s := Streams{Env: func(n string) (string, bool) { return value, n == name }}
		require.Equal(t, want, s.plain(), env)
	}
}
