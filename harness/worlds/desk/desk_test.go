package desk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/worlds/internal/both"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/scenarios"
)

// desk is a small service that takes orders: whatever a body is written in, it reads the same. Its
// hooks make it wrong, or let in only whom it knows.
type desk struct {
	// forgets loses keys, so that a repeat is a new order.
	forgets bool
	// admit answers a request instead of the desk, where it returns true; nil answers none.
	admit func(w http.ResponseWriter, r *http.Request) bool

	mu     sync.Mutex
	orders []order
	busy   map[string]bool
	stored map[string]string
}

type order struct {
	Account   string `json:"account"`
	Reference string `json:"reference"`
	Amount    int    `json:"amount"`
	ID        string `json:"id"`
}

func newDesk() *desk { return &desk{busy: map[string]bool{}, stored: map[string]string{}} }

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	whole, err := io.ReadAll(r.Body)
	if err != nil {
		reply(w, http.StatusBadRequest, `{}`) // half a request is none
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(whole))
	if d.admit != nil && d.admit(w, r) {
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /accounts":
		if read(r)["request"] == "" {
			reply(w, http.StatusBadRequest, `{"error":"the key of a request stands in its body"}`)
			return
		}
		w.Header().Set("Location", "/accounts/"+read(r)["name"])
		reply(w, http.StatusCreated, `{"id":"`+read(r)["name"]+`"}`)
	case "POST /orders":
		d.order(w, r.Header.Get("Idempotency-Key"), read(r))
	default: // GET /orders and POST /orders/search
		d.list(w, read(r)["account"])
	}
}

// read takes what a request says out of its query and its body, in whichever form it is.
func read(r *http.Request) map[string]string {
	out := map[string]string{}
	switch typ, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); typ {
	case "text/plain":
		text, _ := io.ReadAll(r.Body)
		for pair := range strings.SplitSeq(string(text), "\n") {
			name, value, _ := strings.Cut(pair, ": ")
			out[name] = value
		}
	case "multipart/form-data":
		_ = r.ParseMultipartForm(1 << 20)
	}
	_ = r.ParseForm()
	for name := range r.Form {
		out[name] = r.Form.Get(name)
	}
	return out
}

func (d *desk) order(w http.ResponseWriter, key string, said map[string]string) {
	d.mu.Lock()
	done, busy := d.stored[key], d.busy[key]
	d.busy[key] = true
	d.mu.Unlock()
	switch {
	case done != "" && !d.forgets:
		d.locate(w, done)
		reply(w, http.StatusCreated, done)
		return
	case busy && !d.forgets && done == "":
		reply(w, http.StatusConflict, `{}`)
		return
	}
	<-time.After(2 * time.Millisecond) // work
	d.mu.Lock()
	defer d.mu.Unlock()
	amount, _ := strconv.Atoi(said["amount"])
	id := fmt.Sprintf("o-%d", len(d.orders)+1)
	d.orders = append(d.orders, order{said["account"], said["reference"], amount, id})
	d.stored[key] = `{"id":"` + id + `"}`
	d.locate(w, d.stored[key])
	reply(w, http.StatusCreated, d.stored[key])
}

// locate says where the order of an answer is.
func (d *desk) locate(w http.ResponseWriter, answer string) {
	var of order
	_ = json.Unmarshal([]byte(answer), &of)
	w.Header().Set("Location", "https://desk.test/orders/"+of.ID+"?new=1")
}

