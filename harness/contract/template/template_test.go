package template_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/template"
)

func TestValue(t *testing.T) {
	vars := template.Vars{
		"amount": int64(7), "mark": "m-1", "account": "acc 1", "charge.account": "a/2", "ok": true,
	}
	got, err := template.Value(map[string]any{
		"amount": "{amount}", "text": "x-{mark} {amount}",
		"list": []any{"{ok}", "{{mark}}", int64(3), nil},
		"deep": map[string]any{"need": "{charge.account}"}, "brace": "}",
	}, vars)
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"amount": int64(7), "text": "x-m-1 7", "list": []any{true, "{mark}", int64(3), nil},
		"deep": map[string]any{"need": "a/2"}, "brace": "}",
	}, got)
}

func TestBody(t *testing.T) {
	vars := template.Vars{"amount": int64(7), "mark": `<"ü&>`}
	body, contentType, err := template.Body(
		map[string]any{"b": "{mark}", "a": "{amount}"}, vars)
	require.NoError(t, err)
	require.Equal(t, `{"a":7,"b":"<\"ü&>"}`, string(body))
	require.Equal(t, "application/json", contentType)

	body, contentType, err = template.Body("amount={amount}", vars)
	require.NoError(t, err)
	require.Equal(t, "amount=7", string(body))
	require.Empty(t, contentType)

	body, contentType, err = template.Body(nil, vars)
	require.NoError(t, err)
	require.Nil(t, body)
	require.Empty(t, contentType)
}

func TestPath(t *testing.T) {
	vars := template.Vars{"id": "a/b c&d", "n": 2.5}
	got, err := template.Path("/things/{id}?q={id}&n={n}", vars)
	require.NoError(t, err)
	require.Equal(t, "/things/a%2Fb%20c&d?q=a%2Fb+c%26d&n=2.5", got)
}

func TestWithoutValue(t *testing.T) {
	for _, tmpl := range []any{"{no}", "a {no}", []any{"{no}"}, map[string]any{"x": "{no}"}} {
		_, err := template.Value(tmpl, template.Vars{})
		require.ErrorContains(t, err, "there is no value for {no}")
	}
	_, err := template.Path("/x?y={no}", template.Vars{})
	require.ErrorContains(t, err, "{no}")
	_, _, err = template.Body("{no", template.Vars{})
	require.Error(t, err)
}

func BenchmarkBody(b *testing.B) {
	tmpl := map[string]any{"account": "{account}", "amount": "{amount}", "reference": "{mark}"}
	vars := template.Vars{"account": "acc-1", "amount": int64(5), "mark": "m-77"}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := template.Body(tmpl, vars); err != nil {
			b.Fatal(err)
		}
	}
}
