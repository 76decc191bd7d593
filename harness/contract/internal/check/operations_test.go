package check_test

import (
	"strings"
	"testing"
)

const asyncPatch = `{"operations": {"charge": {"async": {"accepted": [202], "poll": {"header": "Location"},
	"done": {"field": "state", "values": ["done"]}, %s}}}}`

func TestArgumentsHaveValues(t *testing.T) {
	const at = "operations.charge.args.extra"
	extra := func(domain string) string {
		return `{"operations": {"charge": {"args": {"extra": ` + domain + `}}}}`
	}
	other := func(domain string) string {
		return extra(`{` + domain + `}`)
	}
	long := strings.Repeat("9", 18)
	mistakes{
		"no values": {
			other(`"as": ""`),
			[]string{at + `: the argument "extra" has no values`},
		},
		"only zero":      {other(`"one_of": [0]`), nil},
		"a min alone":    {extra(`{"min": -1}`), nil},
		"an only number": {extra(`{"min": 7, "max": 7}`), nil},
		"a resource that nobody declares": {
			other(`"resource": "acount"`),
			[]string{at + `.resource: there is no resource "acount" in the contract`},
		},
		"more than can be counted": {
			extra(`{"min": -9223372036854775808, "max": 1}`),
			[]string{at + `: the argument "extra" has more values than can be counted`},
		},
		"decimals written as nobody does": {
			other(`"decimal": {"min": "1", "max": "2", "as": "float"}`),
			[]string{at + `.decimal.as: unknown value "float" for ` + at + `.decimal.as`},
		},
		"two ends that are none": {
			other(`"decimal": {"min": "x", "max": "y"}`),
			[]string{at + `.decimal.min: "x" is no decimal number`},
		},
		"a second end that is none": {
			other(`"decimal": {"min": "1", "max": "y"}`),
			[]string{at + `.decimal.max: "y" is no decimal number`},
		},
		"as many digits as there may be": {
			other(`"decimal": {"min": "0", "max": "0.000000000001"}`),
			nil,
		},
		"a digit too many": {
			other(`"decimal": {"min": "0", "max": "0.0000000000001"}`),
			[]string{at + ".decimal.max: 0.0000000000001 has more than 12 digits behind its point"},
		},
		"one decimal": {other(`"decimal": {"min": "1.5", "max": "1.50", "as": "number"}`), nil},
		"decimals that cannot be counted": {
			other(`"decimal": {"min": "-` + long + `", "max": "` + long + `.999"}`),
			[]string{at + ".decimal: there are more numbers between -" + long + " and " + long +
				".999 than can be counted"},
		},
		"the longest texts": {other(`"text": {"alphabet": "ab", "min": 1000, "max": 1000}`), nil},
		"longer texts": {
			other(`"text": {"alphabet": "ab", "min": 2, "max": 1001}`),
			[]string{at + ".text: there may be 1000 at most"},
		},
		"texts of no characters": {other(`"text": {"alphabet": "ab", "min": 0}`), nil},
		"texts of less": {
			other(`"text": {"alphabet": "ab", "min": -1, "max": 2}`),
			[]string{at + ".text: min and max count something"},
		},
		"texts up to less": {
			other(`"text": {"alphabet": "ab", "max": -1}`),
			[]string{at + ".text: min and max count something"},
		},
		"a pattern of words": {
			other(`"text": {"pattern": "a\\bc"}`),
			[]string{at + ".text.pattern: the pattern says where a text begins or ends"},
		},
		"a pattern with all characters but one": {other(`"text": {"pattern": "[^a]{20}"}`), nil},
		"a pattern with a length of its own": {
			other(`"text": {"pattern": "[a-z]", "max": 3}`),
			[]string{at + ".text: min and max belong to an alphabet"},
		},
		"the longest lists": {other(`"list": {"of": {"max": 9}, "max": 50}`), nil},
		"longer lists": {
			other(`"list": {"of": {"max": 9}, "min": 51}`), []string{at + ".list: there may be 50 at most"},
		},
		"lists of nothing": {
			other(`"list": {"of": {}, "max": 2}`), []string{at + `.list.of: the argument "extra" has no values`},
		},
		"lists of lists": {
			other(`"list": {"of": {"list": {"of": {"max": 9}}}}`),
			[]string{at + ".list.of: a list cannot hold resources or lists"},
		},
	}.check(t)
}

