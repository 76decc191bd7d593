package campaign

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// began says when a phase of a run on a bench has come to a number.
func (b *bench) began(phase Progress) func() bool {
	var begun atomic.Bool
	b.Progress = func(p Progress) {
		if p.Phase == phase.Phase && p.Done >= phase.Done {
			begun.Store(true)
		}
	}
	return begun.Load
}

// replayed is when a counterexample was replayed and smaller cases are tried, judged when the three
// cases of a plan were run.
func replayed() Progress { return Progress{Phase: "shrink", Done: 1} }

func judged() Progress { return Progress{Phase: "run", Done: 3} }

// jealous is a bench whose service answers with a status for ever to the second key of an account,
// and from a phase on to everybody while down says so of a charge.
func jealous(t *testing.T, status int, from Progress, down func(charge int32) bool) *bench {
	t.Helper()
	two := stub.Charging([]model.PlannedAttempt{{}})
	second := two.Operations[0]
	second.ID, second.CorrelationID, second.Client = "b", "m2", 1
	second.Key.Name = "k2"
	two.Operations = append(two.Operations, second)
	b := newBench(stub.Contract(t), append(several(2), two)...)
	b.Parallel = 1
	var charges atomic.Int32
	begun := b.began(from)
	owners := map[string]string{}
	b.gate(status, func(r *http.Request) bool {
		if r.URL.Path != "/charges" {
			return false
		}
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		account, _ := value.Field(string(body), "account").(string)
		b.Mu.Lock()
		defer b.Mu.Unlock()
		key := r.Header.Get("Idempotency-Key")
		if owners[account] == "" {
			owners[account] = key
		}
		return err != nil || owners[account] != key || begun() && down(charges.Add(1))
	})
	return b
}

// TestAnOutageGivesNoSmallerCase: what fails while the service is down as a whole breaks no rule.
func TestAnOutageGivesNoSmallerCase(t *testing.T) {
	for _, status := range []int{500, 503} {
		for name, down := range map[string]func(int32) bool{
			"for good":       func(int32) bool { return true },
			"for a while":    func(n int32) bool { return n < 60 },
			"now and then":   func(n int32) bool { return n/20%2 == 0 },
			"after a little": func(n int32) bool { return n > 10 },
		} {
			synctest.Test(t, func(t *testing.T) {
				b := jealous(t, status, replayed(), down)
				res, err := Run(t.Context(), b.options())
				require.NoError(t, err)
				require.Equal(t, verdict.Invalid, res.Verdict.Verdict, "%d %s: %v", status, name, res.Verdict)
				require.NotNil(t, res.Found)
				require.Len(t, res.Found.Case.Operations, 2, "%d %s: %v", status, name, res.Found)
				require.Positive(t, res.Found.Reproduced, "%d %s", status, name)
				said := strings.Contains(strings.Join(res.Verdict.Undecided, "\n"), "down as a whole")
				if name == "for good" {
					require.True(t, said, "%d: %v", status, res.Verdict.Undecided)
				}
			})
		}
	}
}

// TestAnOutageBeforeTheReplaysProvesNothing of what depends on timing.
func TestAnOutageBeforeTheReplaysProvesNothing(t *testing.T) {
	for _, status := range []int{500, 503} {
		synctest.Test(t, func(t *testing.T) {
			b := jealous(t, status, judged(), func(int32) bool { return true })
			res, err := Run(t.Context(), b.options())
			require.NoError(t, err)
			v := res.Verdict
			require.Equal(t, verdict.Unknown, v.Verdict, "%v", v)
			require.Empty(t, v.Violations)
			require.Len(t, v.Reasons, 1)
			require.Contains(t, v.Reasons[0], "the service is down as a whole")
			require.Contains(t, strings.Join(v.Undecided, "\n"), "was seen")
			require.Nil(t, res.Found)
		})
	}
}

// TestAnOutageBeforeTheReplaysTakesNoProofBack: what was executed twice was.
func TestAnOutageBeforeTheReplaysTakesNoProofBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loud(t, 3, 1)
		begun, before := b.began(judged()), b.Answer
		b.Answer = func(r *http.Request) *stub.Reply {
			if begun() && r.URL.Path == "/charges" {
				return &stub.Reply{Status: 503}
			}
			return before(r)
		}
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict, "%v", res.Verdict)
		require.Equal(t, "duplicate-effect", res.Found.Violation.Rule)
		require.Zero(t, res.Found.Replays, "an outage is no replay")
		require.Contains(t, strings.Join(res.Verdict.Undecided, "\n"), "down as a whole")
	})
}
