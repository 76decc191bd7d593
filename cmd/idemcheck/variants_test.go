package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVariantIsAttackedUnderItsOwnContract, and under that of the draft it is found out.
func TestVariantIsAttackedUnderItsOwnContract(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	own := invoke(t, demo("--variant", "ack-only", "--out", dir)...)
	require.Equal(t, exitValid, own.code, own.out+own.err)
	require.Contains(t, own.out, "ack-only")
	plan := filepath.Join(dir, "plan.json")
	require.Contains(t, text(t, plan), `"variant": "ack-only"`)

	again := invoke(t, "replay", plan, "--store", "memory", "--out", t.TempDir())
	require.Equal(t, exitValid, again.code, again.out+again.err)
	history := filepath.Join(dir, "history.jsonl")
	draft := invoke(t, "judge", history, "-f", example("reference.yaml"))
	require.Equal(t, exitInvalid, draft.code, draft.out+draft.err)
}

func TestVariantThatDoesNotExist(t *testing.T) {
	for _, args := range [][]string{{"demo"}, {"serve"}} {
		got := invoke(t, append(args, "--store", "memory", "--variant", "blokcs")...)
		require.Equal(t, exitUsage, got.code, got.err)
		require.Contains(t, got.err, `did you mean "blocks"?`)
		require.Contains(t, got.err, "idemcheck list variants")
	}
}
