// Package contractdoc writes docs/contract.md and docs/idemcheck.schema.json from package model, whose
// fields and comments say what a contract may hold, and compares both with what is committed.
package contractdoc

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

var update = flag.Bool("update-contract", false, "write page and schema instead of comparing them")

// Where both are, seen from here.
const (
	pagePath   = "../../docs/contract.md"
	schemaPath = "../../docs/idemcheck.schema.json"
)

// TestPageAndSchemaAreUpToDate: whoever changes the contract writes them anew (-update-contract).
func TestPageAndSchemaAreUpToDate(t *testing.T) {
	l := readLanguage(t)
	compare(t, schemaPath, l.schema(t))
	compare(t, pagePath, l.page(t))
}

// compare compares a file with what it should hold, or writes it.
func compare(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, want, 0o600))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got),
		"%s is not up to date: run go test ./internal/contractdoc -update-contract", path)
}

// TestEveryFieldStandsInAllThree compares the fields that the loader knows with those of the page and
// of the schema.
func TestEveryFieldStandsInAllThree(t *testing.T) {
	page, err := os.ReadFile(pagePath)
	require.NoError(t, err)
	schema, err := os.ReadFile(schemaPath)
	require.NoError(t, err)
	var parsed struct {
		Properties  map[string]any
		Definitions map[string]struct{ Properties map[string]any }
	}
	require.NoError(t, json.Unmarshal(schema, &parsed))
	for _, s := range readLanguage(t).sections {
		properties := parsed.Properties
		if s.name != top {
			properties = parsed.Definitions[s.name].Properties
		}
		for _, f := range s.fields {
			require.Contains(t, properties, f.name, s.name)
			require.True(t, bytes.Contains(page, []byte("\n### "+f.heading(s)+"\n")), f.heading(s))
			require.NotEmpty(t, f.doc, "model.%s.%s needs a comment", s.typ.Name(), f.goName)
		}
	}
}

// TestWordsAreThoseOfTheLoader: a word of the table is accepted where it may stand, and no other is.
func TestWordsAreThoseOfTheLoader(t *testing.T) {
	for field, allowed := range words {
		for _, word := range allowed {
			require.NotContains(t, loading(field, word), "unknown value", "%s: %s", field, word)
		}
		require.Contains(t, loading(field, "nonsense"), `unknown value "nonsense"`, field)
	}
}

// loading returns what the loader says of a contract in which one field holds one word.
func loading(field, word string) string {
	section, name, _ := strings.Cut(field, ".")
	value := word
	if lists[field] {
		value = "[" + word + "]"
	}
	src := fmt.Sprintf("version: 1\n%s: {%s: %s}\n", section, name, value)
	if _, err := contract.Parse("idemcheck.yaml", []byte(src)); err != nil {
		return err.Error()
	}
	return ""
}
