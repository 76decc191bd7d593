package execute

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/execute/internal/envelope"
	"github.com/idemcheck/idemcheck/harness/execute/internal/setup"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
)

// TestAHeaderIsSentOnce: a header that is declared for the target, a tenant and an operation, each time
// in another spelling, is one line: the last one.
func TestAHeaderIsSentOnce(t *testing.T) {
	c := &model.Contract{
		Target: model.TargetSettings{URL: "http://127.0.0.1:1", Headers: map[string]string{
			"x-team": "target", "user-agent": "mine",
		}},
		Tenants: map[string]model.Tenant{"a": {Headers: map[string]string{"X-TEAM": "tenant"}}},
	}
	e := executing(t, c)
	head := string(envelope.Envelope{
		Method: "POST", Path: "/p", Tenant: "a", Own: map[string]string{"X-Team": "operation"},
	}.Head(c, e.bases[0], 0))
	require.Equal(t, 1, strings.Count(strings.ToLower(head), "x-team: "), head)
	require.Contains(t, head, "X-Team: operation\r\n")
	require.Equal(t, 1, strings.Count(strings.ToLower(head), "user-agent: "), head)
}

// TestAKeyIsOneLine: the names of keys are in plans, and these come from anywhere.
func TestAKeyIsOneLine(t *testing.T) {
	c := &model.Contract{Operations: map[string]model.OperationType{"charge": {Method: "POST", Path: "/p"}}}
	c.Key.Header = "Idempotency-Key"
	e := executing(t, c)
	reader := &observe.EffectReader{Plain: &observe.Client{Contract: c}}
	b := &binding{
		executor: e, requests: requests{contract: c, bases: e.bases, nonce: "n"}, setup: setup.New(reader, "n"),
	}
	for name, ok := range map[string]bool{"k1": true, "k\r\nX-Evil: 1": false, "k\x00": false} {
		_, err := b.operation(t.Context(), &model.PlannedOperation{
			ID: "a", Type: "charge", Key: model.KeyPlan{Name: name},
		})
		require.Equal(t, ok, err == nil, "%q: %v", name, err)
	}
}

func TestNoncesAreNeverUsedTwice(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		seen[nonce()] = true
	}
	require.Len(t, seen, 1000)
}
