package lines_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract/lines"
)

// mend mends one line of the reference's contract.
func mend(write string, path ...string) lines.Mended {
	return lines.Mend("idemcheck.yaml", examples.Reference,
		[]lines.Change{{Path: path, Line: write}})
}

func TestALineIsMendedAndAllElseStays(t *testing.T) {
	for _, tt := range []struct {
		write, diff string
		path        []string
	}{
		{
			"identity: number", "-       identity: id\n+       identity: number",
			[]string{"operations", "charge", "answer", "identity"},
		},
		{
			"ok: [202]", "-     ok: [201]\n+     ok: [202]",
			[]string{"operations", "transfer", "ok"},
		},
		{
			"field: available", "-       balance: {field: balance}\n+       balance: {field: available}",
			[]string{"resources", "account", "state", "balance", "field"},
		},
		{
			"sum: amount", "-         amount: amount\n+         sum: amount",
			[]string{"operations", "charge", "answer", "fields", "amount"},
		},
		{
			"settle: 2s", "-   settle: 0s\n+   settle: 2s", []string{"promises", "settle"},
		},
		{
			"timeout: 2s", "-   timeout: auto\n+   timeout: 2s", []string{"target", "timeout"},
		},
		{
			"max_rate: 50", "+   max_rate: 50", []string{"target", "max_rate"},
		},
	} {
		m := mend(tt.write, tt.path...)
		require.Empty(t, m.Left, tt.write)
		require.Equal(t, tt.diff, strings.Join(m.Diff(), "\n"))
		require.Equal(t, strings.Count(string(m.Before), "#"), strings.Count(string(m.After), "#"))
	}
}

func TestWhatNobodyCanWriteIsLeft(t *testing.T) {
	identity := []string{"operations", "charge", "answer", "identity"}
	for _, tt := range []struct {
		write string
		path  []string
	}{
		{"leave the line out", identity},
		{"identity: [", identity},
		{"body: x", []string{"operations", "charge", "body"}},
		{"then: x", []string{"operations", "charge", "then"}},
		{"nobody: 1", []string{"operations", "charge", "nobody"}},
		{"x: 1", nil},
	} {
		m := mend(tt.write, tt.path...)
		require.Len(t, m.Left, 1, tt.write)
		require.Empty(t, m.Diff())
	}
}

func TestAPartThatIsNotThereIsAdded(t *testing.T) {
	const small = "version: 1\ntarget: {url: \"http://127.0.0.1:1\"}\noperations:\n" +
		"  pay:\n    path: /pay\n    body: {r: \"{mark}\"}\n    ok: [201]\n    effects: [{ledger: l}]\n" +
		"ledgers:\n  l: {path: /l, mark: r}\n"
	m := lines.Mend("x.yaml", []byte(small), []lines.Change{{
		Path: []string{"promises", "settle"}, Line: "settle: 2s",
	}})
	require.Empty(t, m.Left)
	require.Equal(t, small+"promises:\n  settle: 2s\n", string(m.After))
}

// TestWhatIsDoneSaysTodoNoMore: a comment beside the line that asks for it goes with it.
func TestWhatIsDoneSaysTodoNoMore(t *testing.T) {
	src := strings.Replace(string(examples.Reference), "settle: 0s", "settle: 0s  # TODO: how long?", 1)
	require.Contains(t, src, "TODO")
	m := lines.Mend("idemcheck.yaml", []byte(src), []lines.Change{
		{Path: []string{"promises", "settle"}, Line: "settle: 2s"},
	})
	require.Empty(t, m.Left)
	require.NotContains(t, string(m.After), "TODO")
}

// TestALineIsAddedInBraces, and what is shown of it is what is added and taken away.
func TestALineIsAddedInBraces(t *testing.T) {
	const src = "version: 1\ntarget: {url: \"http://127.0.0.1:1\"}\nkey: {header: K} # ours\noperations:\n" +
		"  pay: {path: /pay, body: {r: \"{mark}\"}, ok: [201], effects: [{ledger: l}]}\n" +
		"ledgers:\n  l: {path: /l, mark: r}\n"
	m := lines.Mend("x.yaml", []byte(src), []lines.Change{
		{Path: []string{"key", "required"}, Line: "required: true"},
		{Path: []string{"promises", "missing"}, Line: "missing: [400]"},
	})
	require.Empty(t, m.Left)
	require.Equal(t, []string{
		"- key: {header: K} # ours", "+ key: {required: true, header: K} # ours",
		"+ promises:", "+   missing: [400]",
	}, m.Diff())
}
