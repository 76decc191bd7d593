package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuiltFrom(t *testing.T) {
	t.Parallel()
	here := runtime.GOOS + "/" + runtime.GOARCH
	settings := func(pairs ...string) (out []debug.BuildSetting) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return out
	}
	for want, info := range map[string]*debug.BuildInfo{
		"idemcheck devel · " + runtime.Version() + " · " + here: nil,
		"idemcheck devel · go1.26.1 · " + here: {
			GoVersion: "go1.26.1", Main: debug.Module{Version: "(devel)"},
		},
		"idemcheck v1.2.3 · go1.26.1 · " + here: {
			GoVersion: "go1.26.1", Main: debug.Module{Version: "v1.2.3"},
		},
		"idemcheck devel · commit 0123456789ab of 2026-11-20T10:00:00Z, modified · go1.26.1 · " + here: {
			GoVersion: "go1.26.1",
			Settings: settings("vcs", "git", "vcs.revision", "0123456789abcdef", "vcs.time",
				"2026-11-20T10:00:00Z", "vcs.modified", "true"),
		},
		"idemcheck devel · commit 01234567 · go1.26.1 · " + here: {
			GoVersion: "go1.26.1", Settings: settings("vcs.revision", "01234567", "vcs.modified", "false"),
		},
	} {
		require.Equal(t, want, builtFrom(info).String())
	}
}

// TestVersionOfABuild asks a binary as people build it. What a plain build is made from is known only
// where go may read the repository.
func TestVersionOfABuild(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "idemcheck")
	if out, err := goCommand(t, "build", "-o", path, ".").CombinedOutput(); err == nil {
		said, err := exec.CommandContext(t.Context(), path, "version").Output()
		require.NoError(t, err)
		requireVersionLine(t, string(said))
	} else {
		require.Contains(t, string(out), "VCS", "go refuses to read a repository that belongs to somebody else")
	}
}

// TestVersionOfARun: of what "go run" builds, which it keeps, it is never known what it is made from.
func TestVersionOfARun(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	run := goCommand(t, "run", "-buildvcs=false", ".", "--version")
	run.Stdout, run.Stderr = &out, &errs
	require.NoError(t, run.Run(), errs.String())
	requireVersionLine(t, out.String())
	require.True(t, strings.HasPrefix(out.String(), "idemcheck devel · go"), "%s", out.String())
}

func requireVersionLine(t *testing.T, out string) {
	t.Helper()
	require.Regexp(t, `^idemcheck (devel|v\S+)( · commit \S.*)? · go1\.\S+.* · \w+/\w+\n$`, out)
}

func goCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), "go", args...)
}
