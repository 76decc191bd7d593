package keyform_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
)

// TestOddKeysCanBeSent where the key travels, and each is another one, made of the plain one.
func TestOddKeysCanBeSent(t *testing.T) {
	quoted := true
	for name, tt := range map[string]struct {
		key     model.Key
		control bool
	}{
		"bare":   {model.Key{Header: "Idempotency-Key"}, false},
		"quoted": {model.Key{Header: "Idempotency-Key", Quoted: &quoted}, false},
		"formed": {model.Key{Header: "Idempotency-Key", Format: model.FormatUUID}, false},
		"body":   {model.Key{}, true},
	} {
		c, control := &model.Contract{Key: tt.key}, false
		plain, _ := keyform.Lines(c, model.KeyPlan{Name: "k1", Style: model.KeyPlain}, "n")
		seen := map[string]bool{plain: true}
		for v := range keyform.OddKeys(c) {
			key, lines := keyform.Lines(c, model.KeyPlan{Name: "k1", Style: model.KeyOdd, Variant: v + 1}, "n")
			require.False(t, seen[key], "%s: %q", name, key)
			seen[key] = true
			require.Contains(t, key, plain[:len(plain)-1], name)
			control = control || strings.ContainsAny(key, "\x00\r\n")
			if name == "quoted" {
				require.NotContains(t, strings.Trim(lines[0], `"`), `"`)
				require.NotContains(t, key, `\`)
			}
		}
		require.Equal(t, tt.control, control, name)
		require.Greater(t, len(seen), 12)
		one, _ := keyform.Lines(c, model.KeyPlan{Name: "k1", Style: model.KeyHuge}, "n")
		other, _ := keyform.Lines(c, model.KeyPlan{Name: "k1", Style: model.KeyHuge, Variant: 1}, "n")
		require.Len(t, one, 64<<10)
		require.Equal(t, one[:len(one)-1], other[:len(other)-1])
		require.NotEqual(t, one, other)
	}
}
