package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

// ordered is where the body of the operation stands in the minimal contract.
const ordered = "ok: [201]"

func badContents() []bad {
	return []bad{
		{
			"two bodies", ordered, ordered + "\n    form: {a: b}", 19, "form",
			"a message has one body, and this one has body and form", "keep one of body (JSON), form",
		},
		{
			"mapping in a query", ordered, ordered + "\n    query: {a: {b: c}}", 19, "a",
			"query cannot hold a mapping", `such as "item[price]"`,
		},
		{
			"unknown name in a query", ordered, ordered + "\n    query: {a: \"{amuont}\"}", 19, `"{amuont}"`,
			"{amuont} is not declared", `did you mean "amount"?`,
		},
		{
			"secret in a header of a reading", "read: {path", "read: {headers: {X-Token: abcdef}, path", 8,
			"<redacted>", `the value of "X-Token" is a secret`, "write it under target.headers",
		},
	}
}

func TestParseMultipart(t *testing.T) {
	for part, want := range map[string]string{
		"{file: a.png, text: x}":             "",
		"[one, {file: a, text: x, type: t}]": "",
		"plain":                              "",
		"{text: x}":                          "the file has no name",
		"{file: a, txet: x}":                 `unknown field "txet" of a file`,
		"{file: a, text: 3}":                 "text must be text",
		"[[a]]":                              "cannot hold lists of lists",
		`{file: "a\nb", text: x}`:            "file holds a line end",
	} {
		src := spoil(t, "create: {path: /accounts, body: {name: \"{unique}\"}}",
			"create: {path: /accounts, multipart: {part: "+part+"}}")
		_, err := contract.Parse("idemcheck.yaml", []byte(src))
		if want == "" {
			require.NoError(t, err, part)
			continue
		}
		require.ErrorContains(t, err, want, part)
		require.ErrorContains(t, err, "idemcheck.yaml:7", part)
	}
}
