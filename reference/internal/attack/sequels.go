package attack

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// sequels are attacks by what came before, to the same key or beside it.
func sequels() map[string]func(*world) string {
	return map[string]func(*world) string{
		"keys of one hash":             func(w *world) string { return alike(w, "Aa", "BB") },
		"same key with another order":  otherOrder,
		"repeat after a conflict":      repeatAfterConflict,
		"repeat until after retention": repeatUntilExpiry,
		"repeat after midnight":        repeatAfterMidnight,
		"repeat after ten others":      repeatAfterTen,
		"funds spent before the retry": spentBeforeRetry,
		"two at once with receipts":    receiptsOfTwo,
	}
}

func otherOrder(w *world) string {
	body := `{"account":"shop","amount":1234,"reference":"r","order":%d}`
	return refusedAs(w, attempt{key: "k1", body: fmt.Sprintf(body, 2)},
		attempt{key: "k1", body: fmt.Sprintf(body, 3)})
}

func repeatAfterConflict(w *world) string {
	original := w.send(charge("k1", 1234))
	return first(
		expect("status", http.StatusUnprocessableEntity, w.send(charge("k1", 999)).status),
		replays(original, w.send(charge("k1", 1234))),
		w.shopHas(once("k1", 1234)),
	)
}

// repeatUntilExpiry repeats within the retention and then after it.
func repeatUntilExpiry(w *world) string {
	original := w.send(charge("k1", 5))
	w.clock.Move(23 * time.Hour)
	again := w.send(charge("k1", 5))
	w.clock.Move(2 * time.Hour)
	return first(
		replays(original, again),
		expect("answer after retention is marked", false, w.send(charge("k1", 5)).marked),
		w.shopHas(chargedTwice),
	)
}

func repeatAfterMidnight(w *world) string {
	const day = 24 * time.Hour
	now := w.clock.Now()
	w.clock.Move(now.Truncate(day).Add(day - time.Hour).Sub(now))
	original := w.send(charge("k1", 1234))
	w.clock.Move(2 * time.Hour)
	return first(replays(original, w.send(charge("k1", 1234))), w.shopHas(once("k1", 1234)))
}

func repeatAfterTen(w *world) string {
	original := w.send(charge("k0", 1234))
	for i := range 10 {
		w.send(charge(fmt.Sprint("k", i+1), 1))
	}
	return first(
		replays(original, w.send(charge("k0", 1234))),
		expect("charges", 1, strings.Count(w.ledger("alpha", "shop"), "charge 1234")),
	)
}

// spentBeforeRetry has another operation take what the one that was left needs.
func spentBeforeRetry(w *world) string {
	const maxAmount = Funds - 1
	w.leave(charge("k1", maxAmount), closed)
	w.send(charge("k2", maxAmount))
	w.settle(charge("k1", maxAmount))
	ledger := w.ledger("alpha", "shop")
	return first(
		expect("charges", 1, strings.Count(ledger, "charge")),
		expect("balance", "1", ledger[strings.LastIndex(ledger, " ")+1:]),
	)
}

// receiptsOfTwo decides two operations at the same time.
func receiptsOfTwo(w *world) string {
	w.processor.hold()
	one, other := w.start(charge("k1", 5)), w.start(charge("k2", 7))
	wait(w.t, w.processor.entered)
	wait(w.t, w.processor.entered)
	w.processor.work()
	wait(w.t, one)
	wait(w.t, other)
	ledger := w.ledger("alpha", "shop")
	return first(
		expect("receipts of one", 1, strings.Count(ledger, "receipt 5 k1")),
		expect("receipts of the other", 1, strings.Count(ledger, "receipt 7 k2")),
	)
}
