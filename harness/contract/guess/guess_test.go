package guess_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/curl"
	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/model"
)

// line reads a curl line; answer is what the service says to it, "201 {…}" or "".
func line(t *testing.T, text, answer string) *shown.Call {
	t.Helper()
	e, err := curl.Parse(text, nil)
	require.NoError(t, err)
	if text, body, has := strings.Cut(answer, " "); has {
		status, err := strconv.Atoi(text)
		require.NoError(t, err)
		e.Reply = &shown.Returned{Status: status, Body: body}
	}
	return e
}

// contractOf guesses, and loads what was guessed.
func contractOf(t *testing.T, x guess.Examples) (*draft.Sketch, *model.Contract) {
	t.Helper()
	x.Source = "a test"
	d, err := guess.Draft(x)
	require.NoError(t, err)
	c, err := contract.Parse("idemcheck.yaml", []byte(d.String()))
	require.NoError(t, err, d.String())
	require.Less(t, strings.Count(d.String(), "\n"), 60)
	return d, c
}

const order = `curl http://127.0.0.1:8090/api/v1/orders?channel=web -H 'Authorization: Bearer s3cret' ` +
	`-H 'Idempotency-Key: 5f1c' -H 'X-Region: eu' -H 'User-Agent: x' ` +
	`--json '{"sku":"A1","quantity":12,"note":"{gift}","reference":"order 77","express":false}'`

func TestOneLine(t *testing.T) {
	d, c := contractOf(t, guess.Examples{Operations: []*shown.Call{line(t, order, "")}})
	require.Equal(t, "http://127.0.0.1:8090", c.Target.URL)
	require.Equal(t, map[string]string{
		"Accept": "application/json", "Authorization": "Bearer ${API_TOKEN}", "X-Region": "eu",
	}, c.Target.Headers)
	require.Equal(t, "Idempotency-Key", c.Key.Header)
	o := c.Operations["create-order"]
	require.Equal(t, "/api/v1/orders?channel=web", o.Path)
	require.Equal(t, map[string]any{
		"sku": "A1", "quantity": "{quantity}", "note": "{{gift}}", "reference": "{mark}", "express": false,
	}, o.Body)
	require.Equal(t, map[string]model.Arg{"quantity": {Min: 6, Max: 12}}, o.Args)
	require.Equal(t, "reference", c.Ledgers["orders"].CorrelationID)
	require.Equal(t, []draft.FromEnv{
		{Name: "API_TOKEN", Holds: `what Authorization holds behind "Bearer"`},
	}, d.Variables)
	require.NotContains(t, d.String(), "s3cret")
	require.Equal(t, 2, d.Todos(), "where effects are listed, and in which field: %s", d)
}

// TestAnswersLeaveNothingOpen: with the answers known nothing has to be said by hand.
func TestAnswersLeaveNothingOpen(t *testing.T) {
	d, c := contractOf(t, guess.Examples{
		Operations: []*shown.Call{line(t, order,
			`201 {"order_id":"o-9","quantity":12,"reference":"order 77","total":99,"links":{"id":"x"}}`)},
		Creates: []*shown.Call{line(t,
			`curl http://127.0.0.1:8090/api/v1/products --json '{"sku":"A1","stock":3}'`, `201 {"sku":"A1"}`)},
		Ledgers: []*shown.Call{line(t, `curl http://127.0.0.1:8090/api/v1/products/A1/orders`,
			`200 {"meta":{"pages":[]},"data":{"list":[{"id":"o-1","ref":"other","n":1},`+
				`{"id":"o-9","ref":"order 77","quantity":12,"meta":{"idempotency_key":"5f1c"}}]}}`)},
	})
	require.Zero(t, d.Todos(), d.String())
	require.Equal(t, model.ResourceType{
		Create: model.Message{
			Method: "POST", Path: "/api/v1/products", OK: []int{201},
			Body: map[string]any{"sku": "{unique}", "stock": int64(3)},
		},
		ID: "sku",
	}, c.Resources["product"])
	o := c.Operations["create-order"]
	require.Equal(t, []int{201}, o.OK)
	require.Equal(t, "{product}", o.Body.(map[string]any)["sku"])
	require.Equal(t, model.AnswerType{
		Identity: "order_id", Fields: map[string]string{"quantity": "quantity", "reference": "mark"},
	}, o.Answer)
	require.Equal(t, []model.EffectType{
		{Ledger: "orders", Resource: "product", Fields: map[string]string{"quantity": "quantity"}},
	}, o.Effects)
	require.Equal(t, model.Ledger{
		Path: "/api/v1/products/{id}/orders", Per: "product", Items: "data.list", CorrelationID: "ref",
		Key: "meta.idempotency_key", ID: "id",
	}, c.Ledgers["orders"])
}