// TestNamesHaveNoOtherMeaning has words of templates and of expressions as names of arguments.
func TestNamesHaveNoOtherMeaning(t *testing.T) {
	named := func(name string) string {
		return `{"operations": {"charge": {"args": {"` + name + `": {"max": 9}}}}}`
	}
	m := mistakes{
		"a name of two words": {
			named("a b"), []string{`operations.charge.args.a b: "a b" cannot be a name`},
		},
		"a usual name":                         {named("Amount_2"), nil},
		"what a session is called without one": {named("session"), nil},
	}
	for _, word := range []string{"attempt", "id", "identity", "key", "mark", "unique", "in", "true"} {
		m[word] = struct {
			patch string
			want  []string
		}{named(word), []string{`operations.charge.args.` + word + `: "` + word +
			`" has a meaning of its own in templates or expressions`}}
	}
	m.check(t)
}

func TestEffectsAreFoundInLedgers(t *testing.T) {
	const at = "operations.charge.effects.0"
	effect := func(fields string) string {
		return `{"operations": {"charge": {"effects": [` + fields + `]}}}`
	}
	mistakes{
		"no ledger": {effect(`{"kind": "charge"}`), []string{at + ": the effect names no ledger"}},
		"a ledger that nobody declares": {
			effect(`{"ledger": "bok", "resource": "nobody"}`),
			[]string{at + `.ledger: there is no ledger "bok" in the contract`},
		},
		"a kind, and nobody knows where it stands": {
			`{"ledgers": {"book": {"kind": null}}}`,
			[]string{at + `.kind: the ledger "book" does not say which field holds the kind`},
		},
		"no kind": {`{"ledgers": {"book": {"kind": null}}, "operations": {"charge": {"effects":
			[{"ledger": "book", "resource": "account"}]}}}`, nil},
		"no resource": {
			effect(`{"ledger": "book", "kind": "charge"}`),
			[]string{at + `: the ledger "book" is read once per account, but the effect does not say of which`},
		},
		"no resource, and none is asked for": {
			`{"ledgers": {"book": {"per": null, "path": "/book"}}, "operations": {"charge": {"effects":
				[{"ledger": "book", "kind": "charge"}]}}}`, nil,
		},
		"a resource beside a ledger that asks for none": {
			`{"ledgers": {"book": {"per": null, "path": "/book"}}}`, nil,
		},
		"a resource that is no argument": {
			effect(`{"ledger": "book", "kind": "charge", "resource": "acount"}`),
			[]string{at + `.resource: there is no resource "acount" among the arguments`},
		},
		"a resource of another type": {
			`{"resources": {"shop": {"create": {"method": "POST", "path": "/shops", "ok": [201]}, "id": "id"}},
				"operations": {"charge": {"args": {"shop": {"resource": "shop"}},
				"effects": [{"ledger": "book", "kind": "charge", "resource": "shop"}]}}}`,
			[]string{at + `.resource: "shop" is of type shop, but the ledger "book" is read once per account`},
		},
		"a mark that nobody sends, and no key": {
			`{"ledgers": {"book": {"key": null}}, "operations": {"charge": {"body": {"reference": null}}}}`,
			[]string{at + `: the ledger "book" cannot tell whose effect an item is: ` +
				"charge sends neither its key nor its correlation ID"},
		},
		"a mark that a step before sends": {
			`{"ledgers": {"book": {"key": null}}, "operations": {"charge": {"body": {"reference": null},
				"before": [{"method": "POST", "path": "/carts", "body": {"mark": "{mark}"}}]}}}`, nil,
		},
		"a key that nobody sends": {
			`{"key": {"header": null}, "ledgers": {"book": {"mark": null}}}`,
			[]string{at + `: the ledger "book" cannot tell whose effect an item is: ` +
				"charge sends neither its key nor its correlation ID"},
		},
	}.check(t)
}

func TestWhatIsAcceptedHasAnEnd(t *testing.T) {
	async := func(fields string) string {
		return strings.Replace(asyncPatch, "%s", fields, 1)
	}
	const at = "operations.charge.async"
	mistakes{
		"every millisecond": {async(`"every": "1ms", "within": "1ms"`), nil},
		"up to a minute":    {async(`"within": "1m"`), nil},
		"more often": {
			async(`"every": "999us"`), []string{at + ": the state cannot be read every 999µs for 5s"},
		},
		"for less than once": {
			async(`"every": "2ms", "within": "1ms"`), []string{at + ": the state cannot be read every 2ms for 1ms"},
		},
		"for longer": {
			async(`"within": "1m0.001s"`), []string{at + ": the state cannot be read every 50ms for 1m0.001s"},
		},
		"accepted and refused": {
			async(`"accepted": [402, 503]`), []string{
				at + ".accepted.0: 402 cannot be in both accepted and refused",
				at + ".accepted.1: 503 cannot be in both accepted and promises.transient",
			},
		},
		"a header that is none": {
			async(`"poll": {"header": "a b"}`), []string{at + `.poll.header: "a b" cannot be the name of a header`},
		},
		"a path of what has a name": {
			async(`"poll": {"header": null, "path": "/jobs/{identity}"}`),
			nil,
		},
		"a path with another name": {
			async(`"poll": {"header": null, "path": "/jobs/{job}"}`),
			[]string{at + ".poll.path: {job} is not declared"},
		},
		"a refusal without a value": {
			async(`"refused": {"field": "state"}`),
			[]string{at + ".refused: it does not say by which values of which field the state is told"},
		},
		"a refusal without a field": {
			async(`"refused": {"values": ["failed"]}`),
			[]string{at + ".refused: it does not say by which values of which field the state is told"},
		},
	}.check(t)
}

