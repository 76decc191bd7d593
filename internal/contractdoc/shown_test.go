package contractdoc

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

// maxShown is how many lines of a mapping an example shows; of mappings in it, it shows one.
const maxShown = 3

// contracts are those that examples are taken from, by their paths.
type contracts []yaml.MapSlice

// contractFiles lists the contracts of examples/, which are tried with their services, and those that
// show what no example needs, which are loaded.
func contractFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{
		"../../examples/*.yaml", "../../examples/*/idemcheck.yaml", "testdata/right/*.yaml",
	} {
		paths, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, paths, pattern)
		out = append(out, paths...)
	}
	return out
}

func readExamples(t *testing.T) contracts {
	t.Helper()
	var out contracts
	for _, path := range contractFiles(t) {
		src, err := os.ReadFile(path)
		require.NoError(t, err)
		var one yaml.MapSlice
		require.NoError(t, yaml.UnmarshalWithOptions(src, &one, yaml.UseOrderedMap()), path)
		out = append(out, one)
	}
	return out
}

// of returns the lines that set a field in one of the contracts, with those above them that say where
// it stands.
func (c contracts) of(where, field string) (string, bool) {
	path := strings.FieldsFunc(strings.ReplaceAll(where, "[]", ".[]"), func(r rune) bool { return r == '.' })
	for _, one := range c {
		if value, found := only(one, append(slices.Clone(path), field)); found {
			text, err := yaml.MarshalWithOptions(value, yaml.IndentSequence(true))
			return string(text), err == nil
		}
	}
	return "", false
}

// only keeps of a value what stands at the end of a path.
func only(value any, path []string) (any, bool) {
	if len(path) == 0 {
		return few(value), true
	}
	switch v := value.(type) {
	case yaml.MapSlice:
		for _, item := range v {
			if path[0] != "NAME" && path[0] != item.Key {
				continue
			}
			if inner, found := only(item.Value, path[1:]); found {
				return yaml.MapSlice{{Key: item.Key, Value: inner}}, true
			}
		}
	case []any:
		for _, item := range v {
			if inner, found := only(item, path[1:]); path[0] == "[]" && found {
				return []any{inner}, true
			}
		}
	}
	return nil, false
}

// few keeps the first entries of a mapping.
func few(value any) any {
	entries, ok := value.(yaml.MapSlice)
	if !ok {
		return value
	}
	for i, entry := range entries[:min(len(entries), maxShown)] {
		if _, deep := entry.Value.(yaml.MapSlice); deep {
			return entries[:i+1]
		}
	}
	return entries[:min(len(entries), maxShown)]
}

// TestTheSchemaAcceptsEveryContract: what runs is right in an editor too.
func TestTheSchemaAcceptsEveryContract(t *testing.T) {
	schema := compiled(t)
	for _, path := range contractFiles(t) {
		src, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, schema.Validate(asJSON(t, src)), path)
		if strings.HasPrefix(path, "testdata/") {
			_, err = contract.Parse(path, src)
			require.NoError(t, err)
		}
	}
}

// TestTheSchemaRefusesMistakes: what an editor can know is refused by the loader and by the schema.
func TestTheSchemaRefusesMistakes(t *testing.T) {
	schema := compiled(t)
	paths, err := filepath.Glob("testdata/wrong/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		src, err := os.ReadFile(path)
		require.NoError(t, err)
		for i, mistake := range strings.Split(string(src), "\n---\n") {
			require.Error(t, schema.Validate(asJSON(t, []byte(mistake))), "%s, %d: %s", path, i, mistake)
			_, err = contract.Parse(path, []byte(mistake))
			require.Error(t, err, mistake)
		}
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(schemaPath)
	require.NoError(t, err)
	return schema
}

// asJSON returns what a YAML text holds as the validator wants it.
func asJSON(t *testing.T, src []byte) any {
	t.Helper()
	text, err := yaml.YAMLToJSON(src)
	require.NoError(t, err, string(src))
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var out any
	require.NoError(t, decoder.Decode(&out))
	return out
}
