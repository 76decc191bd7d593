package harness_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model/fault"
)

const parcelPromises = `
version: 1
name: parcels
target: {url: "http://parcels.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false}
promises: {replay: same-body, mismatch: [422]}
operations:
  send:
    path: /parcels
    body: {to: "{mark}"}
    ok: [201]
    effects: [{ledger: parcels}]
ledgers:
  parcels: {path: /parcels, mark: to}
`

// Parcel is both a request and an answer.
type Parcel struct {
	To string `json:"to"`
}

// Table is a table of a database: parcels by key.
type Table struct {
	mu   sync.Mutex
	rows map[string]Parcel
}

func newTable() *Table { return &Table{rows: map[string]Parcel{}} }

// insert reports whether it entered a row, which it does once for a key, and returns the row.
func (t *Table) insert(key string, p Parcel) (row Parcel, inserted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before, ok := t.rows[key]; ok {
		return before, false
	}
	t.rows[key] = p
	return p, true
}

func (t *Table) list() []Parcel {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Parcel{}, slices.Collect(maps.Values(t.rows))...)
}

// PostOffice sends parcels once for a key.
type PostOffice struct {
	env           *harness.Env
	keys, parcels *Table
}

// ServeHTTP implements http.Handler.
func (o *PostOffice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet { // the ledger, by which effects are counted
		_ = json.NewEncoder(w).Encode(o.parcels.list())
		return
	}
	var asked Parcel
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	<-time.After(5 * time.Millisecond) // work; in virtual time it costs nothing
	if o.env.Alive() != nil {
		return // a killed process writes nothing more
	}
	sent, isNew := o.keys.insert(r.Header.Get("Idempotency-Key"), asked)
	if isNew {
		o.parcels.insert(rand.Text(), asked)
	}
	if sent != asked { // the key came before with another payload
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(sent)
}

// crashes kill the service once while it works. A new instance is made, and the client retries.
var crashes = harness.Scenario{
	Name:       "crashes",
	Reason:     "The process dies, and a new one has only what was kept.",
	Faults:     []fault.Kind{fault.Crash},
	FaultCount: harness.Range{Min: 1, Max: 1},
	Repeats:    harness.Range{Min: 1, Max: 1},
}

// A crash takes all that is not kept. Keys in the memory of the process are gone when the client
// retries, and the parcel is sent again. Where the parcels are gone too, that is a mistake of the
// test, and no harm of the service's. goTest stands for `go test`.
func ExampleKeep() {
	kept := func(env *harness.Env) http.Handler {
		return &PostOffice{
			env: env, keys: harness.Keep(env, "keys", newTable), parcels: harness.Keep(env, "parcels", newTable),
		}
	}
	forgotten := func(env *harness.Env) http.Handler {
		return &PostOffice{env: env, keys: newTable(), parcels: harness.Keep(env, "parcels", newTable)}
	}
	emptied := func(env *harness.Env) http.Handler {
		return &PostOffice{env: env, keys: newTable(), parcels: newTable()}
	}
	goTest(func(t *testing.T) {
		promised, err := contract.Parse("idemcheck.yaml", []byte(parcelPromises))
		if err != nil {
			t.Fatal(err)
		}
		suite := harness.Suite{Contract: promised, Scenarios: []harness.Scenario{crashes}}
		harness.Check(t, suite, harness.Handler(kept))
		wrong, err := harness.Try(t, suite, harness.Handler(forgotten))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("without its keys:", wrong.Found.Violation.Rule)
		_, err = harness.Try(t, suite, harness.Handler(emptied))
		what, _, _ := strings.Cut(err.Error(), ":")
		fmt.Println("without anything:", what)
	})
	// Output:
	// without its keys: duplicate-effect
	// without anything: what the service stores dies with a crash
	// PASS
}
