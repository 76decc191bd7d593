package reference_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/internal/attack"
)

// charge is a body that every account with money can pay.
const charge = `{"account":"a","amount":10,"reference":"r"}`

// sent is one attempt with its own headers; marked tells whether it is to be a marked replay.
type sent struct {
	header, key, body string
	days              int // how much later than the one before
	status            int
	marked            bool
}

// variantStories tell how each variant answers.
func variantStories() map[string][]sent {
	const key = "Idempotency-Key"
	quoted, bare := `"k"`, "k"
	other := strings.Replace(charge, "10", "11", 1)
	return map[string][]sent{
		"":             {{key, quoted, charge, 0, 201, false}, {key, quoted, charge, 0, 201, true}},
		"blocks":       {{key, quoted, charge, 0, 201, false}, {key, quoted, other, 0, 422, false}},
		"acknowledges": {{key, quoted, charge, 0, 201, false}, {key, quoted, charge, 0, 200, true}},
		"unmarked":     {{key, quoted, charge, 0, 201, false}, {key, quoted, charge, 0, 201, false}},
		"mismatch-replayed": {
			{key, quoted, charge, 0, 201, false}, {key, quoted, other, 0, 201, true},
		},
		"one-key-per-body": {
			{key, quoted, charge, 0, 201, false},
			{key, `"k2"`, charge, 0, 409, false},
			{key, quoted, charge, 0, 201, true},
		},
		"refuses-expired": {
			{key, quoted, charge, 0, 201, false},
			{key, quoted, charge, 2, 410, false},
			{key, `"k2"`, charge, 0, 201, false},
			{key, quoted, charge, 0, 410, false},
		},
		"forgets-soon": {
			{key, quoted, charge, 0, 201, false}, {key, quoted, charge, 1, 201, false},
		},
		"ack-only": {{key, bare, charge, 0, 201, false}, {key, bare, charge, 0, 409, false}},
		"moov": {
			{"X-Idempotency-Key", bare, charge, 0, 201, false},
			{"X-Idempotency-Key", bare, other, 400, 409, false},
		},
		"stripe": {
			{key, bare, charge, 0, 201, false},
			{key, bare, other, 0, 400, false},
			{"X-None", bare, charge, 0, 201, false},
			{key, "", charge, 0, 400, false},
			{key, strings.Repeat("k", 256), charge, 0, 400, false},
		},
		"stripe-v2": {{key, bare, charge, 0, 201, false}, {key, bare, charge, 29, 201, false}},
		"adyen": {
			{key, bare, charge, 0, 201, false},
			{key, bare, charge, 8, 201, false},
			{key, strings.Repeat("k", 65), charge, 0, 400, false},
		},
		"oasis-repeatable": {{"Repeatability-Request-ID", bare, charge, 0, 400, false}},
	}
}

func TestVariantsKeepTheirPromises(t *testing.T) {
	for variant, story := range variantStories() {
		t.Run(variant, func(t *testing.T) {
			clock := &attack.MovableClock{}
			service := newService(t, reference.Options{Variant: variant, Clock: clock})
			open(t, service)
			for i, s := range story {
				clock.Move(time.Duration(s.days) * 24 * time.Hour)
				w := attempt(service, s.header, s.key, s.body)
				require.Equal(t, s.status, w.Code, "%d: %s", i, w.Body)
				require.Equal(t, s.marked, w.Header().Get("Idempotent-Replayed") != "", "%d", i)
				if s.status >= 400 {
					require.Contains(t, w.Body.String(), fmt.Sprintf(`"status":%d`, s.status))
				}
			}
		})
	}
}

// open makes account a. Whatever the variant calls its key, one of the headers is right.
func open(t *testing.T, service http.Handler) {
	t.Helper()
	w := attempt(service, "Idempotency-Key", `"setup"`, `{"id":"a","name":"Ada","balance":1000}`)
	require.Equal(t, 201, w.Code, w.Body)
}

// attempt posts a charge, or else an account.
func attempt(h http.Handler, header, key, body string) *httptest.ResponseRecorder {
	path := "/v1/charges"
	if strings.Contains(body, "name") {
		path = "/v1/accounts"
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer alpha-token")
	r.Header.Set(header, key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestBlocksLetsDuplicatesWait(t *testing.T) {
	service := newService(t, reference.Options{Variant: "blocks", Work: 5 * time.Millisecond})
	open(t, service)
	var all sync.WaitGroup
	answers := make([]*httptest.ResponseRecorder, 8)
	for i := range answers {
		all.Go(func() { answers[i] = attempt(service, "Idempotency-Key", `"k"`, charge) })
	}
	all.Wait()
	first := 0
	for _, w := range answers {
		require.Equal(t, 201, w.Code)
		require.Equal(t, answers[0].Body.String(), w.Body.String())
		if w.Header().Get("Idempotent-Replayed") == "" {
			first++
		}
	}
	require.Equal(t, 1, first)
}

func TestABugBelongsToItsVariant(t *testing.T) {
	_, err := reference.New(reference.Options{Variant: "blocks", Bug: "key-ignored"})
	require.ErrorContains(t, err, `seeded bug key-ignored is not one of variant "blocks": leave the variant out`)
	_, err = reference.New(reference.Options{Variant: "strype"})
	require.ErrorContains(t, err, `there is no variant "strype"; did you mean "stripe"?`)
}