func TestFailuresAreSentAndMeanNothingElse(t *testing.T) {
	const at = "operations.charge.fails_when.0"
	fails := func(failure string) string {
		return `{"operations": {"charge": {"fails_when": [` + failure + `]}}}`
	}
	mixed := func(list string) string {
		return `{"promises": {"` + list + `": [418]}, "operations": {"charge": {"fails_when":
			[{"args": {"amount": 666}, "answers": [418]}]}}}`
	}
	m := mistakes{
		"a number beyond all that is drawn": {
			fails(`{"args": {"amount": 666}, "answers": [500]}`),
			nil,
		},
		"nothing is said": {fails(`{}`), []string{
			at + ": nothing says when the operation fails",
			at + ": nothing says what a failing operation is answered",
		}},
		"an argument that nobody declares": {
			fails(`{"args": {"amont": 1}, "answers": [500]}`),
			[]string{at + `.args.amont: there is no argument "amont" in the contract`},
		},
		"a resource": {
			fails(`{"args": {"account": "a"}, "answers": [500]}`),
			[]string{at + `.args.account: the argument "account" is a fresh resource, which has no value of its own`},
		},
		"an argument that is not sent": {
			`{"operations": {"charge": {"body": {"amount": null},
				"fails_when": [{"args": {"amount": 6}, "answers": [500]}]}}}`,
			[]string{at + `.args.amount: the service is not sent the argument "amount", ` +
				"and cannot fail because of it"},
		},
		"a text where numbers are": {
			fails(`{"args": {"amount": "6"}, "answers": [500]}`),
			[]string{at + `.args.amount: 6 is no value of the argument "amount"`},
		},
		"answers that are no failures": {
			fails(`{"args": {"amount": 6}, "answers": [99, 100, 399, 400]}`), []string{
				at + ".answers.0: 99 is not an HTTP status",
				at + ".answers.1: 100 is no failure", at + ".answers.2: 399 is no failure",
				at + ".answers.3: 400 cannot be in both fails_when and promises.missing",
			},
		},
		"a refusal": {
			fails(`{"args": {"amount": 6}, "answers": [402]}`),
			[]string{at + ".answers.0: 402 cannot be in both fails_when and refused"},
		},
		"try again": {mixed("transient"), nil},
	}
	for _, list := range []string{
		"in_flight", "done", "mismatch", "same_body", "missing", "malformed", "expired",
	} {
		m[list] = struct {
			patch string
			want  []string
		}{mixed(list), []string{at + ".answers.0: 418 cannot be in both fails_when and promises." + list}}
	}
	m.check(t)
}

func TestStepsBeforeHandOutNames(t *testing.T) {
	before := func(steps, more string) string {
		return `{"operations": {"charge": {"before": [` + steps + `]` + more + `}}}`
	}
	const cart = `{"method": "POST", "path": "/carts", "capture": {"cart": {"body": "id"}}}`
	const at = "operations.charge."
	mistakes{
		"a name that a step hands out": {before(cart, `, "path": "/carts/{cart}/charges"`), nil},
		"before it is there": {
			before(`{"method": "POST", "path": "/carts/{cart}", "capture": {"cart": {"body": "id"}}}`, ""),
			[]string{at + "before.0.path: {cart} is not declared"},
		},
		"in the next step": {before(cart+`, {"method": "PUT", "path": "/carts/{cart}"}`, ""), nil},
		"the text of an attempt is for attempts": {
			before(`{"method": "POST", "path": "/x/{attempt}"}`, `, "headers": {"X-Nonce": "{attempt}"}`),
			[]string{at + "before.0.path: {attempt} is not declared"},
		},
		"the key that a client made": {before(`{"method": "POST", "path": "/x/{key}"}`, ""), nil},
		"a name twice": {
			before(`{"method": "POST", "path": "/x", "capture": {"amount": {"body": "id"}}}`, ""),
			[]string{at + `before.0.capture.amount: "amount" is a name already: of an argument, ` +
				"or of what a step before captures"},
		},
		"a capture of nothing": {
			before(`{"method": "POST", "path": "/x", "capture": {"cart": {}}}`, ""),
			[]string{at + "before.0.capture.cart: cart: write one of body, header, cookie, html and pattern"},
		},
	}.check(t)
}

