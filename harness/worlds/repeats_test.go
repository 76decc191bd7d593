package worlds_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// deskPromises is the contract of the desk below, which pays what is at most 100.
const deskPromises = `
version: 1
name: desk
target: {url: "http://desk.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false}
promises:
  missing: [400]
  mismatch: [422]
  in_flight: [409]
  transient: [503]
  errors: replayed
  replay: same-body
  recovery: 500ms
operations:
  pay:
    path: /payments
    args: {amount: {min: 1, max: 100}}
    body: {amount: "{amount}", reference: "{mark}"}
    ok: [201]
    refused: [402]
    answer: {identity: id}
    effects: [{ledger: payments, fields: {amount: amount}}]
  overpay:
    path: /payments
    args: {amount: {min: 101, max: 200}}
    body: {amount: "{amount}", reference: "{mark}"}
    ok: [201]
    refused: [402]
    when: amount <= 100
    effects: [{ledger: payments, fields: {amount: amount}}]
ledgers:
  payments: {path: /payments, mark: reference, id: id}
`

// said is what the desk answered first, and stores with what was asked.
type said struct {
	status     int
	kind, body string
	asked      string
}

// write answers.
func (s said) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", s.kind)
	w.WriteHeader(s.status)
	_, _ = w.Write([]byte(s.body)) // the client may have gone
}

// repeater answers a repeat; gone waits until the client or the service has gone.
type repeater func(w http.ResponseWriter, first said, gone func())

// desk pays once for every key, and answers repeats in its own way.
type desk struct {
	again repeater
	ended <-chan struct{}
	mu    sync.Mutex
	// paid and first are protected by mu.
	paid  []map[string]any
	first map[string]said
}

// ServeHTTP pays, refuses, repeats or lists.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		said{status: 400}.write(w)
		return
	}
	first, repeated := d.answer(r.Method, r.Header.Get("Idempotency-Key"), body)
	if repeated {
		d.again(w, first, func() {
			select {
			case <-r.Context().Done():
			case <-d.ended:
			}
		})
		return
	}
	if r.Method == http.MethodPost {
		<-time.After(work)
	}
	first.write(w)
}

// answer says whether its answer was given before.
func (d *desk) answer(method, key string, body []byte) (out said, repeated bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	first, repeated := d.first[key]
	switch {
	case method == http.MethodGet:
		list, _ := json.Marshal(d.paid)
		return said{status: 200, body: string(list)}, false
	case key == "":
		return said{status: 400}, false
	case repeated && first.asked != string(body):
		return said{status: 422}, false
	case !repeated:
		first = d.pay(body)
		first.asked = string(body)
		d.first[key] = first
	}
	return first, repeated
}

// pay pays what is not too much.
func (d *desk) pay(body []byte) said {
	var in struct {
		Amount    int    `json:"amount"`
		Reference string `json:"reference"`
	}
	if json.Unmarshal(body, &in) != nil || in.Amount > 100 {
		return said{status: 402, kind: "application/problem+json", body: `{"title":"too much"}`}
	}
	id := fmt.Sprintf("p%d", len(d.paid)+1)
	d.paid = append(d.paid, map[string]any{"id": id, "amount": in.Amount, "reference": in.Reference})
	return said{
		status: 201, kind: "application/json", body: fmt.Sprintf(`{"id":%q,"amount":%d}`, id, in.Amount),
	}
}

// deskCase is one way to answer repeats, and the rule that it breaks: "" for none.
type deskCase struct {
	name, rule string
	again      repeater
	// promises are replaced in the contract: what is there, and what comes in its place.
	promises []string
}

// instead gives another answer in the place of those that had a status, or of all.
func instead(of, status int, kind, body string) repeater {
	return func(w http.ResponseWriter, first said, _ func()) {
		if of == first.status || of == 0 {
			first = said{status: status, kind: kind, body: body}
		}
		first.write(w)
	}
}

