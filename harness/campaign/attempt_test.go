package campaign

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/trace"
)

// signed is the stub's contract with a text of every attempt's own in path, headers and body.
func signed(c *model.Contract) {
	charge := c.Operations["charge"]
	charge.Path = "/charges?at={attempt}"
	charge.Headers = map[string]string{"X-Signature": "{key}/{attempt}"}
	charge.Body = map[string]any{
		"account": "{account}", "amount": "{amount}", "reference": "{mark}",
		"token": "{attempt}", "note": "literally {{attempt}}",
	}
	c.Operations["charge"] = charge
}

func TestEveryAttemptHasATextOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, signed), stub.Charging(make([]model.PlannedAttempt, 11)))
		b.world.Carry = answers(503)
		h, _ := b.once(t)
		op := h.Operations[0]
		require.Equal(t, "/charges?at={attempt}", op.Path)
		require.Contains(t, op.Body, `"token":"{attempt}"`)
		require.Contains(t, op.Body, `"note":"literally {attempt}"`)
		nonce := strings.TrimSuffix(strings.TrimPrefix(op.Key, "ic-"), "-k1")
		sent := b.world.Attempts()
		require.Greater(t, len(sent), 11, "final attempts too")
		for i, s := range sent {
			want := fmt.Sprintf("ic-%s-a.%d", nonce, i+1)
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(s.Head, s.Payload...))))
			require.NoError(t, err)
			require.Equal(t, want, r.URL.Query().Get("at"))
			require.Equal(t, op.Key+"/"+want, r.Header.Get("X-Signature"))
			require.Equal(t, int64(len(s.Payload)), r.ContentLength)
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			require.Contains(t, string(body), `"token":"`+want+`"`)
			require.Contains(t, string(body), `"note":"literally {attempt}"`)
			require.Equal(t, trace.Parent(op.Trace, i+1), r.Header.Get("Traceparent"))
			require.Equal(t, fmt.Sprint("a.", i+1), r.Header.Get("X-Idemcheck-Attempt"))
		}
	})
}
