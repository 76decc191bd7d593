package keyform_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
)

// all are the styles that differ from another key.
func all() []model.KeyStyle {
	return []model.KeyStyle{model.KeyCase, model.KeyHash, model.KeySpaces, model.KeyLong}
}

func TestKeysAreNewAndFit(t *testing.T) {
	for _, tt := range []struct {
		key   model.Key
		long  int
		alike []model.KeyStyle
	}{
		{model.Key{Format: "uuid"}, 36, []model.KeyStyle{model.KeyLong}},
		{model.Key{Format: "uuid", MaxLength: 36, MinLength: 36}, 36, []model.KeyStyle{model.KeyLong}},
		{model.Key{Pattern: `^order-\d+$`}, 255, []model.KeyStyle{model.KeyLong}},
		{model.Key{Pattern: `\d{16}`}, 16, []model.KeyStyle{model.KeyLong}},
		{model.Key{Pattern: `[a-z]+`, MinLength: 100, MaxLength: 100}, 100, []model.KeyStyle{model.KeyLong}},
		{
			model.Key{Pattern: `[A-Za-z0-9_-]{10,64}`},
			64,
			[]model.KeyStyle{model.KeyCase, model.KeyHash, model.KeyLong},
		},
		{
			model.Key{Pattern: `[\w .-]{20,}`, MaxLength: 128},
			128,
			[]model.KeyStyle{model.KeyCase, model.KeyHash, model.KeySpaces, model.KeyLong},
		},
		{model.Key{Pattern: `(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`}, 36, []model.KeyStyle{
			model.KeyCase, model.KeyHash, model.KeyLong,
		}},
		{model.Key{Pattern: `[A-F0-9]{12}|none`}, 12, []model.KeyStyle{model.KeyLong}},
		{model.Key{Pattern: `(ab|cd){80}x`}, 161, nil},
		{model.Key{Pattern: `.{1,40}`}, 40, all()},
	} {
		t.Run(fmt.Sprintf("%+v", tt.key), func(t *testing.T) {
			require.Empty(t, keyform.Problem(tt.key))
			seen := map[string]bool{}
			for i := range 500 {
				name := fmt.Sprintf("nonce-k%d", i)
				key := keyform.Make(tt.key, name)
				require.True(t, tt.key.Fits(key), key)
				require.Equal(t, key, keyform.Make(tt.key, name))
				require.False(t, seen[key], "%s again", key)
				seen[key] = true
			}
			long := keyform.Long(tt.key, "a")
			require.Len(t, long, tt.long)
			require.True(t, tt.key.Fits(long))
			for _, style := range all() {
				one, other, ok := keyform.Alike(tt.key, style, "a")
				require.Equal(t, slices.Contains(tt.alike, style), ok, "%s: %q %q", style, one, other)
				require.Equal(t, ok, keyform.Room(tt.key, style))
				if ok {
					require.NotEqual(t, one, other)
				}
			}
		})
	}
}

func TestAUUIDIsOne(t *testing.T) {
	for i := range 100 {
		key := keyform.Make(model.Key{Format: "uuid"}, fmt.Sprint(i))
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, key)
	}
}

func TestFormsThatLeaveNoRoom(t *testing.T) {
	for _, k := range []model.Key{
		{Pattern: "[a-z]{3}"},
		{Pattern: "a|b"},
		{Pattern: `\d{10}`},
		{Pattern: `x*`},
		{Pattern: `[a-z]{40}`, MaxLength: 30},
		{Pattern: `[a-z]{20}`, MinLength: 30},
		{Pattern: `^$`},
		{Pattern: `a\bb[0-9a-f]{32}`},
		{Pattern: `[0-9a-f]{32} `},
		{Pattern: `[é-ü]{32}[0-9a-f]{32}`},
		{Pattern: `"[0-9a-f]{32}"`},
		{Format: "uuid", MaxLength: 32},
		{Format: "uuid", Pattern: "[0-9A-F-]{36}$^"},
		{Pattern: "((((()*)*)*)*)*"},
		{Pattern: strings.Repeat("a", 2000)},
		{Pattern: "("},
	} {
		require.NotEmpty(t, keyform.Problem(k), "%+v", k)
	}
}

// TestAnAwkwardPatternIsDone: one that were tried in all ways would outlast any limit of go test.
func TestAnAwkwardPatternIsDone(t *testing.T) {
	for _, pattern := range []string{
		"(((((a*)*)*)*)*)*", "((a{0,30}){0,30}b*)*", strings.Repeat("(a|b)*", 100),
		strings.Repeat("(", 90) + "x" + strings.Repeat("|y)*", 90),
	} {
		k := model.Key{Pattern: pattern, MaxLength: 16 << 10}
		if keyform.Problem(k) == "" {
			require.LessOrEqual(t, len(keyform.Long(k, "a")), k.MaxLength, pattern)
		}
	}
}
