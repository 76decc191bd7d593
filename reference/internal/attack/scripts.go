package attack

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/reference"
)

// Attack attacks a service set up with the options, whose Clock, Processor and Work it replaces. It
// returns what the service did wrong, or nothing.
type Attack func(t *testing.T, options reference.Options) string

// Scripts lists every attack by name. A right service withstands them all.
func Scripts() map[string]Attack {
	scripts := laterScripts()
	for name, attack := range attacks() {
		scripts[name] = func(t *testing.T, options reference.Options) string {
			return attack(newWorld(t, options))
		}
	}
	return scripts
}

// attacks lists those that run against one service.
func attacks() map[string]func(*world) string {
	all := map[string]func(*world) string{
		"repeat":                         repeat,
		"repeat after another operation": repeatLater,
		"two at once":                    func(w *world) string { return duplicates(w, 2) },
		"three at once":                  func(w *world) string { return duplicates(w, 3) },
		"eight at once":                  func(w *world) string { return duplicates(w, 8) },
		"hang up while working":          func(w *world) string { return goAway(w, closed) },
		"reset while working":            func(w *world) string { return goAway(w, reset) },
		"leave during a transfer":        leaveTransfer,
		"hang up after the answer":       hangUpAfterAnswer,
		"body broken off in a number":    func(w *world) string { return cutAt(w, `"amount":1`) },
		"body broken off after a field":  func(w *world) string { return cutAt(w, `1234,"ref`) },
		"same key from another tenant":   otherTenant,
		"same key on another route":      otherRoute,
		"same key with another body":     otherBody,
		"same body under another key":    sameBody,
		"surge on one account":           surge,
		"unusable keys":                  unusableKeys,
		"refusal":                        refusal,
		"just before retention ends":     beforeExpiry,
		"after retention":                afterExpiry,
	}
	maps.Copy(all, identities())
	maps.Copy(all, sequels())
	maps.Copy(all, twins())
	return all
}

func charge(key string, amount int) attempt {
	body := fmt.Sprintf(`{"account":"shop","amount":%d,"reference":"order-7"}`, amount)
	return attempt{key: key, body: body}
}

func transfer(key string, amount int) attempt {
	body := fmt.Sprintf(`{"from":"shop","to":"till","amount":%d,"reference":"move-7"}`, amount)
	return attempt{path: "/v1/transfers", key: key, body: body}
}

// first returns the first complaint.
func first(complaints ...string) string {
	for _, c := range complaints {
		if c != "" {
			return c
		}
	}
	return ""
}

func expect(what string, want, got any) string {
	if want == got {
		return ""
	}
	return fmt.Sprintf("%s: expected %v, got %v", what, want, got)
}

func replays(original, again answer) string {
	return first(
		expect("status of the replay", original.status, again.status),
		expect("what broke the replay off", nil, again.broken),
		expect("body of the replay", original.body, again.body),
		expect("content type of the replay", original.kind, again.kind),
		expect("location of the replay", original.location, again.location),
		expect("replay is marked", true, again.marked),
		expect("first answer is marked", false, original.marked),
	)
}

// once is the ledger of an account charged once.
func once(key string, amount int) string {
	return fmt.Sprintf("charge %d %s, receipt %d %s: %d", amount, key, amount, key, Funds-amount)
}

// chargedTwice is the ledger of an account charged twice under one key.
const chargedTwice = "charge 5 k1, receipt 5 k1, charge 5 k1, receipt 5 k1: 9990"

// isNew says what is wrong with the answer to an operation that was executed and is no replay.
func (a answer) isNew() string {
	return first(expect("status", http.StatusCreated, a.status),
		expect("first answer is marked", false, a.marked))
}

// of is the same attempt by another tenant.
func (a attempt) of(tenant string) attempt {
	a.tenant = tenant
	return a
}

func repeat(w *world) string {
	original := w.send(charge("k1", 1234))
	return first(
		replays(original, w.send(charge("k1", 1234))),
		w.chargedOnce(original),
		expect("location", true, strings.HasPrefix(original.location, "/v1/charges/ch_")),
	)
}

