package benchmark_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"pgregory.net/rapid"
)

// operation is one thing that the state machine wants done once. Its fields are set before its
// first attempt, but for those that mu protects.
type operation struct {
	kind, method, path, key string
	body                    []byte
	// account is where the money comes from (a refund: where it goes), to where a transfer goes. A
	// batch charges account and, with more, to.
	account, to  string
	amount, more int
	// hopeless operations must be refused, all others acknowledged.
	hopeless bool
	// refunded is how much of a charge the state machine has asked back.
	refunded int

	mu sync.Mutex
	// status and answer are the first definite answer; 0 until there is one.
	status int
	answer []byte
}

// known returns the status of the definite answer; 0 while there is none.
func (o *operation) known() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.status
}

// id is what the answer names.
func (o *operation) id() (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var named struct{ ID string }
	if err := json.Unmarshal(o.answer, &named); err != nil || named.ID == "" {
		return "", fmt.Errorf("the answer to %s %s names nothing: %q", o.kind, o.key, o.answer)
	}
	return named.ID, nil
}

// take looks at an answer and reports whether it is definite. The error is an assertion that failed.
// A body that a toxic may have broken off may be refused as such.
func (o *operation) take(status int, answer []byte, toxic bool) (definite bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case status == http.StatusConflict, status == http.StatusTooManyRequests, status >= 500,
		toxic && status == http.StatusBadRequest:
		return false, nil
	case status != http.StatusCreated && status != http.StatusPaymentRequired:
		return true, fmt.Errorf("%s %s was answered %d: %s", o.kind, o.key, status, answer)
	case (status == http.StatusCreated) == o.hopeless:
		return true, fmt.Errorf("%s %s of %d was answered %d", o.kind, o.key, o.amount, status)
	case o.status == 0:
		o.status, o.answer = status, answer
	case status != o.status || !bytes.Equal(answer, o.answer):
		return true, fmt.Errorf("%s %s was answered %d %s after %d %s", o.kind, o.key,
			status, answer, o.status, o.answer)
	}
	return true, nil
}

// plan adds an operation with a fresh key.
func (m *machine) plan(o *operation, body string, args ...any) *operation {
	o.key, o.body = m.fresh("key"), fmt.Appendf(nil, body, args...)
	o.method = cmp.Or(o.method, http.MethodPost)
	m.operations = append(m.operations, o)
	return o
}

func (m *machine) account(t *rapid.T) string {
	return rapid.SampledFrom(m.accounts[:]).Draw(t, "account")
}

// reason is what customers write: they buy the same thing twice.
func reason(t *rapid.T) string {
	return rapid.SampledFrom([]string{"books", "coffee", "rent"}).Draw(t, "reference")
}

func (m *machine) charge(t *rapid.T) *operation {
	return m.chargeOf(t, rapid.IntRange(1, 300).Draw(t, "amount"))
}

func (m *machine) overdraw(t *rapid.T) *operation {
	o := m.chargeOf(t, rapid.IntRange(100*wealth, 200*wealth).Draw(t, "amount"))
	o.hopeless = true
	return o
}

func (m *machine) chargeOf(t *rapid.T, amount int) *operation {
	o := &operation{kind: "charge", path: "/v1/charges", account: m.account(t), amount: amount}
	return m.plan(o, `{"account":%q,"amount":%d,"reference":%q}`, o.account, o.amount, reason(t))
}

func (m *machine) transfer(t *rapid.T) *operation {
	from := rapid.IntRange(0, 1).Draw(t, "from")
	o := &operation{
		kind: "transfer", path: "/v1/transfers", account: m.accounts[from], to: m.accounts[1-from],
		amount: rapid.IntRange(1, 300).Draw(t, "amount"),
	}
	return m.plan(o, `{"from":%q,"to":%q,"amount":%d,"reference":%q}`,
		o.account, o.to, o.amount, reason(t))
}

// batch charges both accounts in one body.
func (m *machine) batch(t *rapid.T) *operation {
	o := &operation{
		kind: "batch", method: http.MethodPatch, path: "/v1/charges",
		account: m.accounts[0], to: m.accounts[1],
		amount: rapid.IntRange(1, 300).Draw(t, "amount"),
		more:   rapid.IntRange(1, 300).Draw(t, "more"),
	}
	return m.plan(o, `{"charges":[{"account":%q,"amount":%d},{"account":%q,"amount":%d}],"reference":%q}`,
		o.account, o.amount, o.to, o.more, reason(t))
}

