package worldtest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// failing is a gateway that answers with a status, some time after the request.
func failing(status int, m fault.Mode, d time.Duration) fault.Fault {
	return planned(fault.GatewayError, func(f *fault.Fault) {
		f.Status, f.Mode, f.Span = status, m, value.Duration(d)
	})
}

// held answers when it is released, and in the end anyway.
func held(release <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		case <-time.After(patience):
		}
		created(w, r)
	}
}

// gatewayError: the client has a 5xx while the service is at work, and the service goes on and is
// not told.
func gatewayError(t *testing.T, open NewWorld) {
	for status, wait := range map[int]time.Duration{502: 0, 503: 10 * time.Millisecond, 504: 0} {
		release := make(chan struct{})
		b := newBench(t, open, held(release), failing(status, "", wait))
		out := b.send(1, patience)
		require.NotNil(t, out.Answer, out.Err)
		require.Equal(t, status, out.Answer.Status)
		require.Empty(t, b.service.seen(), "it is still at work")
		close(release)
		require.Equal(t, "while the service was at work", b.fired().Detail)
		require.False(t, b.whole(1)[0].cancelled)
		requireOwnAnswer(b)
		require.Equal(t, 201, b.send(2, patience).Answer.Status, "a retry gets through")
	}
}

// requireOwnAnswer checks that the wire saw what the service itself answered.
func requireOwnAnswer(b *bench) {
	b.t.Helper()
	require.Len(b.t, b.of(model.Sent, 1), 1)
	answered := b.of(model.Answered, 1)
	require.Len(b.t, answered, 1)
	require.Equal(b.t, &model.Answer{Status: 201, Body: answer}, answered[0].Answer)
}

// gatewayErrorAfterAnswer: the gateway has the answer in its hands and says something else. So does
// one that would have waited longer.
func gatewayErrorAfterAnswer(t *testing.T, open NewWorld) {
	for _, f := range []fault.Fault{
		failing(502, fault.AfterAnswer, 0), failing(504, "", patience),
	} {
		b := newBench(t, open, continued, f)
		require.Equal(t, f.Status, b.send(1, patience).Answer.Status)
		require.Equal(t, "in place of the service's answer", b.fired().Detail)
		b.whole(1)
		requireOwnAnswer(b)
	}
}

// continued says that it is at work before it answers.
func continued(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusEarlyHints)
	created(w, r)
}

func gatewayErrorWithoutAnswer(t *testing.T, open NewWorld) {
	b := newBench(t, open, hangUp, failing(502, fault.AfterAnswer, 0))
	require.Equal(t, 502, b.send(1, patience).Answer.Status)
	require.Equal(t, "the service gave no answer", b.fired().Detail)
	for _, e := range b.of(model.Answered, 1) {
		require.Nil(t, e.Answer, "it closed the connection instead")
	}

	b = newBench(t, open, created, failing(502, fault.AfterAnswer, 0),
		planned(fault.RequestCut, cut(fault.Body, 500)))
	b.send(1, patience)
	b.drain()
	for _, e := range b.of(model.FaultReported, 1) {
		require.Equal(t, e.Fault.Kind == fault.RequestCut, e.Fired, e.Detail)
	}
}
