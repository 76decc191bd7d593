package contract_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

func TestSecrets(t *testing.T) {
	c := &model.Contract{
		Name: "open-word",
		Target: model.TargetSettings{
			URL: "http://${HOST}", Secrets: []string{"X-Named"},
			Headers: map[string]string{
				"Authorization": "Bearer ${TOKEN:-fallback-1}", "Cookie": "sid=cookie-1; lang=en",
				"X-Named": "named-1", "X-Open": "literal-and-open", "X-From": "${TEAM} ${UNSET:-nobody}",
				"X-Short": "${SHORT}", "X-Api-Key": "open-word",
			},
		},
		Tenants: map[string]model.Tenant{"a": {Headers: map[string]string{
			"authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("me:password-1")),
		}}},
	}
	env := map[string]string{"TEAM": "team-from-outside", "SHORT": "abc", "HOST": "host-from-outside"}
	found := contract.Secrets(c, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	for _, secret := range []string{
		"fallback-1", "Bearer fallback-1", "cookie-1", "named-1", "team-from-outside", "me:password-1",
		"password-1",
	} {
		require.Contains(t, found, secret)
	}
	for _, open := range []string{
		"literal-and-open", "abc", "nobody", "open-word", "host-from-outside", "en", "",
	} {
		require.NotContains(t, found, open)
	}
	require.Empty(t, contract.Secrets(contract.Redacted(c), nil), "a saved contract has none")
}

func TestHeadersThatLookSecret(t *testing.T) {
	c := &model.Contract{
		Target: model.TargetSettings{Secrets: []string{"X-Team"}}, Key: model.Key{Header: "X-Charge-Key"},
	}
	for _, name := range []string{
		"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "api_key", "X-Access-Token",
		"X-Internal-Secret", "X-TOKEN", "x-team", "X-Signing-Key",
	} {
		require.True(t, contract.IsSecret(c, name), name)
	}
	for _, name := range []string{
		"Idempotency-Key", "Idempotent-Replayed", "X-Charge-Key", "Accept", "Content-Type", "X-Request-Id",
	} {
		require.False(t, contract.IsSecret(c, name), name)
	}
}