// as calls the answers that had a status something else.
func as(status int, kind string) repeater {
	return func(w http.ResponseWriter, first said, _ func()) {
		if status == first.status {
			first.kind = kind
		}
		first.write(w)
	}
}

func breakOff(http.ResponseWriter, said, func()) { panic(http.ErrAbortHandler) }

func hang(_ http.ResponseWriter, _ said, gone func()) {
	gone()
	panic(http.ErrAbortHandler)
}

func deskCases() []deskCase {
	const text, problem = "text/plain; charset=utf-8", "application/problem+json"
	const wait = `{"title":"wait"}`
	return []deskCase{
		{"right", "", instead(1, 0, "", ""), nil},
		{"every repeat is 500", "divergent-replay", instead(0, 500, text, "oops"), nil},
		{"paid, then 418", "divergent-replay", instead(201, 418, text, "a pot"), nil},
		{"refused, then 200 without a body", "divergent-replay", instead(402, 200, text, ""), nil},
		{"refused, then 500", "divergent-replay", instead(402, 500, text, "oops"), nil},
		{"refused, then the key is none", "divergent-replay", instead(402, 400, problem, `{}`), nil},
		{"refused, then in flight", "stuck-key", instead(402, 409, problem, wait), nil},
		{"paid, then in flight", "stuck-key", instead(201, 409, problem, wait), nil},
		{"paid, then an empty 201", "hollow-answer", instead(201, 201, text, ""), nil},
		{"paid, then half a body", "divergent-replay", instead(201, 201, text, `{"id":`), nil},
		{"paid, then the same as text", "divergent-replay", as(201, text), nil},
		{"paid, then the same in other words", "", as(201, `Application/JSON;charset="utf-8"`), nil},
		{"refused, then the same as text", "divergent-replay", as(402, text), nil},
		{"the same as text, which is declared", "", as(201, text), []string{
			"replay: same-body", "replay: same-body\n  replay_ignore_headers: [Content-Type]",
		}},
		{"every repeat breaks off", "divergent-replay", breakOff, nil},
		{"every repeat hangs", "stuck-key", hang, nil},
	}
}

// not is the rule that a case must not be taken for, or "".
func (c deskCase) not() string {
	if c.rule == "stuck-key" {
		return "divergent-replay"
	}
	return ""
}

// TestEveryRepeatIsJudged with default settings in memory.
func TestEveryRepeatIsJudged(t *testing.T) {
	for _, c := range deskCases() {
		t.Run(c.name, func(t *testing.T) {
			for seed := 1; seed <= number(t, seedsVariable, 1); seed++ {
				c.check(t, uint64(seed))
			}
		})
	}
}

// check runs the desk, with its promises changed.
func (c deskCase) check(t *testing.T, seed uint64) {
	t.Helper()
	text := strings.NewReplacer(c.promises...).Replace(deskPromises)
	parsed, err := contract.Parse("desk.yaml", []byte(text))
	require.NoError(t, err)
	result, err := campaign.Run(t.Context(), campaign.Options{
		Contract: parsed, Limits: campaign.Limits{Parallel: runtime.GOMAXPROCS(0)},
		Plan: drawFrom(t, plan.Options{
			Contract: parsed, Scenarios: scenarios.HTTP(), Seed: seed, Cases: 2 * len(scenarios.HTTP()),
		}),
		Place: harness.Virtual(t, harness.Handler(func(env *harness.Env) http.Handler {
			return &desk{again: c.again, ended: env.Context().Done(), first: map[string]said{}}
		})),
	})
	require.NoError(t, err)
	v := result.Verdict
	if c.rule == "" {
		require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
		return
	}
	require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
	var rules []string
	for _, found := range v.Violations {
		rules = append(rules, found.Rule)
	}
	require.Contains(t, rules, c.rule)
	require.NotContains(t, rules, "in-flight-execution", "nothing was executed twice")
	if other := c.not(); other != "" {
		require.NotContains(t, rules, other)
	}
}