// refund gives back a part of what is left of a charge that was acknowledged. Without one it is not
// applicable.
func (m *machine) refund(t *rapid.T) *operation {
	var charges []*operation
	for _, o := range m.operations {
		if o.kind == "charge" && o.known() == http.StatusCreated && o.refunded < o.amount {
			charges = append(charges, o)
		}
	}
	if len(charges) == 0 {
		t.SkipNow()
	}
	c := rapid.SampledFrom(charges).Draw(t, "charge")
	id, err := c.id()
	if err != nil {
		m.complain(err)
		return nil
	}
	o := &operation{
		kind: "refund", path: "/v1/refunds", account: c.account,
		amount: rapid.IntRange(1, c.amount-c.refunded).Draw(t, "amount"),
	}
	c.refunded += o.amount
	return m.plan(o, `{"charge":%q,"amount":%d,"reference":%q}`, id, o.amount, reason(t))
}

// any is a new operation of any kind that is always applicable.
func (m *machine) any(t *rapid.T) *operation {
	kinds := []func(*rapid.T) *operation{m.charge, m.overdraw, m.transfer}
	if m.batches {
		kinds = append(kinds, m.batch)
	}
	return kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")](t)
}

// earlier is an operation of before, answered or not.
func (m *machine) earlier(t *rapid.T) *operation {
	if len(m.operations) == 0 {
		t.SkipNow()
	}
	return rapid.SampledFrom(m.operations).Draw(t, "operation")
}

// attempting says how an operation is tried.
type attempting struct {
	client *http.Client
	tries  int
	// toxic says that toxics are switched on.
	toxic bool
}

// perform makes attempts of an operation through random toxics and, when these did not bring an
// answer, some more without: as many copies side by side as there are clicks. Whether it is
// answered in the end or not, the state machine goes on.
func (m *machine) perform(t *rapid.T, o *operation, clicks int) {
	w := drawToxicSchedule(t)
	if o == nil {
		return // its assertion failed
	}
	m.give(w.begin(m.proxy))
	answered := make([]bool, clicks)
	var wg sync.WaitGroup
	for i := range clicks {
		wg.Go(func() {
			answered[i] = m.try(o, attempting{m.hurried, w.faulty, len(w.toxics) > 0})
		})
	}
	wg.Wait()
	m.give(w.end(m.proxy))
	if !answered[0] && !m.stopped() {
		m.try(o, attempting{client: m.hurried, tries: w.clean})
	}
}

// try makes attempts until there is a definite answer, and reports whether there was one.
func (m *machine) try(o *operation, a attempting) bool {
	for n := range a.tries {
		if n > 0 {
			time.Sleep(min(20*time.Millisecond, 2*time.Millisecond<<n))
		}
		status, answer, err := m.attempt(a.client, o)
		if err != nil {
			continue // nobody knows
		}
		definite, failed := o.take(status, answer, a.toxic)
		if failed != nil {
			m.complain(failed)
		}
		if definite {
			return true
		}
	}
	return false
}

// attempt makes one attempt through the proxy.
func (b *bench) attempt(client *http.Client, o *operation) (status int, answer []byte, err error) {
	b.attempts.Add(1)
	r, err := http.NewRequest(o.method, "http://"+b.proxy.Listen+o.path, bytes.NewReader(o.body))
	if err != nil {
		return 0, nil, err
	}
	label(r, o.key)
	return do(client, r)
}

// expected returns the books that an account should have when all is definite.
func (m *machine) expected(account string) (rows map[string]int, balance int) {
	rows, balance = map[string]int{}, wealth
	enter := func(o *operation, kind string, amount, delta int) {
		rows[fmt.Sprintf("%s %s %d", kind, o.key, amount)]++
		balance += delta
	}
	for _, o := range m.operations {
		from, to := o.account == account, o.to == account
		switch {
		case o.known() != http.StatusCreated:
		case o.kind == "charge" && from, o.kind == "batch" && from:
			enter(o, "charge", o.amount, -o.amount)
			enter(o, "receipt", o.amount, 0)
		case o.kind == "batch" && to:
			enter(o, "charge", o.more, -o.more)
			enter(o, "receipt", o.more, 0)
		case o.kind == "refund" && from:
			enter(o, "refund", o.amount, o.amount)
		case o.kind == "transfer" && from:
			enter(o, "debit", o.amount, -o.amount)
		case o.kind == "transfer" && to:
			enter(o, "credit", o.amount, o.amount)
		}
	}
	return rows, balance
}