func (d *desk) list(w http.ResponseWriter, account string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := []order{}
	for _, o := range d.orders {
		if o.Account == account {
			found = append(found, o)
		}
	}
	text, _ := json.Marshal(map[string]any{"orders": found})
	reply(w, http.StatusOK, string(text))
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// deskContract is the contract of a desk; ORDER is how an order is written.
const deskContract = `
version: 1
name: desk
target: {url: "http://desk.test", timeout: 200ms}
key: {header: Idempotency-Key, required: true}
promises: {mismatch_answer: replayed, in_flight: [409], replay: same-body, errors: replayed}
resources:
  account:
    create: {path: /accounts, form: {name: "{unique}", request: "{key}"}, ok: [201]}
    id: id
operations:
  order:
    path: /orders
    args: {account: {resource: account}, amount: {min: 1, max: 9}}
    ORDER
    ok: [201]
    answer: {identity: id}
    effects: [{ledger: orders, resource: account, fields: {amount: amount}}]
ledgers:
  orders:
    LEDGER
    per: account
    items: orders
    mark: reference
    id: id
`

// asForm and asked are an order as a form, and the question for all orders.
const (
	asForm = `form: {account: "{account}", amount: "{amount}", reference: "{mark}"}`
	asked  = `path: "/orders?account={id}"`
)

// deskPromise parses a contract of the desk, with further lines.
func deskPromise(t *testing.T, order, ledger, more string) *model.Contract {
	t.Helper()
	text := strings.NewReplacer("ORDER", order, "LEDGER", ledger).Replace(deskContract) + more
	c, err := contract.Parse("desk.yaml", []byte(text))
	require.NoError(t, err)
	return c
}

// deskWorlds runs a plan against desks: one for each case in virtual time, and one over TCP.
func deskWorlds(
	t *testing.T, c *model.Contract, of func() *desk, see both.Check,
) {
	t.Helper()
	drawn, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: scenarios.HTTP(), Seed: 1, Cases: 3 * len(scenarios.HTTP()),
	})
	require.NoError(t, err)
	lookup := func(name string) (string, bool) { return "pass-" + name, true }
	ready, err := contract.Resolve(c, lookup)
	require.NoError(t, err)
	o := campaign.Options{Contract: ready, Plan: drawn, Secrets: contract.Secrets(c, lookup)}
	o.Limits.ShrinkBudget = -1
	o.Observer = discreet{t: t}
	both.Worlds(t, o, of, see)
}

// discreet demands that no history holds what a session is made of.
type discreet struct {
	campaign.Unobserved
	t *testing.T
}

func (d discreet) Save(h *model.History) error {
	for _, v := range []any{h, h.Events} {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		for _, secret := range []string{"session-token-", "pass-PASSWORD"} {
			if strings.Contains(string(text), secret) {
				d.t.Errorf("case %d: %s is in its history", h.Case, secret)
			}
		}
	}
	return nil
}

func TestAnOrderMayBeWrittenInAnyBody(t *testing.T) {
	for name, written := range map[string]string{
		"form": asForm,
		"query": `query: {account: "{account}", amount: "{amount}"}
    form: {reference: "{mark}"}`,
		"text": `text: "account: {account}\namount: {amount}\nreference: {mark}"`,
		"multipart": `multipart: {account: "{account}", amount: "{amount}", reference: "{mark}",
      note: {file: note.txt, text: "for {account}", type: text/plain}}`,
	} {
		t.Run(name, func(t *testing.T) {
			deskWorlds(t, deskPromise(t, written, asked, ""), newDesk, both.IsValid)
		})
	}
}

func TestALedgerMayBeAskedForByAForm(t *testing.T) {
	c := deskPromise(t, asForm, `path: /orders/search
    method: POST
    form: {account: "{id}"}
    headers: {Accept: application/json}`, "")
	deskWorlds(t, c, newDesk, both.IsValid)
}

func TestADuplicateOrderIsFoundInAForm(t *testing.T) {
	deskWorlds(t, deskPromise(t, asForm, asked, ""), func() *desk {
		d := newDesk()
		d.forgets = true
		return d
	}, both.Breaks("duplicate-effect"))
}

// TestNamesStandInHeaders: ids are taken from Location, by its last part or by a pattern.
func TestNamesStandInHeaders(t *testing.T) {
	for _, written := range []string{"{header: Location}", "{header: Location, pattern: '.*/([^/?]+)'}"} {
		text := strings.NewReplacer("ORDER", asForm, "LEDGER", asked,
			"    id: id\noperations", "    id: "+written+"\noperations",
			"{identity: id}", "{identity: "+written+"}").Replace(deskContract)
		c, err := contract.Parse("desk.yaml", []byte(text))
		require.NoError(t, err)
		require.NotNil(t, c.Resources["account"].IDFrom)
		require.NotNil(t, c.Operations["order"].Answer.IdentityFrom)
		deskWorlds(t, c, newDesk, both.IsValid)
	}
}
