package attack

import (
	"fmt"
	"net/http"
	"strings"
)

// identities are attacks on what tells one operation from another.
func identities() map[string]func(*world) string {
	return map[string]func(*world) string{
		"repeat with another trace":       otherTrace,
		"same key with another end":       otherEnd,
		"same key with another digit":     otherDigit,
		"same key with another method":    otherMethod,
		"keys that differ in case":        func(w *world) string { return alike(w, "Key", "key") },
		"keys that differ in a space":     func(w *world) string { return alike(w, "key", " key") },
		"two refunds of one charge":       twoRefunds,
		"repeat a batch":                  repeatBatch,
		"read at once":                    readAtOnce,
		"repeat names what exists":        repeatNames,
		"conflict with another tenant":    conflict,
		"body of a batch with too little": poorBatch,
	}
}

func batch(key string, amounts ...int) attempt {
	items := make([]string, 0, len(amounts))
	for i, amount := range amounts {
		account := []string{"shop", "till"}[i%2]
		items = append(items, fmt.Sprintf(`{"account":%q,"amount":%d}`, account, amount))
	}
	body := fmt.Sprintf(`{"reference":"bulk-7","charges":[%s]}`, strings.Join(items, ","))
	return attempt{method: http.MethodPatch, key: key, body: body}
}

// otherTrace repeats as instrumented clients do: with a trace header of each attempt's own.
func otherTrace(w *world) string {
	send := func(span string) answer {
		trace := "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-" + span + "-00\r\n"
		return w.exchange(charge("k1", 1234).request(w.address, "Connection: close\r\n"+trace))
	}
	return replays(send("b7ad6b7169203331"), send("b7ad6b7169203332"))
}

// refusedAs says what is wrong with the answer to a key that came with another payload.
func refusedAs(w *world, one, other attempt) string {
	original := w.send(one)
	got := w.send(other)
	return first(
		expect("status of the first", http.StatusCreated, original.status),
		expect("status", http.StatusUnprocessableEntity, got.status),
	)
}

func otherEnd(w *world) string {
	body := `{"account":"shop","amount":1234,"reference":"order-number-one-thousand-and-%s"}`
	return refusedAs(w, attempt{key: "k1", body: fmt.Sprintf(body, "one")},
		attempt{key: "k1", body: fmt.Sprintf(body, "two")})
}

// otherDigit has two numbers that are one as floating point.
func otherDigit(w *world) string {
	body := `{"account":"shop","amount":1234,"reference":"r","order":900719925474099%d}`
	return refusedAs(w, attempt{key: "k1", body: fmt.Sprintf(body, 2)},
		attempt{key: "k1", body: fmt.Sprintf(body, 3)})
}

func otherMethod(w *world) string {
	w.send(charge("k1", 5))
	b := w.send(batch("k1", 7, 11))
	return first(
		expect("status", http.StatusCreated, b.status),
		w.shopHas("charge 5 k1, receipt 5 k1, charge 7 k1, receipt 7 k1: 9988"),
	)
}

// alike has two operations under keys that are nearly one.
func alike(w *world, one, other string) string {
	w.send(charge(one, 5))
	b := w.send(charge(other, 7))
	return first(
		expect("status", http.StatusCreated, b.status),
		expect("balance", true, strings.Contains(b.body, `"balance":9988`)),
	)
}

func twoRefunds(w *world) string {
	charged := w.send(charge("k1", 1000))
	id := strings.TrimPrefix(charged.location, "/v1/charges/")
	refund := func(key string, amount int) answer {
		body := fmt.Sprintf(`{"charge":%q,"amount":%d,"reference":%q}`, id, amount, key)
		return w.send(attempt{path: "/v1/refunds", key: key, body: body})
	}
	return first(
		expect("first refund", http.StatusCreated, refund("k2", 300).status),
		expect("second refund is a replay", false, refund("k3", 200).marked),
		w.shopHas("charge 1000 k1, receipt 1000 k1, refund 300 k2, refund 200 k3: 9500"),
	)
}

func repeatBatch(w *world) string {
	original := w.send(batch("k1", 5, 7, 11))
	again := w.send(batch("k1", 5, 7, 11))
	return first(
		expect("status", http.StatusCreated, original.status),
		replays(original, again),
		expect("one", "charge 5 k1, receipt 5 k1, charge 11 k1, receipt 11 k1: 9984",
			w.ledger("alpha", "shop")),
		expect("other", "charge 7 k1, receipt 7 k1: 9993", w.ledger("alpha", "till")),
	)
}

// poorBatch has enough for each item and not for all of them.
func poorBatch(w *world) string {
	refused := w.send(batch("k1", 6000, 1, 6000))
	return first(
		expect("status", http.StatusPaymentRequired, refused.status),
		expect("one", fmt.Sprintf(": %d", Funds), w.ledger("alpha", "shop")),
		expect("other", fmt.Sprintf(": %d", Funds), w.ledger("alpha", "till")),
	)
}

// readAtOnce reads as soon as the answer is there.
func readAtOnce(w *world) string {
	w.send(transfer("k1", 1234))
	return w.shopHas("debit 1234 k1: 8766")
}

func repeatNames(w *world) string {
	w.send(charge("k1", 1234))
	again := w.send(charge("k1", 1234))
	_, id, _ := strings.Cut(again.body, `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	return expect("status of what the repeat names", http.StatusOK,
		w.status("alpha", "/v1/charges/"+id))
}

func conflict(w *world) string {
	w.send(charge("k1", 1234))
	b := w.send(charge("k1", 99).of("beta"))
	return first(
		expect("the other's answer is shown", false, strings.Contains(b.body, "1234")),
		expect("status", http.StatusCreated, b.status),
	)
}
