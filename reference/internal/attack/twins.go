package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/idemcheck/idemcheck/reference"
)

// twins are attacks by operations that are nearly one.
func twins() map[string]func(*world) string {
	return map[string]func(*world) string{
		"same payment on another route":   samePayment,
		"same key for another account":    otherAccount,
		"long keys with one beginning":    func(w *world) string { return longKeys(w, 100) },
		"longer keys with one beginning":  func(w *world) string { return longKeys(w, 128) },
		"longest keys with one beginning": func(w *world) string { return longKeys(w, 254) },
		"amount that ends in five":        endsInFive,
	}
}

// samePayment has two routes take the same amount for the same reference under one key.
func samePayment(w *world) string {
	w.send(charge("k1", 1234))
	b := w.send(attempt{
		path: "/v1/transfers", key: "k1",
		body: `{"from":"shop","to":"till","amount":1234,"reference":"order-7"}`,
	})
	return first(b.isNew(), w.tillHas("credit 1234 k1: 11234"))
}

func otherAccount(w *world) string {
	other := charge("k1", 1234)
	other.body = strings.Replace(other.body, "shop", "till", 1)
	return refusedAs(w, charge("k1", 1234), other)
}

// longKeys has two operations under keys that differ after so many characters.
func longKeys(w *world, alikeFor int) string {
	beginning := strings.Repeat("k", alikeFor)
	return alike(w, beginning+"1", beginning+"2")
}

// endsInFive repeats until there is an answer, which the first attempt may not have.
func endsInFive(w *world) string {
	last := w.settle(charge("k1", 1235))
	return first(
		expect("status after all", http.StatusCreated, last.status),
		w.shopHas(once("k1", 1235)),
	)
}

// KeylessScripts lists attacks on a service that takes operations without a key.
func KeylessScripts() map[string]Attack {
	return map[string]Attack{
		"two without a key": func(t *testing.T, options reference.Options) string {
			w := newWorld(t, options)
			send := func() answer {
				request := charge("k1", 5).request(w.address, "Connection: close\r\n")
				return w.exchange(strings.Replace(request, "Idempotency-Key: \"k1\"\r\n", "", 1))
			}
			send()
			b := send()
			return first(
				expect("status", http.StatusCreated, b.status),
				expect("first answer is marked", false, b.marked),
				w.shopHas(fmt.Sprint("charge 5 , receipt 5 , charge 5 , receipt 5 : ", Funds-10)),
			)
		},
	}
}
