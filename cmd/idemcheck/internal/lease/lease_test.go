package lease

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// helper makes this test binary a process that takes a lease, or holds a folder, until it is killed.
const helper = "LEASE_HELPER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helper); dir != "" {
		hang(dir, os.Getenv("LEASE_TOXIPROXY"))
	}
	os.Exit(m.Run())
}

// hang takes what there is to take and waits for its end.
func hang(dir, toxiproxy string) {
	l, err := Take(dir, toxiproxy)
	if err == nil {
		err = os.MkdirAll(filepath.Join(l.Folder(), "deep"), 0o700)
	}
	if err == nil {
		_, err = Keep(dir)
	}
	if err != nil {
		_, _ = os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString(l.Name + "\n")
	select {}
}

// another starts such a process and returns the name of its lease and how to kill it.
func another(t *testing.T, dir, toxiproxy string) (name string, kill func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), helper+"="+dir, "LEASE_TOXIPROXY="+toxiproxy)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line := make([]byte, 100)
	n, err := out.Read(line)
	require.NoError(t, err)
	name = strings.TrimSpace(string(line[:n]))
	require.True(t, strings.HasPrefix(name, prefix), name)
	return name, func() {
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
	}
}

// names lists what is in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func none(string) error { return errors.New("there is no server") }

func TestAReleasedLeaseLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	l, err := Take(dir, "")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(l.Folder(), "deep"), 0o700))
	require.NoError(t, Sweep(dir, Left{Toxiproxy: "", Proxies: none}))
	require.DirExists(t, l.Folder(), "whoever is at work keeps what is theirs")
	require.NoError(t, l.Release())
	require.Empty(t, names(t, dir))
}

// TestWhatAKilledRunLeft: it stays while the run is there, and goes with the next sweep.
func TestWhatAKilledRunLeft(t *testing.T) {
	dir := t.TempDir()
	name, kill := another(t, dir, "")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "idemcheck-notes"), nil, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "idemcheck-x.lock"), 0o700))
	require.NoError(t, Sweep(dir, Left{Toxiproxy: "", Proxies: none}))
	require.DirExists(t, filepath.Join(dir, name))
	kill()
	require.NoError(t, Sweep(dir, Left{Toxiproxy: "", Proxies: none}))
	require.Equal(t, []string{lockName, "idemcheck-notes", "idemcheck-x.lock"}, names(t, dir))
}

// TestProxiesOfAKilledRun: only a start with the same server removes them, and until then the lock
// file remembers.
func TestProxiesOfAKilledRun(t *testing.T) {
	dir := t.TempDir()
	name, kill := another(t, dir, "http://server")
	kill()
	require.NoError(t, Sweep(dir, Left{Toxiproxy: "http://another", Proxies: none}))
	require.NoDirExists(t, filepath.Join(dir, name))
	require.FileExists(t, filepath.Join(dir, name+suffix))
	err := Sweep(dir, Left{Toxiproxy: "http://server", Proxies: none})
	require.ErrorContains(t, err, "removing what "+name+" left")
	var asked []string
	ask := func(n string) error { asked = append(asked, n); return nil }
	require.NoError(t, Sweep(dir, Left{Toxiproxy: "http://server", Proxies: ask}))
	require.Equal(t, []string{name}, asked)
	require.NoFileExists(t, filepath.Join(dir, name+suffix))
}

// TestALinkIsNotFollowed: a stranger's link in a shared folder leads nowhere.
func TestALinkIsNotFollowed(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	precious := filepath.Join(elsewhere, "precious")
	require.NoError(t, os.WriteFile(precious, nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "idemcheck-1.lock"), []byte("{"), 0o600))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, "idemcheck-1")))
	require.NoError(t, os.Symlink(precious, filepath.Join(dir, "idemcheck-2.lock")))
	require.NoError(t, Sweep(dir, Left{Toxiproxy: "", Proxies: none}))
	require.FileExists(t, precious)
	require.Equal(t, []string{"idemcheck-2.lock"}, names(t, dir))
}

func TestAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	_, kill := another(t, dir, "")
	_, err := Keep(dir)
	var used *InUseError
	require.ErrorAs(t, err, &used)
	require.Regexp(t, `in use by another run \(process \d+, since 20`, err.Error())
	kill()
	h, err := Keep(dir)
	require.NoError(t, err, "the owner is dead")
	_, err = Keep(dir)
	require.ErrorAs(t, err, &used, "also in one process")
	require.NoError(t, h.Release())
	require.NoFileExists(t, filepath.Join(dir, lockName))
	_, err = Keep(filepath.Join(dir, "nowhere"))
	require.ErrorContains(t, err, "locking")
}
