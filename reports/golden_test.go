package reports

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing them")

func render(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, write(&b))
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func documents() map[string]Document {
	return map[string]Document{
		"valid": validDocument(), "hollow": hollowDocument(), "unknown": unknownDocument(),
		"lost": lostDocument(), "race": raceDocument(), "tenants": tenantsDocument(),
		"beside": besideDocument(), "mistaken": mistakenDocument(),
		"late": lateDocument(),
	}
}

func TestText(t *testing.T) {
	for name, doc := range documents() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", render(t, func(w io.Writer) error {
				return Text(w, doc, TextOptions{})
			}))
		})
	}
}

func TestJUnitGolden(t *testing.T) {
	for name, doc := range documents() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".xml", render(t, func(w io.Writer) error { return JUnit(w, doc) }))
		})
	}
}

func TestJSONGolden(t *testing.T) {
	for name, doc := range documents() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".json", render(t, func(w io.Writer) error { return JSON(w, doc.Verdict) }))
		})
	}
}

func TestCurlGolden(t *testing.T) {
	for _, name := range []string{"lost", "race", "tenants"} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".sh", render(t, func(w io.Writer) error { return Curl(w, documents()[name]) }))
		})
	}
}
