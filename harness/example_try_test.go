package harness_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/scenarios"
)

const votePromises = `
version: 1
name: votes
target: {url: "http://votes.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false}
operations:
  vote: {path: /votes, body: {for: "{mark}"}, ok: [201], effects: [{ledger: votes}]}
ledgers:
  votes: {path: /votes, mark: for}
`

// BallotBox is wrong: it never looks at the key.
type BallotBox struct {
	mu    sync.Mutex
	votes []json.RawMessage
}

// ServeHTTP implements http.Handler.
func (b *BallotBox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_ = json.NewEncoder(w).Encode(b.add()) // the ledger, by which effects are counted
		return
	}
	var vote json.RawMessage
	if json.NewDecoder(r.Body).Decode(&vote) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	b.add(vote)
	w.WriteHeader(http.StatusCreated)
}

// add adds votes, if any, and returns all.
func (b *BallotBox) add(votes ...json.RawMessage) []json.RawMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.votes = append(b.votes, votes...)
	return append([]json.RawMessage{}, b.votes...)
}

// Try returns the verdict instead of failing the test: here of a service that is wrong, with the
// size of the smallest case that shows it. goTest stands for `go test`.
func ExampleTry() {
	goTest(func(t *testing.T) {
		promised, err := contract.Parse("idemcheck.yaml", []byte(votePromises))
		if err != nil {
			t.Fatal(err)
		}
		result, err := harness.Try(t, harness.Suite{Contract: promised, Scenarios: scenarios.HTTP()},
			harness.Handler(func(*harness.Env) http.Handler { return new(BallotBox) }))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s: %s\n", result.Verdict.Verdict, result.Found.Violation.Rule)
		smallest := result.Verdict.Counterexample
		fmt.Printf("%d operation, %d attempts, %d faults\n",
			smallest.Operations, smallest.Attempts, smallest.Faults)
	})
	// Output:
	// invalid: duplicate-effect
	// 1 operation, 2 attempts, 0 faults
	// PASS
}
