package environment_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/route"
)

// full is a contract with a text at every place that may refer to the environment.
func full() *model.Contract {
	session := &exchange.SignIn{
		Headers: map[string]string{"Authorization": "a"},
		Login: []exchange.PlainMessage{{
			Path: "b", Headers: map[string]string{"X-C": "c"}, Text: "d",
			Body: map[string]any{"list": []any{"e", 1}}, Form: map[string]any{"f": "f"},
			Multipart: map[string]any{"g": "g"}, Query: map[string]any{"h": "h"},
		}},
	}
	return &model.Contract{
		Target: model.TargetSettings{
			URL: "i", Host: "j", Headers: map[string]string{"X-K": "k"},
			TLS: &route.TLS{CA: "l", Cert: "m", Key: "n", ServerName: "o"},
		},
		Session: session,
		Tenants: map[string]model.Tenant{"alpha": {Headers: map[string]string{"X-P": "p"}, Session: session}},
	}
}

// paths are the places of all texts, in the order in which they come.
func paths() []string {
	session := []string{
		"headers.Authorization", "login.0.path", "login.0.headers.X-C", "login.0.text", "login.0.body.list.0",
		"login.0.form.f", "login.0.multipart.g", "login.0.query.h",
	}
	out := []string{
		"target.url", "target.host", "target.tls.ca", "target.tls.cert", "target.tls.key",
		"target.tls.server_name", "target.headers.X-K",
	}
	for _, name := range session {
		out = append(out, "session."+name)
	}
	out = append(out, "tenants.alpha.headers.X-P")
	for _, name := range session {
		out = append(out, "tenants.alpha.session."+name)
	}
	return out
}

func TestEveryTextIsReached(t *testing.T) {
	var seen []string
	changed, err := environment.EachValue(full(), func(path []string, value string) (string, error) {
		seen = append(seen, strings.Join(path, "."))
		return strings.ToUpper(value), nil
	})
	require.NoError(t, err)
	require.Equal(t, paths(), seen)
	require.Equal(t, "N", changed.Target.TLS.Key)
	require.Equal(t, "P", changed.Tenants["alpha"].Headers["X-P"])
	message := changed.Tenants["alpha"].Session.Login[0]
	require.Equal(t, map[string]any{"list": []any{"E", 1}}, message.Body)
	require.Equal(t, "BCDFGH", message.Path+message.Headers["X-C"]+message.Text+
		message.Form["f"].(string)+message.Multipart["g"].(string)+message.Query["h"].(string))

	untouched, err := environment.EachValue(&model.Contract{}, func([]string, string) (string, error) {
		return "", nil
	})
	require.NoError(t, err)
	require.Equal(t, &model.Contract{}, untouched, "what is not written stays so")
}

// TestTheFirstMistakeEndsIt lets each text in turn be one that cannot be expanded.
func TestTheFirstMistakeEndsIt(t *testing.T) {
	broken := errors.New("broken")
	for _, at := range paths() {
		last := ""
		_, err := environment.EachValue(full(), func(path []string, value string) (string, error) {
			if last = strings.Join(path, "."); last == at {
				return "", broken
			}
			return value, nil
		})
		require.ErrorIs(t, err, broken, at)
		require.Equal(t, at, last, "nothing is asked for behind it")
	}
}

func TestPlacesOfTexts(t *testing.T) {
	for path, want := range map[string][2]bool{ // in a session, in the way to a target
		"session.login.0.path":    {true, false},
		"tenants.a.session.login": {true, false},
		"tenants.session.headers": {false, false},
		"tenants.session":         {false, false},
		"resources.a.session":     {false, false},
		"target.host":             {false, true},
		"target.tls.ca":           {false, true},
		"target.headers.host":     {false, false},
		"operations.host":         {false, false},
	} {
		parts := strings.Split(path, ".")
		require.Equal(t, want, [2]bool{environment.InSession(parts), environment.InRoute(parts)}, path)
	}
}

func TestWhichHeadersAreSecrets(t *testing.T) {
	c := &model.Contract{
		Key: model.Key{Header: "Order-Key"}, Target: model.TargetSettings{Secrets: []string{"X-Plain"}},
	}
	for header, want := range map[string]bool{
		"Authorization": true, "COOKIE": true, "X-Api-Key": true, "Accept": false, "order-key": false,
		"Idempotency-Key": false, "x-plain": true, "X-Plain-2": false, "My-Passwd": true,
	} {
		require.Equal(t, want, environment.IsSecret(c, header), header)
	}
}

func TestWhatIsSavedOfSecrets(t *testing.T) {
	for value, want := range map[string]struct {
		only    bool
		without string
	}{
		"":                    {false, ""},
		"${A}":                {true, "${A}"},
		"Bearer ${A:-s3cret}": {true, "Bearer ${A}"},
		"${A} ${B}":           {true, "${A} ${B}"},
		"my own ${A}":         {false, "my own ${A}"},
		"${A}s":               {false, "${A}s"},
		" ${A}":               {true, " ${A}"},
		"s3cret":              {false, "s3cret"},
		"${A":                 {false, environment.Hidden},
		"$${A}":               {false, "${A}"},
	} {
		require.Equal(t, want.only, environment.KeepsOnlyReferences(value), value)
		require.Equal(t, want.without, environment.WithoutDefaults(value), value)
	}
}

func TestSessionsAreSavedWithoutSecrets(t *testing.T) {
	for name, tt := range map[string]struct{ path, value, want string }{
		"a path":                    {"session.login.0.path", "/login", "/login"},
		"nothing":                   {"session.login.0.text", "", ""},
		"a reference":               {"session.login.0.text", "p=${P:-s3cret}", "p=${P}"},
		"what was captured":         {"session.headers.Authorization", "Bearer {token}", "Bearer {token}"},
		"a literal brace":           {"session.headers.Authorization", "s3cret{{", environment.Hidden},
		"a text":                    {"session.login.0.text", "s3cret", environment.Hidden},
		"a body that is one text":   {"session.login.0.body", "s3cret", environment.Hidden},
		"a value of a list":         {"session.login.0.form.password.1", "s3cret", environment.Hidden},
		"a field that is no secret": {"session.login.0.form.user", "me", "me"},
	} {
		got := environment.RedactSession(&model.Contract{}, strings.Split(tt.path, "."), tt.value)
		require.Equal(t, tt.want, got, name)
	}
	value, set := environment.Literally(lookupIn(map[string]string{"A": "{a}"}))("A")
	require.True(t, set)
	require.Equal(t, "{{a}}", value)
}
