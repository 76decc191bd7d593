package readonly_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute/readonly"
)

const declared = `
version: 1
target: {url: http://127.0.0.1:1}
tenants: {north: {}, south: {session: {cookies: true, login: [{path: /login}]}}}
key: {header: Idempotency-Key}
resources:
  account:
    create: {path: /accounts}
    id: id
    read: {path: "/accounts/{id}"}
    state: {balance: {field: balance}}
operations:
  charge:
    path: /charges
    args: {account: {resource: account}}
    body: {account: "{account}", note: "{mark}"}
    ok: [201]
    then: {account.balance: account.balance - 1}
    effects: [{ledger: charges}]
ledgers:
  charges: {path: /charges, items: items, mark: note}
  search: {method: POST, path: /search, items: items, mark: note}
`

// TestNothingButReadsIsSent: a login and a search are named, and stay at home.
func TestNothingButReadsIsSent(t *testing.T) {
	var mu sync.Mutex
	var sent []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, r.Method+" "+r.URL.Path)
		if r.URL.Path == "/accounts/7" {
			_, _ = w.Write([]byte(`{"id":"7","balance":3}`))
			return
		}
		_, _ = w.Write([]byte(`{"items":[{"note":"x"}]}`))
	}))
	defer service.Close()
	c, err := contract.Parse("idemcheck.yaml", []byte(declared))
	require.NoError(t, err)
	c.Target.URL = service.URL
	read := func(known map[string]string) map[string]readonly.Reading {
		out := map[string]readonly.Reading{}
		found, err := readonly.Read(t.Context(), readonly.Inspection{
			Contract: c, HTTP: http.DefaultTransport, Known: known,
		})
		require.NoError(t, err)
		for _, one := range found {
			out[one.As+": "+one.What] = one
		}
		require.Len(t, out, 6)
		return out
	}
	found := read(nil)
	require.Empty(t, found["north: ledger charges"].Err)
	require.Contains(t, found["north: ledger search"].Err, "POST /search was not sent")
	require.Contains(t, found["south: ledger charges"].Err, "POST /login was not sent")
	require.Contains(t, found["north: the state of account"].Err, "--resource account=ID")
	for _, name := range []string{
		"north: ledger search", "south: ledger charges", "north: the state of account",
	} {
		require.True(t, found[name].Unsent, name)
	}
	require.Equal(t, []string{"GET /charges"}, sent)

	sent = nil
	found = read(map[string]string{"account": "7"})
	require.Empty(t, found["north: the state of account"].Err)
	require.ElementsMatch(t, []string{"GET /charges", "GET /accounts/7"}, sent)
}
