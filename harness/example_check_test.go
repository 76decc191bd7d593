package harness_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/scenarios"
)

// tipPromises could also be the file idemcheck.yaml beside the test; then Suite.Contract stays nil.
const tipPromises = `
version: 1
name: tips
target: {url: "http://tips.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false}
promises: {replay: same-body, mismatch: [422]}
operations:
  tip:
    path: /tips
    body: {note: "{mark}"}
    ok: [201]
    answer: {identity: id}
    effects: [{ledger: tips}]
ledgers:
  tips: {path: /tips, mark: note, id: id}
`

// Tip is both a request and an answer.
type Tip struct {
	ID   int    `json:"id"`
	Note string `json:"note"`
}

// TipJar is the service: it takes tips, and a retry with the same key gives none.
type TipJar struct {
	mu   sync.Mutex
	tips []Tip
	keys map[string]Tip
}

// ServeHTTP implements http.Handler.
func (j *TipJar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet { // the ledger, by which effects are counted
		_ = json.NewEncoder(w).Encode(j.all())
		return
	}
	var asked Tip
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	given := j.give(r.Header.Get("Idempotency-Key"), asked.Note)
	if given.Note != asked.Note { // the key came before with another payload
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(given)
}

// give looks the key up and enters the tip in one step.
func (j *TipJar) give(key, note string) Tip {
	j.mu.Lock()
	defer j.mu.Unlock()
	if before, ok := j.keys[key]; ok {
		return before
	}
	t := Tip{ID: len(j.tips) + 1, Note: note}
	j.tips, j.keys[key] = append(j.tips, t), t
	return t
}

func (j *TipJar) all() []Tip {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Tip{}, j.tips...)
}

// tipsAreRetrySafe is a test. In a test file of yours its name begins with Test.
func tipsAreRetrySafe(t *testing.T) {
	promised, err := contract.Parse("idemcheck.yaml", []byte(tipPromises))
	if err != nil {
		t.Fatal(err)
	}
	harness.Check(t, harness.Suite{Contract: promised, Scenarios: scenarios.HTTP(), Cases: 60},
		harness.Handler(func(*harness.Env) http.Handler {
			return &TipJar{keys: map[string]Tip{}}
		}))
}

// A handler is run in memory and in virtual time, through lost answers, duplicates, disconnects and
// all else of the catalogue. It need not wait for anything: clients hang up on work that takes no
// time, too. goTest stands for `go test`.
func ExampleCheck() {
	goTest(tipsAreRetrySafe)
	// Output: PASS
}
