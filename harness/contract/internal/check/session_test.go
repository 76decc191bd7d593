package check_test

import (
	"strings"
	"testing"
)

// signedIn is a contract with a session and what else is written into it.
func signedIn(fields string) string {
	return `{"session": {"login": [{"method": "POST", "path": "/login", "body": {"user": "me"}}],
		"capture": {"token": {"body": "token"}}, "headers": {"Authorization": "Bearer {token}"}` +
		fields + `}}`
}

func TestSessionsAreCarriedAndEnd(t *testing.T) {
	nothing := func(fields string) string {
		return signedIn(`, "headers": null` + fields)
	}
	mistakes{
		"a token in a header": {signedIn(``), nil},
		"no login": {
			signedIn(`, "login": []`), []string{"session.login: the session does not say how to log in"},
		},
		"a session of one tenant": {
			`{"tenants": {"alpha": {"session": {"login": [], "cookies": true}}, "beta": {}}}`,
			[]string{"tenants.alpha.session.login: the session does not say how to log in"},
		},
		"nothing carries it": {
			nothing(``), []string{"session: nothing that is sent after the login carries the session"},
		},
		"cookies carry it": {nothing(`, "cookies": true`), nil},
		"operations carry it": {
			strings.TrimSuffix(nothing(``), "}") +
				`, "operations": {"charge": {"query": {"token": "{session.token}"}}}}`, nil,
		},
		"the longest that a login lasts": {signedIn(`, "renew": "24h"`), nil},
		"longer than that": {
			signedIn(`, "renew": "24h0m1s"`), []string{"session.renew: 24h0m1s is longer than a session lives"},
		},
		"what is captured rotates": {signedIn(`, "rotate": true`), nil},
		"cookies rotate": {
			signedIn(`, "capture": null, "headers": null, "cookies": true, "rotate": true`),
			nil,
		},
		"nothing rotates": {
			signedIn(`, "capture": null, "headers": {"X-User": "me"}, "rotate": true`),
			[]string{"session.rotate: a login that gives nothing cannot rotate anything"},
		},
		"a capture of nothing": {
			signedIn(`, "capture": {"token": {}}`),
			[]string{"session.capture.token: token: write one of body, header, cookie, html and pattern"},
		},
		"a name of two words": {
			signedIn(`, "capture": {"token": {"body": "token"}, "a b": {"body": "b"}}`),
			[]string{`session.capture.a b: "a b" cannot be a name`},
		},
		"an argument with the session's name": {
			strings.TrimSuffix(signedIn(``), "}") +
				`, "operations": {"charge": {"args": {"session": {"max": 9}}}}}`,
			[]string{`operations.charge.args.session: "session" has a meaning of its own in templates or expressions`},
		},
		"a name that is not captured": {
			signedIn(`, "headers": {"Authorization": "Bearer {tokn}"}`),
			[]string{"session.headers.Authorization: {tokn} is not captured"},
		},
		"a brace that nothing closes": {
			signedIn(`, "headers": {"Authorization": "Bearer {token"}`),
			[]string{"session.headers.Authorization: a brace does not enclose a name"},
		},
		"a reference that is none": {
			signedIn(`, "headers": {"Authorization": "Bearer ${1}"}`),
			[]string{"session.headers.Authorization: a reference to the environment is not well formed"},
		},
		"a reference": {signedIn(`, "headers": {"Authorization": "${SCHEME} {token}"}`), nil},
		"one header twice, with a line end": {
			signedIn(`, "headers": {"X-A": "{token}", "x-a": "b\n"}`), []string{
				`session.headers.x-a: "X-A" and "x-a" are the same header`,
				`session.headers.x-a: the value of "x-a" holds a line end`,
			},
		},
		"a header that idemcheck writes": {
			signedIn(`, "headers": {"Host": "{token}"}`),
			[]string{`session.headers.Host: the header "Host" cannot be chosen`},
		},
	}.check(t)
}

