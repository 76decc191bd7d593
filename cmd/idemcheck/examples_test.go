package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
)

// example is a file of the examples folder.
func example(name ...string) string {
	return filepath.Join(append([]string{"..", "..", "examples"}, name...)...)
}

// servePython starts a service in Python on a free port and returns its URL.
func servePython(t *testing.T, folder string, env ...string) string {
	t.Helper()
	return serveExample(t, []string{"python3", example(folder, "server.py")}, env)
}

// serveExample starts a service on a free port and returns its URL, which it prints behind "on".
func serveExample(t *testing.T, command, env []string) string {
	t.Helper()
	program, err := exec.LookPath(command[0])
	if err != nil {
		t.Skip(command[0] + " is not installed")
	}
	at, stop, err := startExample(append([]string{program}, command[1:]...), env, t.Output())
	require.NoError(t, err)
	t.Cleanup(stop)
	return at
}

// startExample starts a service on a free port, and returns its URL and what ends it.
func startExample(command, env []string, log io.Writer) (at string, end func(), err error) {
	ctx, stop := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, command[0], append(command[1:], "0")...)
	c.Env, c.Stderr = append([]string{"PATH=" + os.Getenv("PATH")}, env...), log
	end = func() { stop(); _ = c.Wait() } // it was killed
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		stop()
		return "", nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, at, found := strings.Cut(strings.TrimSpace(line), " on ")
	if err == nil && !found {
		err = fmt.Errorf("the service says %q and not where it is", line)
	}
	if err != nil {
		end()
		return "", nil, err
	}
	return at, end, nil
}

func TestPythonExample(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		code int
	}{{"right", nil, exitValid}, {"broken", []string{"BROKEN=1"}, exitInvalid}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, brief("run", "-f", example("python-orders", "idemcheck.yaml"), "--cases", "32",
				"--target", servePython(t, "python-orders", tc.env...), "--out", t.TempDir())...)
			require.Equal(t, tc.code, got.code, got.out+got.err)
		})
	}
}

// TestPythonSessionExample: tokens end in mid-run, and none is in what a run keeps or prints.
func TestPythonSessionExample(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		code int
	}{
		{"right", []string{"TOKEN_LIFE=1"}, exitValid},
		{"broken", []string{"BROKEN=1", "TOKEN_LIFE=0.1"}, exitInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			got := invoke(t, brief("run", "-f", example("python-session", "idemcheck.yaml"), "--cases", "64",
				"--target", servePython(t, "python-session", tc.env...), "--out", out)...)
			require.Equal(t, tc.code, got.code, got.out+got.err)
			secret := regexp.MustCompile(`north-password|south-password|Bearer [0-9a-f]{32}`)
			require.NotRegexp(t, secret, got.out+got.err)
			require.NoError(t, filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				kept, err := os.ReadFile(path)
				require.NotRegexp(t, secret, string(kept), path)
				return err
			}))
		})
	}
}

func TestNodeExample(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		code int
	}{{"right", nil, exitValid}, {"broken", []string{"BROKEN=1"}, exitInvalid}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			at := serveExample(t, []string{"node", example("node-jsonapi", "server.js")}, tc.env)
			got := invoke(t, brief("run", "-f", example("node-jsonapi", "idemcheck.yaml"), "--cases", "32",
				"--target", at, "--out", t.TempDir())...)
			require.Equal(t, tc.code, got.code, got.out+got.err)
		})
	}
}

func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var log transcript
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--store", "memory", "--listen", "127.0.0.1:0"},
			terminal.Streams{
				Out: io.Discard, Err: &log, Env: os.LookupEnv, Bubbles: t, Program: "idemcheck",
			})
	}()
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	require.Eventually(t, func() bool { return address.MatchString(log.String()) }, patience, patience/1000)
	at := address.FindString(log.String())

	answer, err := http.Get(at + "/healthz")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)

	got := invoke(t, brief("run", "-f", example("reference.yaml"), "--target", at, "--out", t.TempDir())...)
	require.Equal(t, exitValid, got.code, got.out+got.err)
	stop()
	require.Equal(t, exitValid, <-ended, log.String())
}
