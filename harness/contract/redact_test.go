package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/launch"
	"github.com/idemcheck/idemcheck/model/route"
	"github.com/idemcheck/idemcheck/model/source"
)

func lookupIn(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
}

func secretive() *model.Contract {
	return &model.Contract{
		Target: model.TargetSettings{
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
		Target: model.TargetSettings{
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

// TestRestoreKeepsTheRotation: whether repeats go in another session decides verdicts, how a service is
// reached does not.
func TestRestoreKeepsTheRotation(t *testing.T) {
	saved, file := &model.Contract{}, &model.Contract{}
	saved.Session, file.Session = &exchange.SignIn{Rotate: true}, &exchange.SignIn{Cookies: true}
	saved.Target.TLS, file.Target.TLS = &route.TLS{CA: "a.pem"}, &route.TLS{CA: "b.pem"}
	got := contract.Restore(saved, file)
	require.True(t, got.Session.Rotate)
	require.True(t, got.Session.Cookies)
	require.False(t, file.Session.Rotate)
	require.Equal(t, "b.pem", got.Target.TLS.CA)
}

// TestWhatAServiceIsStartedWith is saved without secrets, and comes back from the file.
func TestWhatAServiceIsStartedWith(t *testing.T) {
	c := &model.Contract{Start: &launch.Start{
		Command: []string{"./shop", "${HOST:-db}"}, Env: map[string]string{
			"API_TOKEN": "literal-secret", "DSN": "postgres://me:hidden-word@db/shop", "MODE": "fast",
		},
	}}
	saved := contract.Redacted(c)
	require.Equal(t, "<redacted>", saved.Start.Env["API_TOKEN"])
	require.NotContains(t, saved.Start.Env["DSN"], "hidden-word")
	require.Equal(t, "fast", saved.Start.Env["MODE"])
	require.Equal(t, []string{"./shop", "${HOST}"}, saved.Start.Command)
	require.Equal(t, c.Start, contract.Restore(saved, c).Start)
	require.Contains(t, contract.Secrets(c, nil), "literal-secret")
	resolved, err := contract.Resolve(c, lookupIn(nil))
	require.NoError(t, err)
	require.Equal(t, "db", resolved.Start.Command[1])
}

// TestAnswersOfSinksKeepTheirSecrets: they are saved without them, and a replay has them again.
func TestAnswersOfSinksKeepTheirSecrets(t *testing.T) {
	answering := func(token string, secrets ...any) *model.Contract {
		psp := source.Sink{Listen: "127.0.0.1:1", Answers: []source.ScriptedAnswer{{
			Headers: map[string]string{"X-Token": token, "X-Kind": "open-{word}"},
			Body:    map[string]any{"secret": secrets, "session": "s-{n}", "text": "open-word", "id": "${ID}"},
		}}}
		return &model.Contract{Sinks: map[string]source.Sink{"psp": psp}}
	}
	file := answering("t-{s3cret}", "fir${S:-s3cret}", "sec-s3cret")
	saved := contract.Redacted(file)
	require.Equal(t, answering("<redacted>", "fir${S}", "<redacted>"), saved)
	require.Equal(t, file.Sinks, contract.Restore(saved, file).Sinks)
	other := answering("t-{s3cret}", "another", "and one more")
	require.Equal(t, saved.Sinks, contract.Restore(saved, other).Sinks, "a file that says something else")

	env := lookupIn(map[string]string{"S": "{s3cret}", "ID": "i-from-outside"})
	resolved, err := contract.Resolve(file, env)
	require.NoError(t, err)
	answer := resolved.Sinks["psp"].Answers[0]
	require.Equal(t, "t-{s3cret}", answer.Headers["X-Token"])
	require.Equal(t, []any{"fir{{s3cret}}", "sec-s3cret"}, answer.Body.(map[string]any)["secret"])
	found := contract.Secrets(file, env)
	require.Subset(t, found, []string{"t-{s3cret}", "sec-s3cret", "{s3cret}", "i-from-outside"})
	require.NotContains(t, found, "open-word")
}
