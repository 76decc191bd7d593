package openapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess"
	"github.com/idemcheck/idemcheck/harness/contract/openapi"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/model"
)

// drafted makes the draft of a document.
func drafted(data []byte, o openapi.Options) (*draft.Sketch, error) {
	d, err := openapi.Read(data, o)
	if err != nil {
		return nil, err
	}
	return guess.Draft(guess.Examples{
		Source: "a document", Operations: []*shown.Call{d.Operation}, Creates: d.Creates, Ledgers: d.Ledgers,
	})
}

// contractOf makes the draft of a file in testdata, and loads it.
func contractOf(t *testing.T, file string) (*draft.Sketch, *model.Contract) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	d, err := drafted(data, openapi.Options{})
	require.NoError(t, err)
	c, err := contract.Parse("idemcheck.yaml", []byte(d.String()))
	require.NoError(t, err, d.String())
	return d, c
}

// TestDocumentsGiveContracts: ten small documents that declare a key, written after what public
// APIs of payments, orders, transfers, mail, messages, tickets and bookings do.
func TestDocumentsGiveContracts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	require.NoError(t, err)
	require.Len(t, files, 10)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			d, c := contractOf(t, filepath.Base(file))
			t.Log(d)
			require.LessOrEqual(t, d.Todos(), 3, d.String())
			require.Less(t, strings.Count(d.String(), "\n"), 60)
			require.Len(t, c.Operations, 1)
		})
	}
}

// TestWhatADocumentSays: ids are those of fresh things, bounds those of the schema, whichever
// version wrote them; an answer's made-up values are nobody's echo.
func TestWhatADocumentSays(t *testing.T) {
	_, c := contractOf(t, "bank-transfers.yaml")
	require.Equal(t, map[string]model.Arg{
		"account": {Resource: "account"}, "to_account": {Resource: "account"}, "amount": {Min: 5, Max: 10},
	}, c.Operations["create-transfer"].Args)
	require.Equal(t, map[string]any{
		"from_account": "{account}", "to_account": "{to_account}", "amount": "{amount}",
		"remittance_reference": "{mark}",
	}, c.Operations["create-transfer"].Body)
	require.Equal(t, model.AnswerType{
		Identity: "id", Fields: map[string]string{"remittance_reference": "mark"},
	}, c.Operations["create-transfer"].Answer)
	require.Equal(t, []int{202}, c.Operations["create-transfer"].OK)
	require.Equal(t, "account_id", c.Resources["account"].ID)
	require.Equal(t, model.Ledger{
		Path: "/banking/v1/accounts/{id}/transfers", Per: "account", Key: "idempotency_key",
		CorrelationID: "remittance_reference", ID: "id",
	}, c.Ledgers["transfers"])

	d, c := contractOf(t, "payouts.yaml")
	require.Equal(t, []any{int64(500), int64(1000), int64(1500)},
		c.Operations["create-payout"].Args["amount"].OneOf)
	require.Contains(t, d.String(), draft.Todo+
		"paths./payouts.post.requestBody.properties.purpose_code has no example")

	_, c = contractOf(t, "bookings.yaml")
	require.Equal(t, "X-Operation", c.Key.Header, "it is known by its description alone")
	require.Empty(t, c.Operations["book"].Refused)
	require.Equal(t, model.Arg{Min: 2, Max: 4}, c.Operations["book"].Args["guests"])

	_, c = contractOf(t, "charges.yaml")
	require.Equal(t, "https://eu.pay.example", c.Target.URL)
	require.Equal(t, "/v1/charges?customer={id}&limit=100", c.Ledgers["charges"].Path)
	require.Equal(t, "data", c.Ledgers["charges"].Items)

	_, c = contractOf(t, "shop-payments.yaml")
	require.Empty(t, c.Key.Header)
	require.Equal(t, "{key}", c.Operations["create-payment"].Body.(map[string]any)["idempotency_key"])
}

func TestAnOperationByName(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "charges.yaml"))
	require.NoError(t, err)
	for _, name := range []string{"createCustomer", "POST /customers"} {
		d, err := openapi.Read(data, openapi.Options{Operation: name})
		require.NoError(t, err)
		require.Equal(t, "https://eu.pay.example/v1/customers", d.Operation.URL)
		require.Equal(t, []string{"createCharge"}, d.Others)
	}
	_, err = openapi.Read(data, openapi.Options{Operation: "createOrder"})
	require.ErrorContains(t, err, `no operation "createOrder"`)
	require.ErrorContains(t, err, "name one of: createCharge, createCustomer")
}

// TestServers: a server may be relative to where the document is.
func TestServers(t *testing.T) {
	for servers, want := range map[string]string{
		`[{"url":"/v2/"}]`: "http://127.0.0.1:1/v2/a",
		`[]`:               "http://127.0.0.1:1/a",
		`[{"url":"https://u:p@h.example/x?y#z"}]`: "https://h.example/x/a",
		`[{"url":"ftp://h.example/x"}]`:           "http://127.0.0.1:8080/x/a",
	} {
		d, err := openapi.Read([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":`+servers+
			`,"paths":{"/a":{"post":{"responses":{"200":{"description":"x"}}}}}}`),
			openapi.Options{Base: "http://127.0.0.1:1/docs/openapi.json"})
		require.NoError(t, err)
		require.Equal(t, want, d.Operation.URL, servers)
	}
}

// TestDocumentsThatCannotBeRead: each error says what to do.
func TestDocumentsThatCannotBeRead(t *testing.T) {
	for document, want := range map[string]string{
		"":                           "version 3.0 or 3.1",
		"{":                          "no OpenAPI document",
		`{"swagger":"2.0"}`:          "version 3.0 or 3.1",
		`{"openapi":"3.0.0"}`:        "has no paths",
		"openapi: 3.0.0\npaths: {}":  "has no paths",
		"openapi: 3.0.0\npaths: [1]": "no OpenAPI document",
		"openapi: 3.0.0\npaths: {/a: {get: {responses: {}}}}":  "no operation that changes something",
		"openapi: 3.0.0\npaths: {/a: {$ref: other.yaml#/a}}":   "bundle it",
		"openapi: 3.0.0\npaths: {/a: {$ref: 'http://h/a.js'}}": "bundle it",
	} {
		_, err := openapi.Read([]byte(document), openapi.Options{})
		require.ErrorContains(t, err, want, document)
		require.ErrorContains(t, err, "\n  next: ", document)
	}
}

// TestSchemasThatContainThemselves come to an end.
func TestSchemasThatContainThemselves(t *testing.T) {
	_, err := drafted([]byte(`
openapi: 3.0.0
paths:
  /a:
    post:
      parameters: [{name: Idempotency-Key, in: header}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
      responses:
        "200": {description: x, content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
components:
  schemas:
    A:
      required: [a, b]
      properties:
        a: {$ref: "#/components/schemas/A"}
        b: {type: array, items: {$ref: "#/components/schemas/A"}}
        c: {allOf: [{$ref: "#/components/schemas/A"}]}
`), openapi.Options{})
	require.NoError(t, err)
}

// FuzzRead: whatever a document is, reading it and guessing end.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("openapi: 3.0.0\npaths: {/a/{b}: {post: {responses: null, requestBody: {content: {x: {}}}}}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := drafted(data, openapi.Options{})
		if err == nil && d.String() == "" {
			t.Error("a draft of nothing")
		}
	})
}
