// Package middleware puts idempotency keys in front of handlers that know nothing about them.
//
// [Once] answers as Stripe does: a repeat gets the first answer again, marked as a replay; a
// second copy that comes while the first is at work hears 409; a key that comes with another
// payload hears 400; without a key everything runs as if there were no middleware.
//
// What it cannot do: the answer is kept after the handler is done, not together with it, so a
// process that dies between the two leaves a claimed key without an answer. Package bookings,
// beside this one, shows what it takes to survive that.
//
// [LookFirst] is a store with the usual mistake, and
//
//	GIFT_CARDS_LOOK_FIRST=1 go test -run TestGiftCardsAreRetrySafe
//
// shows what comes of it.
package middleware

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxBody is how many bytes of a body are read; a longer one is refused.
const maxBody = 1 << 20

// maxKey is how many characters a key may have.
const maxKey = 255

// Answer is what a handler answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// ErrInFlight means that the first attempt with a key is still at work.
var ErrInFlight = errors.New("the first attempt with this key is still at work")

// ErrMismatch means that a key came with another payload before.
var ErrMismatch = errors.New("this key came with another payload")

// Store keeps the answers of keys.
type Store interface {
	// Claim makes the caller the only one at work on a key and returns nil. Afterwards it returns
	// ErrInFlight until Keep, and then the answer that was kept. The fingerprint stands for the
	// payload: for another one it returns ErrMismatch.
	Claim(ctx context.Context, key, fingerprint string) (*Answer, error)
	// Keep stores the answer of a claimed key.
	Keep(ctx context.Context, key string, a *Answer) error
	// Release forgets a claimed key, so that the next attempt is the first.
	Release(ctx context.Context, key string) error
}

// Once makes a middleware that lets each key through once.
func Once(store Store) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler { return &once{store, next} }
}

type once struct {
	store Store
	next  http.Handler
}

// ServeHTTP implements [http.Handler].
func (o *once) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, ok := keyOf(r)
	switch {
	case r.Method != http.MethodPost || key == "" && ok:
		o.next.ServeHTTP(w, r)
		return
	case !ok:
		http.Error(w, "the idempotency key is not one", http.StatusBadRequest)
		return
	}
	// Half a body must not be taken for a whole one, and the handler reads it after the fingerprint.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	}
	// A client that leaves does not stop what it began: nobody could say how far it had come.
	ctx := context.WithoutCancel(r.Context())
	r = r.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	a, err := o.store.Claim(ctx, key, fingerprint(r, body))
	switch {
	case errors.Is(err, ErrInFlight):
		http.Error(w, err.Error(), http.StatusConflict)
	case errors.Is(err, ErrMismatch):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case err != nil:
		http.Error(w, "try again", http.StatusServiceUnavailable)
	case a != nil:
		w.Header().Set("Idempotent-Replayed", "true")
		a.write(w)
	default:
		o.first(w, r, key)
	}
}

// first runs the handler and keeps its answer before the client sees it.
func (o *once) first(w http.ResponseWriter, r *http.Request, key string) {
	rec := &recorder{header: http.Header{}}
	ran := false
	defer func() {
		if !ran { // the handler panicked: net/http tells the client, and a retry may try again
			_ = o.store.Release(r.Context(), key) // a claim that stays is refused, which is safe
		}
	}()
	o.next.ServeHTTP(rec, r)
	ran = true
	a := rec.answer()
	var err error
	if again(a.Status) {
		err = o.store.Release(r.Context(), key)
	} else {
		err = o.store.Keep(r.Context(), key, a)
	}
	if err != nil {
		// It stays claimed: better refused than done twice.
		http.Error(w, "it is not known to be done", http.StatusInternalServerError)
		return
	}
	a.write(w)
}

// again reports whether an answer means that nothing happened and that the client should try again.
func again(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// keyOf returns the key of an attempt, private to who sends it; "" when there is none.
func keyOf(r *http.Request) (key string, ok bool) {
	lines := r.Header.Values("Idempotency-Key")
	if len(lines) == 0 {
		return "", true
	}
	strange := func(c rune) bool { return c <= ' ' || c > '~' }
	key = lines[0]
	if len(lines) > 1 || key == "" || len(key) > maxKey || strings.ContainsFunc(key, strange) {
		return "", false
	}
	return hash(r.Header.Get("Authorization")) + " " + key, true
}

// fingerprint stands for everything that must be the same in a repeat.
func fingerprint(r *http.Request, body []byte) string {
	return hash(fmt.Sprintf("%s %s\n%s", r.Method, r.URL.RequestURI(), body))
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
