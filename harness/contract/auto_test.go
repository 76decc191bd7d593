package contract_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
)

// timeoutLine is the line of the reference contract that says the timeout.
const timeoutLine = "\n  timeout: auto\n"

func TestATimeoutMayBeMeasured(t *testing.T) {
	src := string(examples.Reference)
	require.Equal(t, 1, strings.Count(src, timeoutLine))
	for said, want := range map[string]time.Duration{
		"auto": contract.MinTimeout, `"auto"`: contract.MinTimeout, "300ms": 300 * time.Millisecond,
	} {
		changed := strings.Replace(src, timeoutLine, "\n  timeout: "+said+"\n", 1)
		c, err := contract.Parse("c.yaml", []byte(changed))
		require.NoError(t, err, said)
		require.Equal(t, want, c.Target.Timeout.Std())
		require.Equal(t, strings.Contains(said, "auto"), c.Target.AutoTimeout)
	}
	for _, wrong := range []string{"automatic", "Auto", "[auto]"} {
		changed := strings.Replace(src, timeoutLine, "\n  timeout: "+wrong+"\n", 1)
		_, err := contract.Parse("c.yaml", []byte(changed))
		require.Error(t, err, wrong)
	}
	_, err := contract.Parse("c.yaml", []byte("version: 1\ntarget: auto\n"))
	require.Error(t, err)
	_, err = contract.Parse("c.yaml", []byte("version: 1\npromises: {recovery: auto}\n"))
	require.ErrorContains(t, err, `"auto" is not a duration`, "only the timeout may be")
}
