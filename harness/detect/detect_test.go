package detect_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/harness/detect"
	"github.com/idemcheck/idemcheck/model"
)

// asked is what is seen of a handler by a contract, in memory and in virtual time.
func asked(t *testing.T, text string, service http.Handler) *detect.Findings {
	t.Helper()
	c, err := contract.Parse("told.yaml", []byte(text))
	require.NoError(t, err)
	got, err := detect.Run(t.Context(), detect.Options{
		Contract: c,
		Place:    harness.Virtual(t, harness.Handler(func(*harness.Env) http.Handler { return service })),
	})
	require.NoError(t, err)
	require.LessOrEqual(t, got.Requests, detect.MaxRequests)
	return got
}

// TestEveryDialectIsKnownByItsService, though the contract says nothing of keys.
func TestEveryDialectIsKnownByItsService(t *testing.T) {
	for _, d := range dialect.All() {
		s := newService(d.Key, d.Promises)
		got := asked(t, told(d.Key), s)
		require.Empty(t, got.Unknown, d.Name)
		require.Equal(t, s.requests, got.Requests, "%s: what is counted is what was sent", d.Name)
		own := of(got, d.Name)
		require.Zero(t, own.Distance, "%s: %+v", d.Name, own)
		require.Contains(t, got.Nearest, d.Name, "%+v", got.Dialects[:2])
	}
}

// of is how far a dialect is.
func of(got *detect.Findings, name string) detect.Distance {
	i := slices.IndexFunc(got.Dialects, func(d detect.Distance) bool { return d.Dialect == name })
	return got.Dialects[i]
}

// TestAServiceThatDiffersInALineIsToldByIt has services of a dialect that do one thing otherwise.
func TestAServiceThatDiffersInALineIsToldByIt(t *testing.T) {
	for _, tt := range []struct {
		dialect, line, seen string
		change              func(*model.Key, *model.Promises)
	}{
		{"stripe", "key.header", "PayPal-Request-Id", func(k *model.Key, _ *model.Promises) {
			k.Header = "PayPal-Request-Id"
		}},
		{"acp", "key.quoted", "true", func(k *model.Key, _ *model.Promises) { k.Quoted = new(true) }},
		{"stripe", "key.required", "true", func(k *model.Key, _ *model.Promises) { k.Required = new(true) }},
		{"stripe", "key.max_length", "64", func(k *model.Key, _ *model.Promises) { k.MaxLength = 64 }},
		{"stripe", "key.max_length", "46 to 63", func(k *model.Key, _ *model.Promises) { k.MaxLength = 50 }},
		{"adyen", "key.max_length", "256 or more", func(k *model.Key, _ *model.Promises) { k.MaxLength = 0 }},
		{"adcp", "key.min_length", "15 or less", func(k *model.Key, _ *model.Promises) {
			k.MinLength, k.Pattern = 0, ""
		}},
		{"stripe", "key.scope", "not tenant, not route", func(k *model.Key, _ *model.Promises) {
			k.Scope = []string{"nobody"}
		}},
		{"x402", "key.scope", "tenant, not route", func(k *model.Key, _ *model.Promises) {
			k.Scope = []string{"tenant"}
		}},
		{"ietf", "promises.missing", "[428]", func(_ *model.Key, p *model.Promises) { p.Missing = []int{428} }},
		{"ietf", "promises.malformed", "[422]", func(_ *model.Key, p *model.Promises) {
			p.Malformed = []int{422}
		}},
		{"ietf", "promises.mismatch", "[409]", func(_ *model.Key, p *model.Promises) { p.Mismatch = []int{409} }},
		{"ietf", "promises.mismatch_answer", "replayed", func(_ *model.Key, p *model.Promises) {
			p.MismatchAnswer = "replayed"
		}},
		{"stripe", "promises.in_flight", "[425]", func(_ *model.Key, p *model.Promises) {
			p.InFlight = []int{425}
		}},
		{"stripe", "promises.in_flight", "[503]", func(_ *model.Key, p *model.Promises) {
			p.InFlight = []int{503}
		}},
		{"stripe", "promises.replay", "current-state (balance differs)", func(
			_ *model.Key, p *model.Promises,
		) {
			p.Replay = "current-state"
		}},
		{"ack-only", "promises.done", "[410]", func(_ *model.Key, p *model.Promises) { p.Done = []int{410} }},
		{"stripe", "promises.errors", "executed", func(_ *model.Key, p *model.Promises) {
			p.Errors = "executed"
		}},
		{"stripe", "promises.marker", "none", func(_ *model.Key, p *model.Promises) { p.ReplayMarker = nil }},
	} {
		d, known := dialect.Named(tt.dialect)
		require.True(t, known)
		tt.change(&d.Key, &d.Promises)
		far := of(asked(t, told(d.Key), newService(d.Key, d.Promises)), tt.dialect)
		i := slices.IndexFunc(far.Differs, func(x detect.Departure) bool { return x.Line == tt.line })
		require.GreaterOrEqual(t, i, 0, "%s %s: %+v", tt.dialect, tt.line, far)
		require.Equal(t, tt.seen, far.Differs[i].Seen, tt.line)
	}
}

