package reference

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseKey(t *testing.T) {
	long := strings.Repeat("k", MaxKey)
	for field, want := range map[string]string{
		`"a"`:                                    "a",
		`  "a b"  `:                              "a b",
		`"a\"b\\c"`:                              `a"b\c`,
		`"'; DROP --"`:                           `'; DROP --`,
		`"` + long + `"`:                         long,
		`"` + strings.Repeat(`\\`, MaxKey) + `"`: strings.Repeat(`\`, MaxKey),
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
		require.LessOrEqual(t, len(key), MaxKey)
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
		require.Equal(t, quoted, strings.Trim(field, " "))
	})
}

func TestSalvageTakesWhatArrived(t *testing.T) {
	for body, want := range map[string]ChargeInput{
		`{"account":"a","amount":1234,"reference":"r"}`: {Account: "a", Amount: 1234, Reference: "r"},
		`{"account":"a","amount":1234,"refer`:           {Account: "a", Amount: 1234, Reference: ""},
		`{"account":"a","amount":12`:                    {Account: "a", Amount: 12, Reference: ""},
	} {
		var got ChargeInput
		require.Nil(t, salvage([]byte(body), &got), body)
		require.Equal(t, want, got)
	}
	for _, body := range []string{``, `{`, `{"account":"a","amou`, `{"account":"a`, `[1,2`} {
		require.NotNil(t, salvage([]byte(body), &ChargeInput{}), body)
	}
}