func TestWhereTheKeyIs(t *testing.T) {
	for _, tt := range []struct{ name, line, header, dialect string }{
		{"quoted", `curl 127.0.0.1/a -H 'idempotency-key: "1"' --json '{"ref":"x"}'`, "idempotency-key", ""},
		{
			"PayPal", `curl 127.0.0.1/a -H 'PayPal-Request-Id: 1' --json '{"ref":"x"}'`,
			"PayPal-Request-Id", "paypal",
		},
		{
			"the surer of two",
			`curl 127.0.0.1/a -H 'X-Request-Id: 2' -H 'X-Idempotency-Token: 1' --json '{"ref":"x"}'`,
			"X-Idempotency-Token", "",
		},
		{"a request id", `curl 127.0.0.1/a -H 'X-Request-ID: 2' --json '{"ref":"x"}'`, "X-Request-ID", ""},
		{"in the body", `curl 127.0.0.1/a --json '{"ref":"x","idempotency_key":"1"}'`, "", ""},
		{"nowhere", `curl 127.0.0.1/a --json '{"ref":"x"}'`, "Idempotency-Key", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, c := contractOf(t, guess.Examples{Operations: []*shown.Call{line(t, tt.line, "")}})
			require.Equal(t, tt.header, c.Key.Header)
			require.Equal(t, tt.dialect, c.Dialect)
			require.Equal(t, tt.name == "quoted", c.Key.Quoted != nil && *c.Key.Quoted)
			require.Equal(t, tt.name == "nowhere", strings.Contains(d.String(), "no line sends a key"))
			if tt.header == "" {
				require.Equal(t, "{key}", c.Operations["a"].Body.(map[string]any)["idempotency_key"])
			}
		})
	}
}

// TestOtherBodies: a form is written field by field; what cannot be said is marked.
func TestOtherBodies(t *testing.T) {
	_, c := contractOf(t, guess.Examples{Operations: []*shown.Call{line(t,
		`curl 127.0.0.1/pay -u me:s3cret -d 'amount=2000&currency=eur' -d description=a%20{b} -d cvc=123`, "")}})
	o := c.Operations["pay"]
	require.Equal(t, map[string]any{
		"amount": "{amount}", "currency": "eur", "description": "{mark}", "cvc": "secret",
	}, o.Form)
	require.Empty(t, o.Headers)
	require.Equal(t, map[string]string{"Authorization": "Basic ${API_BASIC}"}, c.Target.Headers)

	_, c = contractOf(t, guess.Examples{Operations: []*shown.Call{line(t,
		`curl 127.0.0.1/orders -X PUT -H 'Content-Type: application/vnd.api+json' `+
			`-d '{"data":{"attributes":{"price":12.50,"memo":"m",`+
			`"items":[{"qty":1},{"qty":2}],"token":"s3cret"}}}'`, "")}})
	o = c.Operations["replace-order"]
	require.Equal(t, "PUT", o.Method)
	require.Equal(t, map[string]string{"Content-Type": "application/vnd.api+json"}, o.Headers)
	require.Equal(t, map[string]any{"data": map[string]any{"attributes": map[string]any{
		"price": "{price}", "memo": "{mark}", "token": "secret",
		"items": []any{map[string]any{"qty": "{qty}"}, map[string]any{"qty": "{qty_2}"}},
	}}}, o.Body)
	require.Equal(t, "data.attributes.memo", c.Ledgers["orders"].CorrelationID)

	d, _ := contractOf(t, guess.Examples{Operations: []*shown.Call{line(t, `curl 127.0.0.1/up -F a=b`, "")}})
	require.Contains(t, d.String(), draft.Todo+"the line sends a multipart form")
	d, _ = contractOf(t, guess.Examples{Operations: []*shown.Call{line(t,
		`curl 127.0.0.1/up -H 'Content-Type: text/xml' -d '<a>{b}</a>'`, "")}})
	require.Contains(t, d.String(), draft.Todo+"put {mark}")
}