func TestOperationsAreNamedAndAnswered(t *testing.T) {
	const at = "operations.charge."
	charge := func(fields string) string {
		return `{"operations": {"charge": {` + fields + `}}}`
	}
	needy := func(needs string) string {
		return `{"resources": {"owner": {"create": {"method": "POST", "path": "/o"}, "id": "id"},
			"account": {"needs": {` + needs + `}}}}`
	}
	mistakes{
		"none": {
			`{"operations": null}`,
			[]string{"operations: the contract declares no operations"},
		},
		"a name that is none": {
			`{"operations": {"a b": {"method": "POST", "path": "/x", "ok": [200]}}}`,
			[]string{`operations.a b: "a b" cannot be a name`},
		},
		"a label": {charge(`"label": "not"`), nil},
		"an unknown label": {
			charge(`"label": "maybe"`), []string{at + `label: unknown value "maybe" for operations.charge.label`},
		},
		"nothing that says done": {
			charge(`"ok": []`), []string{at + "ok: the operation does not say which answers mean success"},
		},
		"done is said later": {
			`{"operations": {"charge": {"ok": [],
			"async": {
				"accepted": [202], "poll": {"field": "self"}, "done": {"field": "s", "values": [1]}}}}}`,
			nil,
		},
		"a lookup of what has no name": {
			charge(`"answer": {"identity": null}`),
			[]string{at + "answer.lookup: {identity} stands for nothing: the answer's identity is not declared"},
		},
		"a lookup by what the answer does not name": {
			charge(`"answer": {"lookup": "/charges/{account}"}`),
			[]string{at + "answer.lookup: {account} is not declared"},
		},
		"a state read by what has no name": {
			charge(`"answer": {"identity": null, "lookup": null}, "async": {"accepted": [202],
				"poll": {"path": "/jobs/{identity}"}, "done": {"field": "s", "values": [1]}}`),
			[]string{at + "async.poll.path: {identity} stands for nothing: the answer's identity is not declared"},
		},
		"a name that stands nowhere": {
			charge(`"answer": {"identity_from": {}}`), []string{at + "answer.identity_from: " + at +
				"answer.identity_from: write one of body, header, cookie, html and pattern"},
		},
		"what is sent names nobody": {
			charge(`"query": {"of": "{me}", "in": {"a": 1}}, "body": null, "form": {"a": "{account}",
				"b": "{amount}", "c": "{mark}", "d": [[1]]}`), []string{
				at + "query.of: {me} is not declared",
				at + "query.in: " + at + "query cannot hold a mapping or a list of lists",
				at + "form.d: " + at + "form cannot hold a mapping or a list of lists",
			},
		},
		"the key that a step hands out, before it": {
			`{"key": {"from": "token", "max_length": null}, "operations": {"charge": {"before":
				[{"method": "POST", "path": "/x/{key}", "capture": {"token": {"body": "t"}}}]}}}`,
			[]string{at + "before.0.path: {key} is not declared"},
		},
		"as many resources as can be named": {needy(`"a": "owner", "b": "owner"`), nil},
		"a reference to the environment in a path": {
			charge(`"path": "/{HOST}"`), []string{at + "path: {HOST} is not declared"},
		},
		"a brace that nothing closes": {
			charge(`"path": "/{account"`), []string{at + "path: a brace does not enclose a name"},
		},
		"what all sessions capture": {
			strings.TrimSuffix(signedIn(""), "}") + `, "operations": {"charge": {
				"path": "/{session.token}", "headers": {"X-Of": "{session.token}"},
				"answer": {"lookup": "/{session.token}/{identity}"}}},
				"ledgers": {"book": {"path": "/{session.token}/{id}"}},
				"resources": {"account": {"create": {"path": "/{session.token}"}}}}`, nil,
		},
		"what the session of one tenant captures": {
			`{"tenants": {"a": {"session": {"login": [{"method": "POST", "path": "/in"}], "cookies": true,
				"capture": {"token": {"body": "t"}}}}, "b": {}},
				"operations": {"charge": {"path": "/{session.token}"}}}`,
			[]string{at + "path: {session.token} is not declared"},
		},
		"a header twice": {
			`{"target": {"headers": {"X-A": "1", "x-a": "2"}},
				"ledgers": {"book": {"headers": {"X-B": "1", "x-b": "2"}}}}`, []string{
				`target.headers.x-a: "X-A" and "x-a" are the same header`,
				`ledgers.book.headers.x-b: "X-B" and "x-b" are the same header`,
			},
		},
	}.check(t)
}
