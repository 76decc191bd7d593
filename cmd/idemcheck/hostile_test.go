package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/hostile"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/internal/sweep"
)

// hostileVariable asks for every hostile trick in every exchange, which takes many minutes; without it
// only the severe tricks are tried, each in one exchange, and every day one severe trick of a few.
const (
	hostileVariable = "IDEMCHECK_HOSTILE"
	everySevere     = 3
)

const (
	// maxHostileMemory and maxHostileDisk bound a run whatever the service answers, in bytes.
	maxHostileMemory = 300 << 20
	maxHostileDisk   = 200 << 20
	// maxHostileText bounds what one report prints, in bytes.
	maxHostileText = 64 << 10
)

// asCommandVariable makes this test binary be the command: it names the file for its peak memory.
const asCommandVariable = "IDEMCHECK_TEST_AS_COMMAND"

// sideBySide is how many tests run at a time unless -parallel says so: most of their time they wait, for
// timeouts of services that hang and for faults on the wire.
const sideBySide = 4

func TestMain(m *testing.M) {
	peak := os.Getenv(asCommandVariable)
	if peak == "" {
		testscript.Main(sideBySideTests{m}, map[string]func(){"idemcheck": main}) // it exits
	}
	ctx, stop := exit.Interruptible(context.Background())
	code := run(ctx, os.Args[1:], terminal.Streams{
		Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv, Program: "idemcheck",
	})
	stop()
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		err = os.WriteFile(peak, status, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// sideBySideTests runs the tests of this package.
type sideBySideTests struct{ *testing.M }

// Run implements testscript.TestingM.
func (m sideBySideTests) Run() int {
	if err := runSideBySide(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.M.Run()
}

// runSideBySide sets -parallel where nobody did, and where there are fewer processors.
func runSideBySide() error {
	const name = "test.parallel"
	flag.Parse()
	given := runtime.GOMAXPROCS(0) >= sideBySide
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if given {
		return nil
	}
	return flag.Set(name, strconv.Itoa(sideBySide))
}

// asProcess is the command in a process of its own, which writes its peak memory to a file.
func asProcess(t *testing.T, peak string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), asCommandVariable+"="+peak)
	return c
}

// TestHostileAnswers: whatever a service answers, a run ends with a verdict or a reason, with
// bounded memory, disk and text, and leaves the terminal alone.
func TestHostileAnswers(t *testing.T) {
	contract := file(t, "idemcheck.yaml", hostileContract(t))
	severe := 0
	for i, trick := range hostile.Tricks() {
		exchanges := hostile.Exchanges()
		if os.Getenv(hostileVariable) == "" {
			if !trick.Severe {
				continue
			}
			if severe++; severe%sweep.Of(everySevere, 1) != 0 {
				continue
			}
			exchanges = exchanges[i%len(exchanges):][:1]
		}
		for _, exchange := range exchanges {
			t.Run(trick.Name+"/"+string(exchange), func(t *testing.T) {
				t.Parallel()
				endOf(t, contract, hostile.New(trick, exchange)).check(t)
			})
		}
	}
}

func hostileContract(t *testing.T) string {
	t.Helper()
	return text(t, "internal", "hostile", "contract.yaml")
}

// hostileEnd is how a run against a hostile service ended.
type hostileEnd struct {
	code     int
	out, err string
	// memory and disk are bytes: the most memory that the process ever had, and what it left.
	memory, Disk int64
	took         time.Duration
}

// endOf runs the command in a process of its own against a service.
func endOf(t *testing.T, contract string, s *hostile.Handler) hostileEnd {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	defer server.CloseClientConnections()
	dir := t.TempDir()
	args := []string{
		"run", "-f", contract, "--target", server.URL, "--seed", "1", "--no-progress",
		"--out", filepath.Join(dir, "out"),
	}
	if cases := os.Getenv(hostileVariable); cases != "default" {
		args = append(args, "--cases", "12")
	}
	peak := filepath.Join(dir, "peak")
	c := asProcess(t, peak, args...)
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	begun := time.Now()
	err := c.Run()
	end := hostileEnd{out: out.String(), err: errs.String(), took: time.Since(begun)}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		end.code = failed.ExitCode()
	} else {
		require.NoError(t, err)
	}
	end.memory, end.Disk = peakOf(t, peak), sizeOf(t, filepath.Join(dir, "out"))
	t.Logf("exit %d, %.1f s, %d MB of memory, %d KB on disk, %d bytes of text\n%s%s", end.code,
		end.took.Seconds(), end.memory>>20, end.Disk>>10, len(end.out)+len(end.err), end.err, end.out)
	return end
}

// check requires what holds for every service.
func (e hostileEnd) check(t *testing.T) {
	t.Helper()
	require.LessOrEqual(t, e.memory, int64(maxHostileMemory))
	require.LessOrEqual(t, e.Disk, int64(maxHostileDisk))
	require.LessOrEqual(t, len(e.out)+len(e.err), maxHostileText)
	ended{e.code, e.out, e.err}.check(t)
	require.NotContains(t, e.out+e.err, "fatal error")
	for _, r := range e.out + e.err {
		require.True(t, r == '\n' || unicode.IsPrint(r), "%U is printed", r)
	}
	if e.code == exitUsage {
		require.Contains(t, e.out, "the contract does not describe the service")
		require.Contains(t, e.out, "the answer is not JSON")
	}
	if e.code == exitUnknown {
		require.Contains(t, e.out, "? ", "unknown without a reason")
	}
}

// peakOf reads the most memory a process ever had from its status.
func peakOf(t *testing.T, path string) int64 {
	t.Helper()
	for line := range strings.Lines(text(t, path)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			require.NoError(t, err)
			return kilobytes << 10
		}
	}
	require.Fail(t, "no VmHWM")
	return 0
}

// sizeOf is how much is in a folder.
func sizeOf(t *testing.T, dir string) int64 {
	t.Helper()
	var size int64
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		size += info.Size()
		return err
	})
	require.NoError(t, err)
	return size
}