func TestLoginsCanBeSent(t *testing.T) {
	const at = "session.login.0."
	login := func(fields string) string {
		return signedIn(`, "login": [{"method": "POST", ` + fields + `}]`)
	}
	mistakes{
		"no path": {login(`"body": {}`), []string{at + "path: the path is missing"}},
		"a path on its own": {
			login(`"path": "login"`),
			[]string{at + "path: the path does not begin with a slash"},
		},
		"a method in letters": {
			login(`"path": "/login", "method": "post"`),
			[]string{at + `method: "post" is not an HTTP method`},
		},
		"two bodies": {
			login(`"path": "/login", "form": {"a": "b"}, "text": "c"`),
			[]string{at + "text: a message has one body, and this one has form and text"},
		},
		"a mapping in a query and in a form": {
			login(`"path": "/login", "query": {"a": {"b": 1}}, "form": {"a": ["b", ["c"]], "d": ["e"]}`),
			[]string{
				at + "query.a: " + at + "query cannot hold a mapping or a list of lists",
				at + "form.a: " + at + "form cannot hold a mapping or a list of lists",
			},
		},
		"files": {login(`"path": "/login", "multipart": {"photo": {"file": "a.png",
			"text": "\n", "type": "image/png"}, "tags": ["a", {"file": "b"}]}`), nil},
		"files that are none": {
			login(`"path": "/login", "multipart": {"a": {"name": "x", "text": 1},
				"b": ["x", ["y"], {"file": "c", "type": "image\n"}]}`), []string{
				at + `multipart.a.name: unknown field "name" of a file`,
				at + "multipart.a.text: text must be text",
				at + "multipart.a: the file has no name",
				at + "multipart.b.1: a field of a form cannot hold lists of lists",
				at + "multipart.b.2.type: type holds a line end",
			},
		},
		"the largest file": {
			login(`"path": "/login", "multipart": {"a": {"file": "x", "text": "` +
				strings.Repeat("x", 64<<10) + `"}}`), nil,
		},
		"a larger one": {
			login(`"path": "/login", "multipart": {"a": {"file": "x", "text": "` +
				strings.Repeat("x", 64<<10+1) + `"}}`), []string{at + "multipart.a.text: a file has 64 KiB at most"},
		},
		"a header that is none": {
			login(`"path": "/login", "headers": {"a b": "c"}`),
			[]string{at + `headers.a b: "a b" cannot be the name of a header`},
		},
	}.check(t)
}

// TestWhatEndsASessionIsNoAnswer has a status of renew_on in each list of answers.
func TestWhatEndsASessionIsNoAnswer(t *testing.T) {
	renewed := func(list string) []string {
		return []string{"session.renew_on.0: 418 cannot be in both renew_on and " + list}
	}
	renews := strings.TrimSuffix(signedIn(`, "renew_on": [418]`), "}")
	m := mistakes{"no answer": {renews + `}`, nil}}
	for _, list := range []string{
		"missing", "malformed", "mismatch", "same_body", "in_flight", "done", "transient", "expired",
	} {
		m[list] = struct {
			patch string
			want  []string
		}{renews + `, "promises": {"` + list + `": [418]}}`, renewed("promises." + list)}
	}
	for _, list := range []string{"ok", "refused"} {
		m[list] = struct {
			patch string
			want  []string
		}{
			renews + `, "operations": {"charge": {"` + list + `": [418]}}}`,
			renewed("operations.charge." + list),
		}
	}
	m.check(t)
}

func TestResourcesCanBeMadeAndRead(t *testing.T) {
	account := func(fields string) string {
		return `{"resources": {"account": {` + fields + `}}}`
	}
	const at = "resources.account."
	const owner = `{"create": {"method": "POST", "path": "/owners", "ok": [201]}, "id": "id"`
	mistakes{
		"a name that is none": {
			`{"resources": {"a b": ` + owner + `}}}`, []string{`resources.a b: "a b" cannot be a name`},
		},
		"a need": {
			`{"resources": {"owner": ` + owner + `},
			"account": {
				"needs": {"owner": "owner"}, "create": {"path": "/{owner}/{owner.id}/{key}"}}}}`,
			nil,
		},
		"a need that nobody declares": {
			account(`"needs": {"id": "owner"}`), []string{
				at + `needs.id: "id" has a meaning of its own in templates or expressions`,
				at + `needs.id: there is no resource "owner" in the contract`,
			},
		},
		"needs in a circle": {
			`{"resources": {"owner": ` + owner + `, "needs": {"first": "account"}},
				"account": {"needs": {"owner": "owner"}}}}`,
			[]string{"resources.account.needs: resources need each other in a circle: " +
				"account needs owner needs account"},
		},
		"two needs of one": {
			`{"resources": {"owner": ` + owner + `}, "bank": ` + owner + `, "needs": {"o": "owner"}},
				"account": {"needs": {"bank": "bank", "owner": "owner"}}}}`, nil,
		},
		"a name for one read": {
			account(`"read": {"path": "/accounts/{unique}/{key}"}`), []string{
				at + "read.path: {unique} is not declared", at + "read.path: {key} is not declared",
			},
		},
		"a message that cannot be sent": {
			account(`"create": {"method": "post", "path": "accounts", "text": "x", "headers": {"a b": "{me}"}}`),
			[]string{
				at + `create.method: "post" is not an HTTP method`,
				at + `create.path: the path "accounts" does not begin with a slash`,
				at + "create.text: a message has one body, and this one has body and text",
				at + `create.headers.a b: "a b" cannot be the name of a header`,
				at + "create.headers.a b: {me} is not declared",
			},
		},
		"a state that is never shown": {
			account(`"read": null`), []string{at + "state: the state of account cannot be read"},
		},
		"no state, and nothing that shows it": {
			`{"resources": {"account": {"read": null, "state": null}},
				"operations": {"charge": {"when": null, "then": null}}}`, nil,
		},
		"variables that cannot be": {
			account(`"state": {"id": {"field": "a"}, "a b": {"field": "b"}, "c": {}}`), []string{
				at + `state.a b: "a b" cannot be the name of a state variable`,
				at + `state.c: the state variable "c" does not say where it is found`,
				at + `state.id: "id" cannot be the name of a state variable`,
			},
		},
		"a spot that is none": {
			account(`"id_from": {"header": "Location", "cookie": "id"}`),
			[]string{at + "id_from: resources.account.id_from: write one of body, header, cookie, html and pattern"},
		},
	}.check(t)
}

