package session

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
	"github.com/idemcheck/idemcheck/scenarios"
)

func TestAdvice(t *testing.T) {
	t.Parallel()
	proxy := func(name string) (string, bool) { return "http://127.0.0.1:3128", name == "HTTPS_PROXY" }
	s := &Session{
		Streams: terminal.Streams{Env: proxy}, Flags: &Flags{},
		TargetURL: "http://somebody:open-sesame@127.0.0.1:9",
	}
	full := &http.MaxBytesError{} // of which nobody knows what to do
	require.Empty(t, s.advice(full))
	require.Equal(t, error(full), s.explainFailure(full))
	require.Contains(t, s.advice(syscall.EMFILE), "ulimit -n")
	require.Equal(t, "start the service, or correct target.url (now http://127.0.0.1:9); proxies are not used, "+
		"though the environment has HTTPS_PROXY: what is sent goes to the target itself",
		s.advice(trial.ErrUnreachable))
}

// TestLeftOut: scenarios that lack the same are one line.
func TestLeftOut(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	require.NotContains(t, strings.Join(leftOut(scenarios.HTTP(), c), "\n"), "promises.mismatch")
	c.Promises.Mismatch, c.Promises.MismatchAnswer = nil, ""
	got := strings.Join(leftOut(scenarios.HTTP(), c), "\n")
	require.Contains(t, got, "left out: payload-mismatch, payload-near-mismatch")
	require.Equal(t, 1, strings.Count(got, "promises.mismatch"), got)
}

// TestCutShort: who interrupts a run that has done all its cases loses nothing of its verdict.
func TestCutShort(t *testing.T) {
	t.Parallel()
	done := reports.Document{Verdict: verdict.New()}
	cutShort(&done, "the run was interrupted", 0)
	require.Equal(t, verdict.Valid, done.Verdict.Verdict)
	require.Equal(t, []string{"the run was interrupted after its last case"}, done.Notes)
	cutShort(&done, "the run was interrupted", 1)
	require.Equal(t, verdict.Unknown, done.Verdict.Verdict)
}
