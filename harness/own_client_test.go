package harness_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
)

// diesVariable has the test below do what ends its process.
const diesVariable = "IDEMCHECK_TEST_DIES"

// TestAServersOwnClientIsNamedThoughTheProcessDies: its connections are made in virtual time, and
// the server closes them when the test is over, which the Go runtime answers by ending the process.
// What was wrong must have been said by then.
func TestAServersOwnClientIsNamedThoughTheProcessDies(t *testing.T) {
	if os.Getenv(diesVariable) != "" {
		askByOwnClient(t)
		return
	}
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=2m")
	c.Env = append(os.Environ(), diesVariable+"=1")
	out, err := c.CombinedOutput()
	require.Error(t, err, "a service that cannot be run in virtual time fails its test")
	for _, says := range []string{
		"stood still", "httptest.NewServer", "give its handler to env.Downstream",
	} {
		require.Contains(t, string(out), says)
	}
}

func askByOwnClient(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	target := newTiny(true, func(r *http.Request) {
		askServer(r.Context(), server.Client(), server.URL)
	})
	s := tinySuite(t, chosen(t, "no-fault-repeat")...)
	harness.Check(t, s.WithLimit(300*time.Millisecond), target)
}
