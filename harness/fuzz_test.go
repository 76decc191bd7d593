package harness_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/scenarios"
)

// FuzzHonest: every scenario's seed, and whatever the fuzzer makes of them, finds nothing.
func FuzzHonest(f *testing.F) {
	harness.Fuzz(f, harness.Suite{Contract: tinyContract(f), Scenarios: scenarios.Virtual()},
		newTiny(true, nil))
}

// FuzzCrashUnsafe fuzzes a handler that is right, unless TestFuzzFailsAsCheckDoes runs it.
func FuzzCrashUnsafe(f *testing.F) {
	right := os.Getenv("IDEMCHECK_INNER") == ""
	harness.Fuzz(f, tinySuite(f, chosen(f, "no-fault-repeat", "crashes")...), newTiny(right, nil))
}

func TestFuzzFailsAsCheckDoes(t *testing.T) {
	out, code := rerun(t, "FuzzCrashUnsafe", "IDEMCHECK_INNER=1")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "--- PASS: FuzzCrashUnsafe/seed#0")
	require.Contains(t, out, "--- FAIL: FuzzCrashUnsafe/seed#1")
	require.Contains(t, out, "draw case: crashes: ")
	require.Contains(t, out, "duplicate-effect")
	require.Contains(t, out, "smallest counterexample")
	require.Contains(t, out, "reproduced 5 of 5")
	require.Contains(t, out, "IDEMCHECK_REPLAY=testdata/idemcheck/FuzzCrashUnsafe/duplicate-effect.json "+
		"go test -v -run '^FuzzCrashUnsafe$/^seed#1$' .")
}

// FuzzBytes: every input is a case that can be run, down to none at all.
func FuzzBytes(f *testing.F) {
	for _, input := range [][]byte{nil, {0}, {255}, make([]byte, 20_000)} {
		f.Add(input)
	}
	p, err := harness.NewProber(
		harness.Suite{Contract: referenceContract(f), Scenarios: scenarios.Virtual()},
		newTiny(true, func(*http.Request) {}))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, input []byte) {
		c := p.Decode(t, input)
		require.NotEmpty(t, c.Operations)
		require.Equal(t, c, p.Decode(t, input), "the same input is the same case")
	})
}
