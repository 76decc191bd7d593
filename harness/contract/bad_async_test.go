package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

func TestParseBadAsync(t *testing.T) {
	const right = `{accepted: [202], poll: {header: Location}, ` +
		`done: {field: status, values: [ok]}, refused: {field: status, values: [failed]}}`
	parse := func(async string) error {
		text := strings.NewReplacer("WHEN", "true", "THEN", "1", "ok: [201]",
			"ok: [201]\n    refused: [402]\n    async: "+async).Replace(exactContract)
		_, err := contract.Parse("idemcheck.yaml", []byte(text))
		return err
	}
	require.NoError(t, parse(right))
	for _, tc := range []struct{ old, replacement, message, advice string }{
		{"[202]", "[]", "which answers accept", "accepted: [202]"},
		{"[202]", "[201]", "201 cannot be in both accepted and ok", "one of the two"},
		{"[202]", "[402]", "402 cannot be in both accepted and refused", "one of the two"},
		{"[202]", "[42]", "42 is not an HTTP status", "between 100 and 599"},
		{"{header: Location}", "{}", "in one way where the state is read", "write one of"},
		{"{header: Location}", "{header: Location, field: x}", "in one way", "write one of"},
		{"{header: Location}", `{path: "/jobs/{identity}"}`, "identity is not declared", "identity"},
		{"[ok]", "[]", "by which values", "write both"},
		{"{field: status, values: [ok]}", "{}", "by which values", "write both"},
		{"accepted:", "every: 1s, within: 10ms, accepted:", "cannot be read every 1s", "within"},
		{"accepted:", "acepted: [202], accepted:", `unknown field "acepted"`, `"accepted"`},
	} {
		require.Contains(t, right, tc.old)
		var e *contract.Error
		require.ErrorAs(t, parse(strings.Replace(right, tc.old, tc.replacement, 1)), &e, tc.replacement)
		require.Contains(t, e.Message, tc.message)
		require.Contains(t, e.Advice, tc.advice)
		require.Equal(t, 23, e.Line, e.Error())
	}
}
