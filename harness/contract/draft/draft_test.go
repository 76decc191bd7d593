package draft_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/draft"
)

// minimal is a draft that the loader takes, with a body.
func minimal(body any) *draft.Sketch {
	return &draft.Sketch{
		Source: "a test", Name: "orders", URL: "http://127.0.0.1:8090",
		Key: draft.Object{{Name: "header", Value: "Idempotency-Key"}},
		Operations: []draft.Entry{{Name: "create-order", Fields: draft.Object{
			{Name: "path", Value: "/orders"},
			{Name: "body", Value: body},
			{Name: "ok", Value: []int{201}},
			{Name: "effects", Value: draft.List{draft.Object{{Name: "ledger", Value: "orders"}}}},
		}}},
		Ledgers: []draft.Entry{{Name: "orders", Fields: draft.Object{
			{Name: "path", Value: "/orders"}, {Name: "mark", Value: "reference"},
		}}},
	}
}

func TestADraftIsAContract(t *testing.T) {
	d := minimal(draft.Object{
		{Name: "reference", Value: "{mark}"},
		{Name: "note", Value: "yes", Note: draft.Todo + "say what it is"},
	})
	text := d.String()
	first, rest, _ := strings.Cut(text, "\n")
	require.Regexp(t, `^# yaml-language-server: \$schema=https://.*/docs/idemcheck\.schema\.json$`, first)
	require.Equal(t, `# Made from a test: look at each line, it was guessed.
version: 1
name: orders
target:
  url: http://127.0.0.1:8090
  timeout: auto
key: {header: Idempotency-Key}
operations:
  create-order:
    path: /orders
    body:
      reference: "{mark}"
      note: "yes"  # TODO: say what it is
    ok: [201]
    effects: [{ledger: orders}]
ledgers:  # where effects are counted
  orders:
    path: /orders
    mark: reference
`, rest)
	c, err := contract.Parse("idemcheck.yaml", []byte(text))
	require.NoError(t, err)
	require.Equal(t, map[string]any{"reference": "{mark}", "note": "yes"}, c.Operations["create-order"].Body)
	require.Equal(t, 1, d.Todos())
}

// TestEveryBodyComesBack: whatever JSON a body is, the file says it.
func TestEveryBodyComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]any{"reference": "{mark}", "x": anyJSON(3).Draw(t, "x")}
		text, err := json.Marshal(want)
		require.NoError(t, err)
		body, err := draft.ParseJSON(string(text))
		require.NoError(t, err)
		file := minimal(body).String()
		c, err := contract.Parse("idemcheck.yaml", []byte(file))
		require.NoError(t, err, file)
		got, err := json.Marshal(c.Operations["create-order"].Body)
		require.NoError(t, err)
		require.JSONEq(t, string(text), string(got), file)
	})
}

// anyJSON draws what JSON can say; braces are names in templates, so that there are none.
func anyJSON(depth int) *rapid.Generator[any] {
	letters := []rune("aZ09 :#-_'\"\\,[]&*!|>%@`~\t\nüя\u2028\u007f\u0085\ufeff\u200e😀=.?")
	text := rapid.StringOfN(rapid.RuneFrom(letters), 0, 30, -1)
	scalars := []*rapid.Generator[any]{
		text.AsAny(), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Just[any](nil),
		rapid.SampledFrom([]any{
			"true", "null", "~", "1.5", "0x1f", "2030-01-15", "- a", "a: b", "yes", ".inf", "<<",
		}),
		rapid.Map(rapid.Int32(), func(n int32) any { return float64(n) / 4 }),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	return rapid.OneOf(append(scalars,
		rapid.SliceOfN(anyJSON(depth-1), 0, 4).AsAny(),
		rapid.MapOfN(text, anyJSON(depth-1), 0, 4).AsAny())...)
}

// TestLongLines: what does not fit is broken, comments too, and lists of long objects keep their dash.
func TestLongLines(t *testing.T) {
	long := strings.Repeat("word ", 18)
	d := minimal(draft.Object{
		{Name: "reference", Value: "{mark}"},
		{Name: "items", Value: draft.List{
			draft.Object{{Name: "a", Value: long, Note: long + long}, {Name: "b", Value: json.Number("1")}},
			draft.Object{{Name: "a", Value: "x"}},
		}},
	})
	text := d.String()
	for line := range strings.SplitSeq(text, "\n") {
		require.LessOrEqual(t, len(line), 120, line)
	}
	c, err := contract.Parse("idemcheck.yaml", []byte(text))
	require.NoError(t, err, text)
	require.Equal(t, map[string]any{"reference": "{mark}", "items": []any{
		map[string]any{"a": long, "b": int64(1)}, map[string]any{"a": "x"},
	}}, c.Operations["create-order"].Body, text)
}

func TestJSONThatIsNone(t *testing.T) {
	for _, text := range []string{"", "{", `{"a"}`, "[1", "1 2", `{"a":1}x`, strings.Repeat("[", 1000)} {
		_, err := draft.ParseJSON(text)
		require.Error(t, err, text)
	}
}
