package harness_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/scenarios"
)

// What was found once is saved beside the test, under testdata/idemcheck, to be committed: it is
// run first from then on, before any case is drawn. A saved case that is none of the contract any
// more is left out with a note. goTest stands for `go test`.
func ExampleCheck_saved() {
	promised, err := contract.Parse("idemcheck.yaml", []byte(votePromises))
	if err != nil {
		panic(err)
	}
	folder, err := os.MkdirTemp("", "votes")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	goTest(func(t *testing.T) {
		t.Chdir(folder) // a test of yours is in its folder already
		harness.Check(t, harness.Suite{Contract: promised, Scenarios: scenarios.HTTP()},
			harness.Handler(func(*harness.Env) http.Handler { return new(BallotBox) }))
	})
	saved, _ := filepath.Glob(filepath.Join(folder, "testdata/idemcheck/*/*.json")) // a right pattern
	for _, path := range saved {
		fmt.Println("found:", filepath.Base(path))
	}
	// Output:
	// FAIL
	// found: duplicate-effect.json
}
