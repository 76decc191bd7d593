package contract_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

func badSessions() []bad {
	const login = "\n  login: {path: /in, body: {user: '${P}'}}\n  "
	with := func(session string) string { return "session:" + session + "\ndialect: stripe" }
	return []bad{
		{
			"no login", "dialect: stripe", with("\n  cookies: true"), 4, "session",
			"does not say how to log in", "login: {path: /login",
		},
		{
			"session that nothing carries", "dialect: stripe", with("\n  login: {path: /in}"), 4, "session",
			"nothing that is sent after the login carries the session", "cookies: true",
		},
		{
			"field of a login", "dialect: stripe", with("\n  login: {paht: /in}\n  cookies: true"), 5, "paht",
			`unknown field "paht" in session.login`, `did you mean "path"?`,
		},
		{
			"body of a login", "dialect: stripe", with("\n  login: {path: in}\n  cookies: true"), 5, "in}",
			"the path does not begin with a slash", "such as /login",
		},
		{
			"what is not captured", "dialect: stripe",
			with(login + "capture: {what: {body: t}}\n  headers: {X-A: '{whatt}'}"), 7, "'{whatt}",
			"{whatt} is not captured", `did you mean "what"?`,
		},
		{
			"capture of nothing", "dialect: stripe", with(login + "capture: {what: {}}\n  cookies: true"),
			6, "what", "write one of body, header, cookie, html and pattern", "access_token",
		},
		{
			"capture by two groups", "dialect: stripe",
			with(login + "capture: {t: {pattern: '(a)(b)'}}\n  cookies: true"), 6, "t: {",
			"more than one group", "access_token",
		},
		{
			"selector", "dialect: stripe",
			with(login + "capture: {t: {html: 'form input'}}\n  cookies: true"),
			6, "t: {", "an element with one attribute", "access_token",
		},
		{
			"nothing to rotate", "dialect: stripe",
			with(login + "headers: {X-A: b}\n  rotate: true"), 7, "true",
			"a login that gives nothing cannot rotate anything", "remove rotate",
		},
		{
			"renew_on and refused", "dialect: stripe", with(login + "cookies: true\n  renew_on: [402]"), 7,
			"402", "402 cannot be in both renew_on and operations.charge.refused", "leave it in one",
		},
		{
			"name by two ways", "    read: {path", "    id: {header: Location, cookie: c}\n    read: {path", 8,
			"id", "write one of body, header, cookie, html and pattern", "`{header: Location}`",
		},
		{
			"unknown way of a name", "    read: {path", "    id: {haeder: Location}\n    read: {path", 8,
			"haeder", `unknown field "haeder"`, `did you mean "header"?`,
		},
		{
			"session that is not there", "{account: \"{account}\"", "{c: \"{session.csrf}\"", 14,
			`"{session`, "{session.csrf} is not declared", "",
		},
	}
}

// signedIn is the minimal contract with sessions.
func signedIn(t *testing.T) *model.Contract {
	t.Helper()
	src := spoil(t, "dialect: stripe", `dialect: stripe
tenants:
  own: {session: {login: [{path: /in, body: {user: me, pin: "${PIN:-123456}", secret: literal-secret}}],
    cookies: true, capture: {csrf: {cookie: c}}}}
  other: {}
session:
  login: {path: /in, form: {user: "${NAME}", password: "${PASSWORD}", csrf: "x{{y"}}
  capture: {csrf: {html: "meta[name=csrf]"}, token: {body: token}}
  headers: {Authorization: "Bearer {token}"}
  renew_on: [401]
  renew: 5s`)
	src = strings.Replace(src, `reference: "{mark}"`, `reference: "{mark}", csrf: "{session.csrf}"`, 1)
	c, err := contract.Parse("idemcheck.yaml", []byte(src))
	require.NoError(t, err)
	return c
}

func TestSessionsAreResolvedAndNeverSaved(t *testing.T) {
	c := signedIn(t)
	require.Equal(t, "POST", c.Session.Login[0].Method)
	require.True(t, c.Renews("other", 401))
	require.False(t, c.Renews("own", 401), "the tenant's own session has no renew_on")
	env := map[string]string{"NAME": "somebody", "PASSWORD": "brace{in}it"}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	ready, err := contract.Resolve(c, lookup)
	require.NoError(t, err)
	require.Equal(t, "brace{{in}}it", ready.Session.Login[0].Form["password"], "a template again")
	require.Equal(t, "${PASSWORD}", c.Session.Login[0].Form["password"], "the contract stays")
	require.Subset(t, contract.Secrets(c, lookup), []string{"somebody", "brace{in}it", "literal-secret"})

	text, err := json.Marshal(contract.Redacted(c))
	require.NoError(t, err)
	for _, secret := range []string{"123456", "literal-secret"} {
		require.NotContains(t, string(text), secret)
	}
	require.Contains(t, string(text), "${PASSWORD}")
	require.Contains(t, string(text), "Bearer {token}")

	var saved model.Contract
	require.NoError(t, json.Unmarshal(text, &saved))
	env["PIN"] = "1"
	_, err = contract.Resolve(&saved, lookup)
	require.ErrorContains(t, err, "this value is a secret and was not saved")
	again, err := contract.Resolve(contract.Restore(&saved, c), func(string) (string, bool) {
		return "s", true
	})
	require.NoError(t, err)
	require.Equal(t, "literal-secret", again.Tenants["own"].Session.Login[0].Body.(map[string]any)["secret"])
	require.NoError(t, contract.Check(&saved))
}

func TestALoginNeedsItsEnvironment(t *testing.T) {
	_, err := contract.Resolve(signedIn(t), func(string) (string, bool) { return "", false })
	require.ErrorContains(t, err, "session.login.0.form.password: the environment variable PASSWORD is not set")
}
