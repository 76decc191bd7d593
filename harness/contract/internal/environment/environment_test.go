package environment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
)

func TestExpand(t *testing.T) {
	env := lookupIn(map[string]string{"A": "1", "EMPTY": "", "REF": "${A}"})
	for in, want := range map[string]string{
		"":                  "",
		"plain $A":          "plain $A",
		"x${A}y${A}":        "x1y1",
		"${EMPTY}":          "",
		"${EMPTY:-d}":       "d",
		"${NONE:-}":         "",
		"${NONE:-http://x}": "http://x",
		"$${A} ${A}":        "${A} 1",
		"${REF}":            "${A}",
	} {
		got, err := environment.Expand(in, env)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
}

func TestExpandBad(t *testing.T) {
	for in, message := range map[string]string{
		"${NONE}":       "environment variable NONE is not set",
		"s3cret ${A":    "not well formed",
		"s3cret ${}":    "not well formed",
		"s3cret ${1x}":  "not well formed",
		"s3cret ${A:x}": "not well formed",
	} {
		_, err := environment.Expand(in, lookupIn(nil))
		var e *contract.Error
		require.ErrorAs(t, err, &e, in)
		require.Contains(t, e.Message, message)
		require.NotEmpty(t, e.Advice)
		require.NotContains(t, err.Error(), "s3cret")
	}
}

func lookupIn(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
}
