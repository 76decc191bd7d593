package ask

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// answering is a service that answers all the same.
type answering struct {
	mu   sync.Mutex
	seen []*http.Request
	body string
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, r)
	return &http.Response{
		StatusCode: http.StatusCreated, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

func calling(t *testing.T, by http.RoundTripper) (*Caller, Subject) {
	t.Helper()
	c, err := contract.Parse("pay.yaml", []byte(`version: 1
target: {url: "http://in.memory", max_rate: 1000000}
operations:
  pay:
    path: /pay
    args: {amount: {min: 1, max: 9}}
    before: [{path: /quote, capture: {quote: {body: id}}}]
    body: {amount: "{amount}", reference: "{mark}", key: "{key}", quote: "{quote}"}
    ok: [201]
    effects: [{ledger: all}]
ledgers:
  all: {path: /all, mark: reference}
`))
	require.NoError(t, err)
	out, err := New(Options{Contract: c, HTTP: by, RunID: "run-1"})
	require.NoError(t, err)
	subjects, err := SubjectsOf(c)
	require.NoError(t, err)
	require.Len(t, subjects, 1)
	require.Equal(t, map[string]any{"amount": int64(9)}, subjects[0].Large)
	return out, subjects[0]
}

// TestNoMoreIsSentThanMayBe, though many are sent at once.
func TestNoMoreIsSentThanMayBe(t *testing.T) {
	service := &answering{body: `{"id": "a"}`}
	c, pay := calling(t, service)
	o := Order{Of: pay, Payload: c.NewPayload(pay.Small), Key: c.NextKey()}
	_, err := c.AtOnce(t.Context(), o, MaxRequests)
	require.ErrorIs(t, err, ErrSpent)
	require.Len(t, service.seen, MaxRequests)
	require.Equal(t, MaxRequests, c.Sent())
	_, err = c.Order(t.Context(), o)
	require.ErrorIs(t, err, ErrSpent)
	require.Len(t, service.seen, MaxRequests)
	require.Equal(t, "run-1", service.seen[0].Header.Get("X-Idemcheck-Run"))
}

// TestARepeatIsTheSameBytes: what comes before an operation is sent once for all its attempts. Without
// a key the field that holds it is not sent.
func TestARepeatIsTheSameBytes(t *testing.T) {
	service := &answering{body: `{"id": "a"}`}
	c, pay := calling(t, service)
	o := Order{Of: pay, Payload: c.NewPayload(pay.Small), Key: c.NextKey()}
	for range 2 {
		_, err := c.Order(t.Context(), o)
		require.NoError(t, err)
		service.body = `{"id": "b"}`
	}
	o.Key = ""
	_, err := c.Order(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, service.seen, 4)
	var bodies []string
	for _, r := range service.seen[1:] {
		text, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		bodies = append(bodies, string(text))
	}
	require.Equal(t, bodies[0], bodies[1])
	require.Contains(t, bodies[0], `"quote":"a"`)
	require.Contains(t, bodies[0], `"key":`)
	require.NotContains(t, bodies[2], `"key":`)
}

// TestKeysAreNew, have the contract's form, and are as long as they are to be.
func TestKeysAreNew(t *testing.T) {
	seen := map[string]bool{}
	for _, form := range []model.Key{{}, {MaxLength: 20}, {Pattern: "[a-z]{40}"}, {Format: "uuid"}} {
		k := newKeys(form)
		for range 50 {
			key := k.next()
			require.True(t, form.Fits(key), key)
			require.False(t, seen[key], key)
			seen[key] = true
		}
	}
	k := newKeys(model.Key{})
	for _, n := range []int{15, 16, 36, 256} {
		require.Len(t, k.long(n), n)
		one, other := k.long(n), k.long(n)
		require.NotEqual(t, one, other)
	}
}

// TestFormsBeginWithTheContractsOwn, and no form is tried twice.
func TestFormsBeginWithTheContractsOwn(t *testing.T) {
	forms := FormsOf(&model.Contract{Key: model.Key{Header: "idempotency-key", Quoted: new(true)}}, false)
	require.Equal(t, Form{"idempotency-key", true}, forms[0])
	require.Equal(t, Form{"idempotency-key", false}, forms[1])
	seen := map[string]bool{}
	for _, f := range forms {
		name := strings.ToLower(f.String())
		require.False(t, seen[name], name)
		seen[name] = true
	}
	require.LessOrEqual(t, len(forms), 10, "each takes three requests where keys are ignored")
	require.Equal(t, []Form{{}}, FormsOf(&model.Contract{}, true))
}
