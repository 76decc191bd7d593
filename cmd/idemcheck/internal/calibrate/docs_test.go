package calibrate

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
)

// TestDocumentationIsWhatWasMeasured: `make docs` writes it, `make calibrate` measures before.
func TestDocumentationIsWhatWasMeasured(t *testing.T) {
	d, err := Committed()
	require.NoError(t, err)
	want, err := d.BugPages()
	require.NoError(t, err)
	var table bytes.Buffer
	require.NoError(t, markdown(&table, d))
	docs := filepath.Join("..", "..", "..", "..", "docs")
	for name, text := range want {
		requireFile(t, text, filepath.Join(docs, "bugs", name))
	}
	requireFile(t, table.String(), filepath.Join(docs, "calibration.md"))
	written, err := filepath.Glob(filepath.Join(docs, "bugs", "*.md"))
	require.NoError(t, err)
	require.Len(t, written, len(want), "a page that nobody writes any more")
}

// requireFile asks that a file says a text.
func requireFile(t *testing.T, want, path string) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "%s is old: run `make docs`", path)
}

// TestEverySubjectIsCalibrated, and none of them is a surprise.
func TestEverySubjectIsCalibrated(t *testing.T) {
	d, err := Committed()
	require.NoError(t, err)
	all, err := subject.All()
	require.NoError(t, err)
	all = slices.DeleteFunc(all, func(s subject.KnownService) bool { return s.HeldOut != "" })
	variants := map[string]bool{}
	for _, v := range d.Variants {
		require.Empty(t, v.Accused, v.Name)
		variants[v.Name] = true
	}
	const advice = "%s was not measured as it is now: run `make calibrate`"
	for _, s := range all {
		if s.Right {
			require.True(t, variants[s.Name], advice, s.Name)
			continue
		}
		b := d.Bug(s.Name)
		require.NotNil(t, b, advice, s.Name)
		require.Equal(t, s.Rules, b.Rules, advice, s.Name)
	}
	require.Len(t, all, len(d.Bugs)+len(d.Variants), advice, "what is gone")
	require.Equal(t, "memory", d.World)
	require.True(t, d.Matrix)
	var again bytes.Buffer
	require.NoError(t, baseline(&again, d))
	require.Equal(t, string(committed), again.String(), "written by the command, not by hand")
	require.Less(t, strings.Count(again.String(), "\n"), 3000, "a person reviews it")
	require.NotContains(t, again.String(), `"seconds"`, "times differ from run to run")
}
