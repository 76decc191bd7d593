package campaign

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// tidied is a bench whose contract cleans up, and what of that arrived: made are the accounts that
// were made, deleted how often each thing was deleted, and ended the messages at the end.
type tidied struct {
	*bench
	made    []string
	deleted map[string]int
	ended   int
	// status is how cleaning is answered.
	status int
}

func tidying(t *testing.T, status int) *tidied {
	t.Helper()
	out := &tidied{deleted: map[string]int{}, status: status}
	out.bench = newBench(stub.Contract(t, func(c *model.Contract) {
		c.CleanUp = []exchange.CleanUp{
			{Per: "account", Path: "/accounts/{id}"},
			{Operation: "charge", Path: "/trash", Method: "POST", Body: map[string]any{"of": "{identity}"}},
			{Path: "/runs/{run}"},
		}
	}), several(6)...)
	out.Answer = func(r *http.Request) *stub.Reply {
		out.Mu.Lock()
		defer out.Mu.Unlock()
		switch {
		case r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, "/runs/"):
			if r.URL.Path == "/runs/"+r.Header.Get("X-Idemcheck-Run") {
				out.ended++
			}
		case r.Method == http.MethodDelete:
			out.deleted[strings.TrimPrefix(r.URL.Path, "/accounts/")]++
		case r.URL.Path == "/trash":
			out.deleted["charges"]++
		default:
			if r.Method == http.MethodPost && r.URL.Path == "/accounts" {
				reply := out.Serve(r)
				_, id, _ := strings.Cut(reply.Body, `"id":"`)
				id, _, _ = strings.Cut(id, `"`)
				out.made = append(out.made, id)
				return reply
			}
			return nil
		}
		return &stub.Reply{Status: out.status}
	}
	return out
}

// clean asserts that everything was deleted once.
func (o *tidied) clean(t *testing.T) {
	t.Helper()
	require.NotEmpty(t, o.made)
	for _, id := range o.made {
		require.Equal(t, 1, o.deleted[id], "%s of %v", id, o.deleted)
	}
	require.Equal(t, 1, o.ended)
}

// TestEveryCaseAndTheRunAreCleanedUp: warm-up included. That it fails changes no verdict.
func TestEveryCaseAndTheRunAreCleanedUp(t *testing.T) {
	for status, says := range map[int]string{
		204: " messages were sent", 404: " messages were sent", 401: " failed, the first: ",
		500: " answered 500", 429: " failed, the first: ",
	} {
		synctest.Test(t, func(t *testing.T) {
			o := tidying(t, status)
			res, err := Run(t.Context(), o.options())
			require.NoError(t, err)
			require.Equal(t, verdict.Valid, res.Verdict.Verdict, "%d: %v", status, res.Verdict)
			require.Len(t, res.Notes, 1)
			require.Contains(t, res.Notes[0], says)
			if status/100 == 2 {
				o.clean(t)
				require.GreaterOrEqual(t, o.deleted["charges"], 6)
			}
		})
	}
}

// TestCleaningUpAlsoAfterFailureAndInterruption: what was made is deleted.
func TestCleaningUpAlsoAfterFailureAndInterruption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the first operation cannot even be prepared
		o := tidying(t, 204)
		answer := o.Answer
		o.Answer = func(r *http.Request) *stub.Reply {
			if r.Method == http.MethodGet {
				return &stub.Reply{Status: 418}
			}
			return answer(r)
		}
		_, err := Run(t.Context(), o.options())
		if err == nil {
			require.Empty(t, o.deleted["charges"])
		}
		o.clean(t)
	})
	synctest.Test(t, func(t *testing.T) { // somebody interrupts
		o := tidying(t, 204)
		ctx, cancel := context.WithCancel(t.Context())
		answer, charges := o.Answer, atomic.Int32{}
		o.Answer = func(r *http.Request) *stub.Reply {
			if r.URL.Path == "/charges" && charges.Add(1) == 8 {
				cancel()
			}
			return answer(r)
		}
		_, err := Run(ctx, o.options())
		require.NoError(t, err)
		o.clean(t)
	})
}