// TestSecretsStayOutside: whatever holds a secret, the file does not.
func TestSecretsStayOutside(t *testing.T) {
	d, _ := contractOf(t, guess.Examples{Operations: []*shown.Call{line(t, ""+
		`curl 'http://me:s3cret@127.0.0.1/a?`+
		`api_key=s3cret&x=1' -b 'session=s3cret' -H 'X-Api-Key: s3cret' -H 'X-Csrf-Token: s3cret' `+
		`-H "X-Auth-Token: Bearer $AUTH" --json '{"password":"s3cret","ref":"r"}'`, "")}})
	require.NotContains(t, d.String(), "s3cret")
	var names []string
	for _, v := range d.Variables {
		names = append(names, v.Name)
		require.NotContains(t, v.Holds, "s3cret")
	}
	require.Equal(t, []string{"SESSION_COOKIE", "API_KEY", "CSRF_TOKEN", "API_BASIC"}, names)
	require.Contains(t, d.String(), `X-Auth-Token: "Bearer ${AUTH}"`)
}

func TestWhatIsSaidOfALine(t *testing.T) {
	d, c := contractOf(t, guess.Examples{
		Operations: []*shown.Call{
			line(t, `curl -k http://127.0.0.1/accounts/acc_9x/pay --json '{"amount":-5,"memo":"m"}'`, "401 {}"),
			line(t, `curl -X DELETE http://127.0.0.1/accounts/acc_9x/pay`, ""),
			line(t, `curl http://127.0.0.1/accounts/acc_9x/pay --json '{"text":"m"}'`, "202 {}"),
		},
		Creates: []*shown.Call{line(t, `curl http://127.0.0.1/users --json '{"email":"a@b.de"}'`, "")},
		Ledgers: []*shown.Call{
			line(t, `curl http://127.0.0.2/pay`, `200 [{"x":1}]`), line(t, `curl http://127.0.0.1/pay`, `200 []`),
		},
	})
	require.Contains(t, d.String(), "show one that succeeds")
	require.Contains(t, d.String(), "each case works on this one")
	require.Contains(t, d.String(), "promises.settle")
	require.Contains(t, strings.Join(d.Left, "\n"), "127.0.0.2 is another host")
	require.Contains(t, strings.Join(d.Left, "\n"), "target.tls.ca")
	require.Contains(t, strings.Join(d.Left, "\n"), "put {user} where it belongs")
	require.Len(t, c.Operations, 3)
	require.Len(t, c.Ledgers, 2)
	require.Equal(t, map[string]any{"email": "{unique}@example.com"}, c.Resources["user"].Create.Body)
	require.Equal(t, model.Arg{Min: -5, Max: -2}, c.Operations["pay"].Args["amount"])

	_, err := guess.Draft(guess.Examples{})
	require.ErrorContains(t, err, "next: ")
}

// FuzzDraft: whatever was shown, the draft is a contract.
func FuzzDraft(f *testing.F) {
	f.Add("http://h/a/b-1?c=d", `{"ref":"x","qty":3,"b-1":["c"]}`, `{"items":[{"ref":"x","id":1}]}`)
	f.Add("https://h:1/%7B/%", "a=1&b={x}&amount=5", `[[],{}]`)
	f.Add("http://h/\"#|é/{x}?{=}&token", `{"true":{"":{"in":7,"amount":9e99}}}`, `null`)
	f.Fuzz(func(t *testing.T, url, body, answer string) {
		e := &shown.Call{Method: "POST", URL: url, Body: body}
		e.Reply = &shown.Returned{Status: 200, Body: answer}
		e.Headers = []shown.Pair{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
		ledger := &shown.Call{Method: "GET", URL: url, Reply: e.Reply}
		d, err := guess.Draft(guess.Examples{
			Operations: []*shown.Call{e, e}, Creates: []*shown.Call{e},
			Ledgers: []*shown.Call{ledger},
		})
		if err != nil {
			return
		}
		if _, err := contract.Parse("idemcheck.yaml", []byte(d.String())); err != nil && isPlainURL(url) {
			t.Errorf("%v\n%s", err, d)
		}
	})
}

// isPlainURL leaves out targets that no contract can have.
func isPlainURL(url string) bool { return strings.HasPrefix(url, "http://h/") }
