package meaning_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/meaning"
)

func TestWords(t *testing.T) {
	for name, want := range map[string][]string{
		"Idempotency-Key": {"idempotency", "key"}, "amountMoney": {"amount", "money"},
		"customer_id": {"customer", "id"}, "APIKey": {"api", "key"}, "userID": {"user", "id"},
		"line1": {"line1"}, "": nil, "--": nil, "a.b[c]": {"a", "b", "c"},
	} {
		require.Equal(t, want, meaning.Words(name), name)
	}
}

// TestKeys: the surer a name, the more it counts, and what is none counts nothing.
func TestKeys(t *testing.T) {
	order := [][]string{
		{"Authorization", "X-Api-Key", "key", "Content-Type", "X-Correlation-Id"},
		{"X-Request-Id", "request_id", "Request-Key"},
		{"clientToken", "ClientRequestToken", "MessageDeduplicationId"},
		{"PayPal-Request-Id", "Repeatability-Request-ID"},
		{"Idempotency-Key", "X-Idempotency-Key", "Idempotency-Token", "idempotencyKey", "Cko-Idempotency-Key"},
	}
	last := -1
	for _, names := range order {
		rank := meaning.KeyRank(names[0])
		require.Greater(t, rank, last, names)
		for _, name := range names {
			require.Equal(t, rank, meaning.KeyRank(name), name)
		}
		last = rank
	}
	for text, want := range map[string]bool{
		"Makes the request idempotent.":            true,
		"A retry with the same value is not twice": true,
		"Used to de-duplicate requests":            true,
		"You can safely retry":                     true,
		"The language of the answer":               false,
		"":                                         false,
	} {
		require.Equal(t, want, meaning.TellsKey(text), text)
	}
}

func TestWhatNamesMean(t *testing.T) {
	for _, name := range []string{"amount", "unit_price", "quantity", "ticketCount", "nights"} {
		require.True(t, meaning.IsQuantity(name), name)
	}
	for _, name := range []string{"id", "account", "year", "version"} {
		require.False(t, meaning.IsQuantity(name), name)
	}
	for _, name := range []string{"password", "api_key", "accessToken", "client_secret", "cvc", "key"} {
		require.True(t, meaning.IsSecret(name), name)
	}
	for _, name := range []string{"idempotency_key", "monkey", "page_token", "clientToken", "keyword"} {
		require.False(t, meaning.IsSecret(name), name)
	}
	references := []string{"merchant_reference", "external_id", "description", "subject", "name"}
	require.True(t, slices.IsSortedFunc(references, func(a, b string) int {
		return meaning.CorrelationRank(b) - meaning.CorrelationRank(a)
	}))
	for _, name := range []string{"currency", "email", "referenceToken", "status", "reference_type"} {
		require.Zero(t, meaning.CorrelationRank(name), name)
	}
}

func TestPaths(t *testing.T) {
	for _, tt := range []struct{ method, path, collection, operation string }{
		{"POST", "/v1/charges", "charges", "create-charge"},
		{"POST", "/api/v2/companies/17/payments", "payments", "create-payment"},
		{"POST", "/accounts/{id}/close", "close", "close"},
		{"PUT", "/boxes/0b0e3a52-6f5e-4c52-9a51-0c6c4d1f7a10", "boxes", "replace-box"},
		{"PATCH", "/addresses/a_1", "addresses", "change-address"},
		{"DELETE", "/", "effects", "delete-effect"},
		{"POST", "/Messages.json", "messages-json", "messages-json"},
	} {
		require.Equal(t, tt.collection, meaning.Collection(tt.path), tt.path)
		require.Equal(t, tt.operation, meaning.Operation(tt.method, tt.path), tt.path)
	}
	for segment, want := range map[string]bool{
		"17": true, "acc_9x1": true, "5f3a9c1b2d4e6f708192": true, "orders": false, "v1": false,
		"purchase-units": false, "oauth2": false, "": false,
	} {
		require.Equal(t, want, meaning.IsIdentifier(segment), segment)
	}
}

// TestNamesOfOurs: what is made of a name is one that contracts take.
func TestNamesOfOurs(t *testing.T) {
	for name, want := range map[string]string{
		"accountId": "account_id", "key": "key_value", "in": "in_value", "2nd": "arg_2nd", "ü": "arg_",
		"to": "to", "Mark": "mark_value",
	} {
		require.Equal(t, want, meaning.Variable(name), name)
	}
	require.Equal(t, "create-order", meaning.Label("createOrder"))
	require.Empty(t, meaning.Label("üß"))
}
