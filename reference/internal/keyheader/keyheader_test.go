package keyheader

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseKey(t *testing.T) {
	long := strings.Repeat("k", MaxLength)
	for field, want := range map[string]string{
		`"a"`:            "a",
		`  "a b"  `:      "a b",
		`"a\"b\\c"`:      `a"b\c`,
		`"'; DROP --"`:   `'; DROP --`,
		`"` + long + `"`: long,
		`"` + strings.Repeat(`\\`, MaxLength) + `"`: strings.Repeat(`\`, MaxLength),
	} {
		got, err := parseKey(field)
		require.NoError(t, err, field)
		require.Equal(t, want, got)
	}
	for _, field := range []string{
		"", `"`, `""`, `a`, `a"`, `"a`, `"a\"`, `"a\`, `"a\b"`, `"a";p`, `"a", "b"`, `"a" x`,
		"\"a\tb\"", "\"\x7f\"", "\"\xff\"", `?1`, `:YQ==:`, `"` + long + `k"`, "\t\"a\"",
	} {
		_, err := parseKey(field)
		require.Error(t, err, field)
	}
}

func FuzzParseKey(f *testing.F) {
	for _, field := range []string{`"a"`, `"a\"b"`, `"a`, ` "a" `, `"a";p=1`} {
		f.Add(field)
	}
	f.Fuzz(func(t *testing.T, field string) {
		key, err := parseKey(field)
		if err != nil {
			return
		}
		require.NotEmpty(t, key)
		require.LessOrEqual(t, len(key), MaxLength)
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
		require.Equal(t, quoted, strings.Trim(field, " "))
	})
}