func TestHeadersAreSentOnce(t *testing.T) {
	const at = "operations.charge.headers."
	headers := func(h string) string { return `{"operations": {"charge": {"headers": {` + h + `}}}}` }
	mistakes{
		"what an attempt has for itself": {headers(`"X-Nonce": "{attempt}", "X-Of": "{key}"`), nil},
		"what tells two operations apart": {
			headers(`"X-Of": "{mark}"`), []string{at + "X-Of: {mark} is not declared"},
		},
		"a secret": {
			headers(`"X-Token": "x"`),
			[]string{at + `X-Token: the value of "X-Token" is a secret`},
		},
		"a secret made anew": {headers(`"X-Token": "{attempt}"`), nil},
		"the header of the key": {
			headers(`"idempotency-key": "x"`),
			[]string{at + `idempotency-key: "idempotency-key" is the header of the key`},
		},
		"one twice": {
			headers(`"A": "x", "a": "y"`), []string{at + `a: "A" and "a" are the same header`},
		},
		"values that cannot be sent": {
			headers(`"A": " x", "B": "\u0001", "C": "\u007f", "D": "a\tb", "E": "x\r"`), []string{
				at + `A: the value of "A" begins or ends with a blank`,
				at + `B: the value of "B" holds a control character`,
				at + `C: the value of "C" holds a control character`,
				at + `E: the value of "E" holds a line end`,
			},
		},
		"of a target and of tenants": {
			`{"target": {"headers": {"A": "${1}", "B": "${HOST}"}}, "tenants": {"a b": {"headers": {"Te": "x"}}}}`,
			[]string{
				"target.headers.A: a reference to the environment is not well formed",
				`tenants.a b: "a b" cannot be a name`,
				`tenants.a b.headers.Te: the header "Te" cannot be chosen`,
			},
		},
	}.check(t)
}

func TestPathsAreSentAsTheyAreWritten(t *testing.T) {
	const at = "operations.charge.path: "
	path := func(p string) string { return `{"operations": {"charge": {"path": "` + p + `"}}}` }
	bad := func(shown string) []string {
		return []string{at + "the path has the character " + shown + ", which cannot stand in one"}
	}
	mistakes{
		"escaped": {path(`/a%20b%fF`), nil},
		"a percent that escapes less": {
			path(`/a%2`),
			[]string{at + "the path has a % that escapes nothing"},
		},
		"a percent that escapes none": {
			path(`/a%2g`),
			[]string{at + "the path has a % that escapes nothing"},
		},
		"a percent before other signs": {
			path(`/a%g2`),
			[]string{at + "the path has a % that escapes nothing"},
		},
		"a blank":                 {path(`/a b`), bad(`' '`)},
		"the first sign that can": {path(`/a!b~`), nil},
		"what no terminal shows":  {path(`/a\u007f`), bad(`'\x7f'`)},
		"another alphabet":        {path(`/é`), bad(`'é'`)},
		"a fragment":              {path(`/a#b`), bad(`'#'`)},
	}.check(t)
}
