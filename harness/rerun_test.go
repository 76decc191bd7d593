package harness_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// rerun runs one test of this binary in a process and an empty folder of its own.
func rerun(t *testing.T, test string, env ...string) (out string, code int) {
	t.Helper()
	return rerunIn(t, t.TempDir(), test, env...)
}

// rerunIn runs it in a folder.
func rerunIn(t *testing.T, folder, test string, env ...string) (out string, code int) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.v", "-test.run=^"+test+"$")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	all, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &failed)
	}
	return string(all), cmd.ProcessState.ExitCode()
}