func repeatLater(w *world) string {
	original := w.send(charge("k1", 1234))
	moved := w.send(transfer("k2", 100))
	return first(
		replays(original, w.send(charge("k1", 1234))),
		expect("other operation", http.StatusCreated, moved.status),
		expect("balance in the answer", true, strings.Contains(original.body, `"balance":8766`)),
	)
}

// duplicates has attempts of one operation side by side: however many get in, all the others are
// answered while these are at the processor.
func duplicates(w *world, copies int) string {
	w.processor.hold()
	answers := make(chan answer, copies)
	for range cap(answers) {
		go func() { answers <- w.send(charge("k1", 1234)) }()
	}
	var got []answer
	for inside := 0; inside+len(got) < cap(answers); {
		select {
		case <-w.processor.entered:
			inside++
		case a := <-answers:
			got = append(got, a)
		}
	}
	w.processor.work()
	for len(got) < cap(answers) {
		got = append(got, <-answers)
	}
	last := w.settle(charge("k1", 1234))
	executed, complaint := 0, ""
	for _, a := range got {
		switch {
		case a.status == http.StatusCreated && !a.marked:
			executed++
		case a.status != http.StatusCreated && a.status != http.StatusConflict:
			complaint = fmt.Sprintf("a duplicate was answered %d", a.status)
		}
	}
	return first(
		w.shopHas(once("k1", 1234)),
		expect("first answers", 1, executed), complaint,
		expect("status after all", http.StatusCreated, last.status),
	)
}

func closed(conn *net.TCPConn) error { return conn.Close() }

// reset closes with RST in place of FIN.
func reset(conn *net.TCPConn) error {
	if err := conn.SetLinger(0); err != nil {
		return err
	}
	return conn.Close()
}

func goAway(w *world, how func(*net.TCPConn) error) string {
	w.leave(charge("k1", 1234), how)
	last := w.settle(charge("k1", 1234))
	return first(w.chargedOnce(last), expect("replay is marked", true, last.marked))
}

func leaveTransfer(w *world) string {
	w.leave(transfer("k1", 1234), reset)
	last := w.settle(transfer("k1", 1234))
	return first(expect("status", http.StatusCreated, last.status),
		w.shopHas("debit 1234 k1: 8766"), w.tillHas("credit 1234 k1: 11234"))
}

func hangUpAfterAnswer(w *world) string {
	conn := w.dial()
	_, err := conn.Write([]byte(charge("k1", 1234).request(w.address, "X-Watch: yes\r\n")))
	if err != nil {
		return err.Error()
	}
	wait(w.t, w.began)
	a := w.receive(conn)
	if err := conn.Close(); err != nil {
		return err.Error()
	}
	wait(w.t, w.ended)
	return first(
		expect("status", http.StatusCreated, a.status),
		w.shopHas(once("k1", 1234)),
	)
}

// cutAt breaks the body off after the given text, then tries again with all of it.
func cutAt(w *world, end string) string {
	request := charge("k1", 1234).request(w.address, "")
	conn := w.dial()
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte(request[:strings.Index(request, end)+len(end)])); err != nil {
		return err.Error()
	}
	if err := conn.CloseWrite(); err != nil {
		return err.Error()
	}
	a := w.receive(conn)
	return first(
		expect("status", http.StatusBadRequest, a.status),
		w.shopHas(fmt.Sprintf(": %d", Funds)),
		expect("status of the whole", http.StatusCreated, w.send(charge("k1", 1234)).status),
		w.shopHas(once("k1", 1234)),
	)
}

func otherTenant(w *world) string {
	w.send(charge("k1", 1234))
	b := w.send(charge("k1", 1234).of("beta"))
	return first(b.isNew(), expect("ledger", once("k1", 1234), w.ledger("beta", "shop")))
}

func otherRoute(w *world) string {
	w.send(charge("k1", 1234))
	b := w.send(transfer("k1", 100))
	return first(
		expect("status", http.StatusCreated, b.status),
		expect("payee", "credit 100 k1: 10100", w.ledger("alpha", "till")),
	)
}

