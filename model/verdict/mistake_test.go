package verdict_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestALineIsWrittenWhereNobodyHasToThink(t *testing.T) {
	for write, want := range map[string]string{
		"write ok: [201]": "ok: [201]",
		"write async: {accepted: [202], poll: {a: b}}": "async: {accepted: [202], poll: {a: b}}",
		"write id: id, or id: key":                     "",
		"write ok: [202], and async":                   "",
		"write done: {field: a}, or refused":           "",
		"write where it is read":                       "",
		"correct the condition":                        "",
	} {
		line, ok := verdict.Mistake{Write: write}.NewLine()
		require.Equal(t, want != "", ok, write)
		if ok {
			require.Equal(t, want, line)
		}
	}
}
