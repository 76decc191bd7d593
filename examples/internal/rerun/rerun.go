// Package rerun runs a test of the running test binary once more, as a program of its own, to show
// that the test fails when the service under test is made wrong.
package rerun

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Failing runs a test with a setting such as "BUG=1" in its environment and returns what it
// printed. It fails t when that test passes. The run has a folder of its own with a copy of the
// contract: the counterexample that [harness.Check] saves beside a test is not wanted here.
//
// [harness.Check]: https://pkg.go.dev/github.com/idemcheck/idemcheck/harness#Check
func Failing(t *testing.T, test, setting string) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatalf("finding the test binary: %v", err)
	}
	contract, err := os.ReadFile("idemcheck.yaml")
	if err != nil {
		t.Fatalf("reading the contract: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "idemcheck.yaml"), contract, 0o600); err != nil {
		t.Fatalf("copying the contract: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run", "^"+test+"$", "-test.count=1")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), setting)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	var failed *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &failed) {
		t.Fatalf("%s with %s must fail; it ended with %v:\n%s", test, setting, err, out.String())
	}
	return out.String()
}
