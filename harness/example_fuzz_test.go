package harness_test

import (
	"net/http"
	"testing"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/scenarios"
)

// Go's fuzzer, guided by the coverage of your handler, draws the cases: in a file of yours this
// function is called FuzzVotes, and `go test -fuzz FuzzVotes` runs until it finds something. Without
// -fuzz it is a quick test, of one case of every scenario.
//
//nolint:testableexamples // only go test can make a *testing.F
func ExampleFuzz() {
	_ = func(f *testing.F) {
		promised, err := contract.Parse("idemcheck.yaml", []byte(votePromises))
		if err != nil {
			f.Fatal(err)
		}
		harness.Fuzz(f, harness.Suite{Contract: promised, Scenarios: scenarios.HTTP()},
			harness.Handler(func(*harness.Env) http.Handler { return new(BallotBox) }))
	}
}
