package campaign

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

func TestLedgersThatNeverComeToRestAreUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, func(c *model.Contract) {
			c.Promises.Settle = stub.Milliseconds(50)
		}), several(1)...)
		var n atomic.Int32
		b.Answer = func(r *http.Request) *stub.Reply {
			if r.Method == http.MethodGet && r.URL.Path != "/book" && n.Add(1) > 0 {
				return &stub.Reply{Status: 200, Body: fmt.Sprintf(`{"balance":%d}`, n.Load())}
			}
			return nil
		}
		h, _ := b.once(t)
		last := h.Events[len(h.Events)-1]
		require.Equal(t, model.Unreadable, last.Kind)
		require.Contains(t, last.Err, "set promises.settle")
	})
}
