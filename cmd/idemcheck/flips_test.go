package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/harness/files"
)

// flipsVariable says how many damaged files are tried; CI tries 100,000.
const flipsVariable = "IDEMCHECK_FLIPS"

// maxMemory is what reading a stranger's file may take, in bytes.
const maxMemory = 200 << 20

// TestFlippedFiles damages plans, histories and verdicts, a few bytes at a time, and reads each as the
// command does: it is judged, shown or loaded, or refused with a sentence. Nothing panics (a panic
// ends the test), nothing hangs, and memory stays bounded.
func TestFlippedFiles(t *testing.T) {
	tries, err := strconv.Atoi(os.Getenv(flipsVariable))
	if err != nil {
		tries = 600
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	kinds := strangers(t)
	path := filepath.Join(t.TempDir(), "file")
	dice := rand.New(rand.NewPCG(3, 4))
	var peak uint64
	for n := range tries {
		k := kinds[n%len(kinds)]
		require.NoError(t, os.WriteFile(path, damaged(dice, k.whole[dice.IntN(len(k.whole))]), 0o600))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		k.read(ctx, t, path)
		require.NoError(t, ctx.Err(), "file %d hangs", n)
		cancel()
		if n%100 == 0 {
			peak = max(peak, inUse())
		}
	}
	t.Logf("%d files, at most %d MB in use", tries, peak>>20)
	require.Less(t, peak, uint64(maxMemory))
}

// inUse is how much memory the process holds, in bytes.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased
}

// stranger is a kind of file that somebody else may have written.
type stranger struct {
	// whole are such files as they should be.
	whole [][]byte
	read  func(ctx context.Context, t *testing.T, path string)
}

// strangers are the kinds of files that the command reads.
func strangers(t *testing.T) []stranger {
	t.Helper()
	dir := t.TempDir()
	got := invoke(t, demo("--bug", "key-ignored", "--cases", "8", "--out", dir)...)
	require.Equal(t, exitInvalid, got.code, got.err)
	content := func(name ...string) []byte { return []byte(text(t, append([]string{dir}, name...)...)) }
	histories := [][]byte{content("counterexample", "history.jsonl"), content("history.jsonl")}
	saved, err := filepath.Glob(filepath.Join("testdata", "histories", "*.jsonl"))
	require.NoError(t, err)
	for _, path := range saved {
		histories = append(histories, []byte(text(t, path)))
	}
	return []stranger{
		{histories, asCommand("judge")},
		{[][]byte{content("verdict.json")}, asCommand("show")},
		{[][]byte{content("plan.json"), content("counterexample", "plan.json")}, loadPlan},
	}
}

// asCommand reads a file with a command.
func asCommand(verb string) func(context.Context, *testing.T, string) {
	return func(ctx context.Context, t *testing.T, path string) {
		t.Helper()
		got := invocation{ctx: ctx}.end(verb, path)
		got.check(t)
		require.NotEqual(t, exitFailed, got.code, got.err)
	}
}

// loadPlan reads a plan as replay does before it sends anything.
func loadPlan(_ context.Context, t *testing.T, path string) {
	t.Helper()
	if _, err := files.LoadPlan(path); err != nil {
		require.Equal(t, exitUsage, exit.Code(err))
	}
}

// damaged returns a copy with a few bytes changed, removed, doubled or put elsewhere.
func damaged(dice *rand.Rand, whole []byte) []byte {
	out := append([]byte(nil), whole...)
	for range 1 + dice.IntN(4) {
		if len(out) == 0 {
			return out // nothing is left to be damaged
		}
		at := dice.IntN(len(out))
		size := min(1+dice.IntN(40), len(out)-at)
		switch dice.IntN(6) {
		case 0:
			out[at] ^= 1 << dice.IntN(8)
		case 1:
			out[at] = "\"{}[],:0123456789-eE.\x00\n"[dice.IntN(23)]
		case 2:
			out = append(out[:at:at], out[at+size:]...)
		case 3:
			out = append(out[:at+size:at+size], out[at:]...)
		case 4:
			copy(out[at:], out[dice.IntN(len(out)):][:1])
		default:
			out = out[:max(at, 1)]
		}
	}
	return out
}
