package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

func TestRender(t *testing.T) {
	vars := contract.Vars{
		"amount": int64(7), "mark": "m-1", "account": "acc 1", "charge.account": "a/2", "ok": true,
	}
	got, err := contract.Render(map[string]any{
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

func TestRenderBody(t *testing.T) {
	vars := contract.Vars{"amount": int64(7), "mark": `<"ü&>`}
	body, contentType, err := contract.RenderBody(
		map[string]any{"b": "{mark}", "a": "{amount}"}, vars)
	require.NoError(t, err)
	require.Equal(t, `{"a":7,"b":"<\"ü&>"}`, string(body))
	require.Equal(t, "application/json", contentType)

	body, contentType, err = contract.RenderBody("amount={amount}", vars)
	require.NoError(t, err)
	require.Equal(t, "amount=7", string(body))
	require.Empty(t, contentType)

	body, contentType, err = contract.RenderBody(nil, vars)
	require.NoError(t, err)
	require.Nil(t, body)
	require.Empty(t, contentType)
}

func TestRenderPath(t *testing.T) {
	vars := contract.Vars{"id": "a/b c&d", "n": 2.5}
	got, err := contract.RenderPath("/things/{id}?q={id}&n={n}", vars)
	require.NoError(t, err)
	require.Equal(t, "/things/a%2Fb%20c&d?q=a%2Fb+c%26d&n=2.5", got)
}

func TestRenderWithoutValue(t *testing.T) {
	for _, tmpl := range []any{"{no}", "a {no}", []any{"{no}"}, map[string]any{"x": "{no}"}} {
		_, err := contract.Render(tmpl, contract.Vars{})
		require.ErrorContains(t, err, "there is no value for {no}")
	}
	_, err := contract.RenderPath("/x?y={no}", contract.Vars{})
	require.ErrorContains(t, err, "{no}")
	_, _, err = contract.RenderBody("{no", contract.Vars{})
	require.Error(t, err)
}

func BenchmarkRenderBody(b *testing.B) {
	tmpl := map[string]any{"account": "{account}", "amount": "{amount}", "reference": "{mark}"}
	vars := contract.Vars{"account": "acc-1", "amount": int64(5), "mark": "m-77"}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := contract.RenderBody(tmpl, vars); err != nil {
			b.Fatal(err)
		}
	}
}

func lookupIn(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
}

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
		got, err := contract.Expand(in, env)
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
		_, err := contract.Expand(in, lookupIn(nil))
		var e *contract.Error
		require.ErrorAs(t, err, &e, in)
		require.Contains(t, e.Message, message)
		require.NotEmpty(t, e.Advice)
		require.NotContains(t, err.Error(), "s3cret")
	}
}

func secretive() *model.Contract {
	return &model.Contract{
		Target: model.Target{
			URL: "http://user:s3cret@localhost:1/base",
			Headers: map[string]string{
				"authorization": "Bearer s3cret", "X-Corp": "s3cret${A}", "Accept": "text/plain",
			},
			Secrets: []string{"x-corp"},
		},
		Tenants: map[string]model.Tenant{
			"a": {Headers: map[string]string{
				"Authorization": "Bearer ${TOKEN}", "X-API-Key": "${K:-s3cret}",
			}},
			"b": {Headers: map[string]string{
				"Authorization": "s3cret more ${TOKEN}", "Cookie": "$${s3cret}",
			}},
		},
	}
}

func TestRedacted(t *testing.T) {
	c := secretive()
	got := contract.Redacted(c)
	require.Equal(t, "http://<redacted>@localhost:1/base", got.Target.URL)
	require.Equal(t, map[string]string{
		"authorization": "<redacted>", "X-Corp": "<redacted>", "Accept": "text/plain",
	}, got.Target.Headers)
	require.Equal(t, map[string]string{"Authorization": "Bearer ${TOKEN}", "X-API-Key": "${K}"},
		got.Tenants["a"].Headers)
	require.Equal(t, map[string]string{"Authorization": "<redacted>", "Cookie": "<redacted>"},
		got.Tenants["b"].Headers)
	require.Equal(t, secretive(), c, "the original is not touched")
}

func TestRedactedCannotBeSent(t *testing.T) {
	_, err := contract.Resolve(contract.Redacted(secretive()), lookupIn(nil))
	var e *contract.Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Message, "was not saved")
	require.Equal(t, "target.url", e.Path)
}

func TestRestore(t *testing.T) {
	file := secretive()
	saved := contract.Redacted(file)
	saved.Name = "saved"
	got := contract.Restore(saved, file)
	require.Equal(t, file.Target, got.Target)
	require.Equal(t, file.Tenants, got.Tenants)
	require.Equal(t, "saved", got.Name)
	require.Equal(t, "<redacted>", saved.Target.Headers["authorization"])
}

func TestResolve(t *testing.T) {
	c := &model.Contract{
		Target: model.Target{
			URL:     "${URL:-http://localhost:1}",
			Headers: map[string]string{"X": "${X:-x}"},
		},
		Tenants: map[string]model.Tenant{
			"a": {Headers: map[string]string{"Authorization": "Bearer ${T}"}},
		},
	}
	got, err := contract.Resolve(c, lookupIn(map[string]string{"T": "tok"}))
	require.NoError(t, err)
	require.Equal(t, "http://localhost:1", got.Target.URL)
	require.Equal(t, "x", got.Target.Headers["X"])
	require.Equal(t, "Bearer tok", got.Tenants["a"].Headers["Authorization"])
	require.Equal(t, "Bearer ${T}", c.Tenants["a"].Headers["Authorization"])

	_, err = contract.Resolve(c, lookupIn(nil))
	require.ErrorContains(t, err,
		"tenants.a.headers.Authorization: the environment variable T is not set")
	_, err = contract.Resolve(c, lookupIn(map[string]string{"T": "x", "URL": "ftp://s3cret"}))
	require.ErrorContains(t, err, "not an absolute http or https URL")
	require.NotContains(t, err.Error(), "s3cret")
}
