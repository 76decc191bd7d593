package starting_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/starting"
)

const document = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"/api"}],
"paths":{"/notes":{"post":{"operationId":"note",
"requestBody":{"content":{"application/json":{"schema":{"properties":{"text":{"type":"string"}}}}}},
"responses":{"201":{"description":"made"}}}}}}`

// TestADocumentFromTheNetwork: servers are relative to where it is, and redirects are not followed.
func TestADocumentFromTheNetwork(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/openapi.json" {
			http.Redirect(w, r, "http://203.0.113.1/", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(document))
	}))
	defer server.Close()
	d, err := starting.Draft(t.Context(), starting.Given{OpenAPI: server.URL + "/openapi.json"})
	require.NoError(t, err)
	require.Equal(t, server.URL, d.URL)
	require.Contains(t, d.String(), "path: /api/notes")

	_, err = starting.Draft(t.Context(), starting.Given{OpenAPI: server.URL + "/moved"})
	require.ErrorContains(t, err, "302 Found")
	require.ErrorContains(t, err, "next: ")
	_, err = starting.Draft(t.Context(), starting.Given{OpenAPI: "http://"})
	require.ErrorContains(t, err, "next: ")
}

func TestWhatDoesNotGoTogether(t *testing.T) {
	file := filepath.Join(t.TempDir(), "openapi.json")
	require.NoError(t, os.WriteFile(file, []byte(document), 0o600))
	for want, given := range map[string]starting.Given{
		"each say what to send": {OpenAPI: file, Curl: []string{"curl http://127.0.0.1/a"}},
		"of no document":        {Operation: "note"},
		"no operation \"pay\"":  {OpenAPI: file, Operation: "pay"},
		"no such file":          {OpenAPI: file + "x"},
		"reading the recording": {HAR: file + "x"},
		"it has no log":         {HAR: file},
		"--ledger: ":            {OpenAPI: file, Ledger: []string{"curl"}},
	} {
		_, err := starting.Draft(t.Context(), given)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "next: ")
	}
	d, err := starting.Draft(t.Context(), starting.Given{
		OpenAPI: file, Ledger: []string{"curl http://127.0.0.1:8080/log?all=1"},
	})
	require.NoError(t, err)
	require.Contains(t, d.String(), "/log?all=1", "what a line shows wins")
}

// TestARecordedLocation names what was made where its answer has no body.
func TestARecordedLocation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "recorded.har")
	require.NoError(t, os.WriteFile(file, []byte(`{"log":{"entries":[{
		"request":{"method":"POST","url":"http://127.0.0.1:8090/notes",
			"headers":[{"name":"Idempotency-Key","value":"k1"},{"name":"Content-Type","value":"application/json"}],
			"postData":{"mimeType":"application/json","text":"{\"text\":\"hello\"}"}},
		"response":{"status":201,"headers":[{"name":"location","value":"/notes/n-17"}],"content":{}}}]}}`), 0o600))
	d, err := starting.Draft(t.Context(), starting.Given{HAR: file})
	require.NoError(t, err)
	require.Contains(t, d.String(), "identity: {header: Location}")
}

// TestAQueryIsWorthOneLine, and what goes together with it.
func TestAQueryIsWorthOneLine(t *testing.T) {
	line := []string{`curl http://127.0.0.1/pay -H 'Idempotency-Key: 1' -d '{"account":"acc0","note":"rent"}'`}
	for want, given := range map[string]starting.Given{
		"next: add --sql":     {Curl: line, DSN: "sqlite:a"},
		"next: leave one out": {Curl: line, SQL: "SELECT 1", Ledger: line},
		"no operation":        {SQL: "SELECT 1"},
	} {
		_, err := starting.Draft(t.Context(), given)
		require.ErrorContains(t, err, want)
	}
	for dsn, want := range map[string]string{
		"":                     "${DATABASE_URL}",
		"${SHOP:-sqlite:a}":    "${DATABASE_URL}",
		"${SHOP}":              "${SHOP}",
		"sqlite:/var/shop.db":  "sqlite:/var/shop.db",
		"mysql://u:s3cret@h/d": "${DATABASE_URL}",
	} {
		d, err := starting.Draft(t.Context(), starting.Given{
			Curl: line, Create: []string{`curl http://127.0.0.1/accounts -d '{"id":"acc0"}'`}, DSN: dsn,
			SQL: "SELECT note, idem FROM payments WHERE account = 'acc0' AND state = 'it''s done'",
		})
		require.NoError(t, err)
		written := d.String()
		require.Contains(t, written, `dsn: "`+want+`"`)
		require.NotContains(t, written, "s3cret")
		require.Contains(t, written, "WHERE account = ? AND state = 'it''s done'")
		require.Contains(t, written, "effects: [{ledger: payments, resource: account}]")
	}
	t.Setenv("DATABASE_URL", "postgres://h/shop")
	d, err := starting.Draft(t.Context(), starting.Given{
		Curl: line, SQL: "SELECT count(*) FROM payments WHERE account = 'acc0'",
		Create: []string{`curl http://127.0.0.1/accounts -d '{"id":"acc0"}'`},
	})
	require.NoError(t, err)
	require.Contains(t, d.String(), "account = $1")
	require.Contains(t, d.String(), "count: effects")
}