func otherBody(w *world) string {
	w.send(charge("k1", 1234))
	b := w.send(charge("k1", 999))
	return first(
		expect("status", http.StatusUnprocessableEntity, b.status),
		expect("stored answer is shown", false, strings.Contains(b.body, "captured")),
		w.shopHas(once("k1", 1234)),
	)
}

func sameBody(w *world) string {
	w.send(charge("k1", 5))
	b := w.send(charge("k2", 5))
	return first(b.isNew(), w.shopHas("charge 5 k1, receipt 5 k1, charge 5 k2, receipt 5 k2: 9990"))
}

// surge has six operations on an account that takes four at once.
func surge(w *world) string {
	w.processor.hold()
	answers := make(chan answer, 6)
	for i := range cap(answers) {
		go func() { answers <- w.send(charge(fmt.Sprint("k", i), 1)) }()
	}
	for range 2 {
		if a := wait(w.t, answers); a.status != http.StatusServiceUnavailable {
			return fmt.Sprintf("one too many was answered %d", a.status)
		}
	}
	w.processor.work()
	for range 4 {
		wait(w.t, answers)
	}
	for i := range cap(answers) {
		last := w.settle(charge(fmt.Sprint("k", i), 1))
		if last.status != http.StatusCreated {
			return fmt.Sprintf("after the surge operation %d was answered %d", i, last.status)
		}
	}
	ledger := w.ledger("alpha", "shop")
	return first(
		expect("charges", 6, strings.Count(ledger, "charge 1 k")),
		expect("receipts", 6, strings.Count(ledger, "receipt 1 k")),
	)
}

func unusableKeys(w *world) string {
	for _, header := range []string{
		"", "Idempotency-Key: bare\r\n", "Idempotency-Key: \"open\r\n", "Idempotency-Key: \"\"\r\n",
		"Idempotency-Key: \"a\";p=1\r\n", "Idempotency-Key: \"a\"\r\nIdempotency-Key: \"a\"\r\n",
		"Idempotency-Key: \"a\", \"b\"\r\n", "Idempotency-Key: \"\xc3\xa4\"\r\n",
		"Idempotency-Key: \"\\n\"\r\n", "Idempotency-Key: \"" + strings.Repeat("k", 256) + "\"\r\n",
	} {
		request := charge("k1", 1).request(w.address, "")
		a := w.exchange(strings.Replace(request, "Idempotency-Key: \"k1\"\r\n", header, 1))
		if a.status != http.StatusBadRequest {
			return fmt.Sprintf("the key header %q was answered %d", header, a.status)
		}
	}
	return w.shopHas(fmt.Sprintf(": %d", Funds))
}

// refusal refuses for lack of funds, then provides them: the answer to the old key must stay.
func refusal(w *world) string {
	taken := w.send(transfer("k1", Funds))
	original := w.send(charge("k2", 1234))
	refused := w.ledger("alpha", "shop")
	back := attempt{
		path: "/v1/transfers", key: "k3",
		body: `{"from":"till","to":"shop","amount":10000,"reference":"back"}`,
	}
	w.send(back)
	return first(
		expect("status", http.StatusCreated, taken.status),
		expect("status", http.StatusPaymentRequired, original.status),
		expect("ledger", "debit 10000 k1: 0", refused),
		replays(original, w.send(charge("k2", 1234))),
		w.shopHas("debit 10000 k1, credit 10000 k3: 10000"),
	)
}

func beforeExpiry(w *world) string {
	original := w.send(charge("k1", 1234))
	w.clock.Move(24*time.Hour - time.Minute)
	return replays(original, w.send(charge("k1", 1234)))
}

func afterExpiry(w *world) string {
	w.send(charge("k1", 5))
	w.clock.Move(24 * time.Hour)
	b := w.send(charge("k1", 5))
	return first(b.isNew(), w.shopHas(chargedTwice))
}
