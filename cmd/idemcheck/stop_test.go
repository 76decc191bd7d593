package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for something that takes moments.
const patience = 20 * time.Second

// TestInterrupted: Ctrl-C ends the context. What was done so far is reported, saved, and not called valid.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for bug, code := range map[string]int{"": exitUnknown, "key-ignored": exitInvalid} {
		dir := t.TempDir()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ended := make(chan ended, 1)
		go func() {
			ended <- invocation{ctx: ctx}.end("demo", "--store", "memory", "--seed", "5", "--cases", "5000",
				"--parallel", "2", "--scenario", "no-fault-repeat", "--bug", bug, "--keep-going", "--out", dir)
		}()
		require.Eventually(t, func() bool {
			saved, err := os.ReadFile(filepath.Join(dir, "history.jsonl"))
			return err == nil && strings.Count(string(saved), `{"case":{`) >= 10
		}, patience, time.Millisecond)
		stop()
		select {
		case got := <-ended:
			got.check(t)
			require.Equal(t, code, got.code, got.out+got.err)
			require.Contains(t, got.out, "interrupted")
			require.Contains(t, got.out, "of 5000 cases were not begun")
			require.Contains(t, got.out, dir)
		case <-time.After(patience):
			require.Fail(t, "the run goes on")
		}
		require.FileExists(t, filepath.Join(dir, "verdict.json"))
		judged := invoke(t, "judge", filepath.Join(dir, "history.jsonl"), "--format", "json")
		require.GreaterOrEqual(t, judged.verdict(t).Judged.Cases, 10)
	}
}

// TestInterruptedBeforeTheFirstCase: the default folder stays, since nothing was shown to be right.
func TestInterruptedBeforeTheFirstCase(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	stop()
	got := invocation{ctx: ctx}.run(t, demo("--format", "json")...)
	v := got.verdict(t)
	require.Equal(t, exitUnknown, got.code)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "interrupted")
	saved, err := filepath.Glob("idemcheck-out/*/history.jsonl")
	require.NoError(t, err)
	require.Len(t, saved, 1)
}

// TestSecretsStaySecret looks into everything that a run leaves behind.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	fromEnv := spoilt(t, `"Bearer literal-secret-9f2c"`, `"Bearer ${PAY_TOKEN}"`)
	env := map[string]string{"PAY_TOKEN": literal}
	for _, written := range []string{minimal, fromEnv} {
		f := file(t, "idemcheck.yaml", written)
		for _, flaw := range []flaws{{}, {ignoresKeys: true}, {status: 403}} {
			for _, format := range formats {
				dir := t.TempDir()
				got := invocation{t.Context(), env, nil}.run(t, brief("run", "-f", f, "--format", format,
					"--target", servePayments(t, flaw), "--out", dir)...)
				require.NotEmpty(t, got.out)
				requireNowhere(t, literal, got, dir)
			}
		}
	}
}

// requireNowhere checks that a secret is in no output and in no saved file.
func requireNowhere(t *testing.T, secret string, got ended, dir string) {
	t.Helper()
	require.NotContains(t, got.out+got.err, secret)
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
			require.NotContains(t, text(t, path), secret, path)
		}
		return err
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, files, 3)
}

func TestSecretInABrokenContractIsNotShown(t *testing.T) {
	f := file(t, "idemcheck.yaml", spoilt(t, "timeout:", "tmeout:"))
	got := invoke(t, "run", "-f", f)
	require.Equal(t, exitUsage, got.code)
	require.NotContains(t, got.err, literal)
}

// TestProgressIsForTerminals: a pipe gets none, and neither does whoever sets CI.
func TestProgressIsForTerminals(t *testing.T) {
	t.Parallel()
	got := invoke(t, demo("--out", t.TempDir())...)
	require.Equal(t, exitValid, got.code, got.out)
	require.Empty(t, got.err)
	require.NotContains(t, got.out, "\x1b")
	require.NotContains(t, got.out, "\r")

	ascii := invoke(t, demo("--ascii", "--bug", "key-ignored", "--out", t.TempDir())...)
	require.Equal(t, exitInvalid, ascii.code, ascii.err)
	for i, r := range ascii.out {
		require.Less(t, r, rune(128), "%q…", ascii.out[max(0, i-40):i])
	}
}
