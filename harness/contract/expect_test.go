package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model/value"
)

// TestWhatIsExpectedOfTime: what nobody could miss, or meet, is a mistake in its line.
func TestWhatIsExpectedOfTime(t *testing.T) {
	for lines, message := range map[string]string{
		"expect: {p99: {calm: 200ms, crash: 999ms}, recover: 2s}": "",
		"expect: {}":                                            "",
		"expect: {recover: 1s}":                                 "",
		"expect: {p99: {clam: 200ms}}":                          `did you mean "calm"?`,
		"expect: {p99: {response_lost: 200ms}}":                 `did you mean "response-lost"?`,
		"expect: {p99: {calm: 0s}}":                             "the service cannot answer within 0s",
		"expect: {p99: {calm: -1s}}":                            "a duration cannot be negative",
		"expect: {p99: {calm: 1s}}":                             "1s is not shorter than target.timeout (1s)",
		"expect: {p99: {calm: fast}}":                           "fast",
		"expect: {recover: -1s}":                                "a duration cannot be negative",
		"expect: {recover: 90s}":                                "1m30s is longer than promises.recovery (2s)",
		"expect: {p90: {calm: 1ms}}":                            `did you mean "p99"?`,
		"expect: {p99: {slow: 1ms}}\nfaults: {exclude: [slow]}": "faults leaves slow out",
	} {
		_, err := contract.Parse("idemcheck.yaml", []byte(handing+lines+"\n"))
		if message == "" {
			require.NoError(t, err, lines)
			continue
		}
		require.ErrorContains(t, err, message, lines)
		require.ErrorContains(t, err, "idemcheck.yaml:13", lines)
	}
}

// TestARecoveryThatIsLongerNeedsThePromise: a key that is silent for longer than promises.recovery is
// stuck, so that the advice is one that is accepted.
func TestARecoveryThatIsLongerNeedsThePromise(t *testing.T) {
	const lines = "expect: {recover: 90s}\n"
	_, err := contract.Parse("idemcheck.yaml", []byte(handing+lines))
	require.ErrorContains(t, err, "`promises: {recovery: 1m30s}`")
	c, err := contract.Parse("idemcheck.yaml", []byte(handing+lines+"promises: {recovery: 1m30s}\n"))
	require.NoError(t, err)
	require.Equal(t, value.Duration(90*time.Second), c.Expect.Recover)
	auto := "target: {url: 'http://127.0.0.1:1', timeout: auto}\nexpect: {p99: {calm: 3s}}\n"
	measured := replaced(t, handing, `target: {url: "http://127.0.0.1:1"}`, "") + auto
	_, err = contract.Parse("idemcheck.yaml", []byte(measured))
	require.NoError(t, err, "who measures the timeout measures it first")
}
