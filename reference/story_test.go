package reference_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
)

// step is one attempt; its key is k and its number in the story.
type step struct {
	method, path, body string
	status             int
	answer             string // what the answer's body contains
}

func accountSteps() []step {
	return []step{
		{
			"POST", "/v1/accounts", `{"id":"a","name":"Ada","balance":1000}`,
			201, `{"id":"a","name":"Ada","currency":"EUR","balance":1000}`,
		},
		{"POST", "/v1/accounts", `{"id":"a","name":"Ada"}`, 400, "account-exists"},
		{"POST", "/v1/accounts", `{"name":"Bob","currency":"USD","x":1}`, 201, `{"id":"acc_1",`},
		{"POST", "/v1/accounts", `{"id":"b","name":"Eve"}`, 201, `"balance":0`},
		{"GET", "/v1/accounts/a", "", 200, `"balance":1000`},
		{"GET", "/v1/accounts/z", "", 404, "/problems#not-found"},
	}
}

func chargeSteps() []step {
	return []step{
		{
			"POST", "/v1/charges", `{"account":"a","amount":400,"reference":"r1"}`,
			201, `{"id":"ch_2","account":"a","amount":400,"reference":"r1",` +
				`"status":"captured","balance":600}`,
		},
		{
			"POST", "/v1/charges", `{"account":"a","amount":601,"reference":"r2"}`,
			402, "insufficient-funds",
		},
		{"POST", "/v1/charges", `{"account":"z","amount":1,"reference":"r3"}`, 404, "not-found"},
		{
			"POST", "/v1/charges", `{"account":"a","amount":0,"reference":"r"}`,
			400, `"field":"amount"`,
		},
		{"POST", "/v1/charges", `{"account":"a","amount":1}`, 400, `"field":"reference"`},
		{"POST", "/v1/charges", `{"amount":1,"reference":"r"}`, 400, `"field":"account"`},
		{
			"POST", "/v1/charges", `{"account":"a","amount":1.5,"reference":"r"}`,
			400, "invalid-input",
		},
		{"POST", "/v1/charges", `{"account":"a"`, 400, "invalid-input"},
		{
			"POST", "/v1/charges", `{"account":"a","amount":1,"reference":"r"} x`,
			400, "invalid-input",
		},
		{"POST", "/v1/charges", strings.Repeat(" ", 64<<10+1), 413, "body-too-large"},
	}
}

func moneySteps() []step {
	return []step{
		{
			"POST", "/v1/refunds", `{"charge":"ch_2","amount":150,"reference":"r4"}`,
			201, `{"id":"re_3","charge":"ch_2","account":"a","amount":150,"reference":"r4",` +
				`"balance":750}`,
		},
		{
			"POST", "/v1/refunds", `{"charge":"ch_2","amount":251,"reference":"r5"}`,
			402, "refund-too-large",
		},
		{"POST", "/v1/refunds", `{"charge":"ch_9","amount":1,"reference":"r6"}`, 404, "not-found"},
		{"GET", "/v1/charges/ch_2", "", 200, `"status":"captured","refunded":150}`},
		{
			"POST", "/v1/refunds", `{"charge":"ch_2","amount":250,"reference":"r7"}`,
			201, `"balance":1000`,
		},
		{"GET", "/v1/charges/ch_2", "", 200, `"status":"refunded","refunded":400}`},
		{"GET", "/v1/charges/ch_9", "", 404, "not-found"},
		{
			"POST", "/v1/transfers", `{"from":"a","to":"b","amount":300,"reference":"r8"}`,
			201, `{"id":"tr_5","from":"a","to":"b","amount":300,"reference":"r8",` +
				`"from_balance":700,"to_balance":300}`,
		},
		{
			"POST", "/v1/transfers", `{"from":"a","to":"a","amount":1,"reference":"r"}`,
			400, `"field":"to"`,
		},
		{
			"POST", "/v1/transfers", `{"from":"a","to":"acc_1","amount":1,"reference":"r"}`,
			400, "currency-mismatch",
		},
		{
			"POST", "/v1/transfers", `{"from":"a","to":"z","amount":1,"reference":"r"}`,
			404, "not-found",
		},
		{
			"POST", "/v1/transfers", `{"from":"b","to":"a","amount":301,"reference":"r"}`,
			402, "insufficient-funds",
		},
	}
}

func readSteps() []step {
	return []step{
		{
			"GET", "/v1/effects?account=b", "",
			200, `"account":"b","kind":"credit","amount":300,"key":"k23","reference":"r8","at":"`,
		},
		{
			"GET", "/v1/effects?account=a&limit=1", "",
			200, `{"effects":[{"id":"ef_1","account":"a","kind":"charge"`,
		},
		{
			"GET", "/v1/effects?account=a&after=ef_1&limit=1", "",
			200, `{"effects":[{"id":"ef_2","account":"a","kind":"receipt"`,
		},
		{"GET", "/v1/effects?account=acc_1", "", 200, `{"effects":[]}`},
		{"GET", "/v1/effects?account=z", "", 404, "not-found"},
		{"GET", "/v1/effects", "", 400, `"field":"account"`},
		{"GET", "/v1/effects?account=a&after=2", "", 400, `"field":"after"`},
		{"GET", "/v1/effects?account=a&limit=0", "", 400, `"field":"limit"`},
		{"DELETE", "/v1/effects", "", 405, "method-not-allowed"},
		{"GET", "/v1/nothing", "", 404, "not-found"},
	}
}

func TestStory(t *testing.T) {
	service := newService(t, reference.Options{})
	story := slices.Concat(accountSteps(), chargeSteps(), moneySteps(), readSteps())
	for i, s := range story {
		w := do(service, s.method, s.path, fmt.Sprint("k", i), s.body)
		require.Equal(t, s.status, w.Code, "step %d: %s", i, w.Body)
		require.Contains(t, w.Body.String(), s.answer, "step %d", i)
		require.Empty(t, w.Header().Get("Idempotent-Replayed"), "step %d", i)
		if s.status >= 400 {
			requireProblem(t, w)
		}
	}
}

// requireProblem wants a problem whose type leads to its documentation.
func requireProblem(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	var p struct {
		Type, Title, Detail string
		Status              int
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, w.Code, p.Status)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	page := httptest.NewRecorder()
	newService(t, reference.Options{}).ServeHTTP(page, httptest.NewRequest("GET", "/problems", nil))
	_, anchor, _ := strings.Cut(p.Type, "#")
	require.Contains(t, page.Body.String(), `id="`+anchor+`"`)
}