// TestNothingIsClaimedOfAServiceThat does not do its work, keys or no keys.
func TestNothingIsClaimedOfAServiceThat(t *testing.T) {
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	d, _ := dialect.Named("stripe")
	ignoring := model.Key{Header: "X-Nobody-Sends-This"}
	for name, tt := range map[string]struct {
		service http.Handler
		why     string
	}{
		"lets nobody in":  {status(401), "answered 401"},
		"is limited":      {status(429), "answered 429"},
		"fails":           {status(500), "answered 500"},
		"ignores its key": {newService(ignoring, d.Promises), "no repeat was recognised by its key"},
		"redirects":       {status(302), "answered 302"},
		"names the payload": {
			newService(d.Key, d.Promises), "operations.charge.answer.identity does not name what was made",
		},
		"refuses the payload": {newService(d.Key, d.Promises), "operations.charge was answered 400"},
	} {
		text := told(d.Key)
		switch name {
		case "names the payload":
			text = strings.ReplaceAll(text, "identity: id", "identity: account")
		case "refuses the payload":
			text = strings.ReplaceAll(text, `body: {account: "{account}", amount: "{amount}", reference: "{mark}"}`,
				"text: \"no JSON {mark}\"")
		}
		got := asked(t, text, tt.service)
		require.Contains(t, got.Unknown, tt.why, name)
		require.Empty(t, got.Nearest, name)
		require.Empty(t, got.Seen, name)
	}
}

// TestARefusalIsNotBlamedOnAKey where good keys are refused by then, too.
func TestARefusalIsNotBlamedOnAKey(t *testing.T) {
	d, _ := dialect.Named("stripe")
	s := newService(d.Key, d.Promises)
	got := asked(t, told(d.Key), soldOut{s})
	require.Zero(t, of(got, "stripe").Distance, "%+v", of(got, "stripe"))
	for _, s := range got.Seen {
		require.NotContains(t, []string{"key.required", "key.max_length", "promises.missing"}, s.Line)
	}
}

// TestWhatComesLateIsNotSeen: a service that stops answering has the lines that were seen before, and
// is not waited for again and again.
func TestWhatComesLateIsNotSeen(t *testing.T) {
	d, _ := dialect.Named("stripe")
	s := newService(d.Key, d.Promises)
	got := asked(t, told(d.Key), tired{s, 6})
	s = newService(d.Key, d.Promises)
	require.Contains(t, asked(t, told(d.Key), tired{s, 2}).Unknown, "was not answered within")
	require.Zero(t, of(got, "stripe").Distance)
	require.LessOrEqual(t, got.Requests, 10)
	require.Contains(t, got.Unseen, detect.Unseen{
		Line: "promises.errors", Why: "the service left too much without an answer before it was asked",
	})
}

// TestNoSecretIsShown, though the service says it again in its marker, or in what it refuses.
func TestNoSecretIsShown(t *testing.T) {
	const secret = "Bearer s3cr3t-0f-alpha"
	d, _ := dialect.Named("stripe")
	text := strings.ReplaceAll(told(d.Key), "Authorization: alpha", "Authorization: "+secret)
	shout := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("no " + r.Header.Get("Authorization")))
	})
	for name, service := range map[string]http.Handler{
		"marker":  talkative{newService(d.Key, d.Promises)},
		"refusal": shout,
	} {
		got := asked(t, text, service)
		shown, err := json.Marshal(got)
		require.NoError(t, err)
		require.NotContains(t, string(shown), "s3cr3t", name)
		require.Equal(t, name == "marker", strings.Contains(string(shown), "true for"), name)
	}
}
