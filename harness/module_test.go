package harness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// teamTest is what a team writes in a module of its own.
const teamTest = `package payments

import (
	"net/http"
	"os"
	"testing"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/scenarios"
)

func TestRetries(t *testing.T) {
	t.Run("of payments (it's broken)", func(t *testing.T) {
		harness.Check(t, harness.Suite{Scenarios: scenarios.HTTP()},
			harness.Handler(func(*harness.Env) http.Handler { return New(os.Getenv("FIXED") != "") }))
	})
	t.Run("of payments", func(t *testing.T) { t.Error("must not be run by the replay") })
}
`

const teamService = `package payments

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

type Payment struct {
	ID        string ` + "`json:\"id\"`" + `
	Reference string ` + "`json:\"reference\"`" + `
}

type Service struct {
	mu    sync.Mutex
	fixed bool
	made  []Payment
	keys  map[string]Payment
}

func New(fixed bool) *Service { return &Service{fixed: fixed, made: []Payment{}, keys: map[string]Payment{}} }

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var p Payment
	if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&p) != nil {
		http.Error(w, "bad body", 400)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodGet {
		json.NewEncoder(w).Encode(s.made)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if old, ok := s.keys[key]; ok && s.fixed {
		p = old
	} else {
		p.ID = fmt.Sprint("p", len(s.made))
		s.made, s.keys[key] = append(s.made, p), p
	}
	w.WriteHeader(201)
	json.NewEncoder(w).Encode(p)
}
`

// teamModule writes a module that uses this one.
func teamModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	own, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(own), "\n")
	require.True(t, found)
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example.com/payments\n" + rest +
			"\nrequire github.com/idemcheck/idemcheck v0.0.0\n" +
			"\nreplace github.com/idemcheck/idemcheck => " + root + "\n",
		"go.sum": string(sums), "payments.go": teamService, "payments_test.go": teamTest,
		"idemcheck.yaml": tinyPromises,
	} {
		if name == "idemcheck.yaml" {
			content = strings.Replace(content, ", kind: payment}", "}", 1)
			content = strings.Replace(content, ", kind: kind", "", 1)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

// TestTheReplayLineWorks runs the very line that a failure prints, in a module of a team's own.
func TestTheReplayLineWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a test binary")
	}
	dir := teamModule(t)
	in := func(line string) (string, int) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
		out, err := cmd.CombinedOutput()
		require.NotNil(t, cmd.ProcessState, "%v", err)
		return string(out), cmd.ProcessState.ExitCode()
	}
	out, code := in(`go test -run '/broken' .`)
	require.Equal(t, 1, code, out)
	line := strings.TrimSpace(regexp.MustCompile(`IDEMCHECK_REPLAY=.*`).FindString(out))
	require.NotEmpty(t, line, out)

	out, code = in(line)
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "FAILED: 5 of 5 replays broke ", line)
	require.NotContains(t, out, "must not be run")
	out, code = in("FIXED=1 " + line)
	require.Equal(t, 0, code, out)
	require.Contains(t, out, "FIXED: 5 of 5 replays are clean")
}
