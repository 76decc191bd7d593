package keyform_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
)

func TestKeyLines(t *testing.T) {
	const value = "ic-n-k1"
	long := value + strings.Repeat("x", 19-len(value))
	for _, tt := range []struct {
		style        model.KeyStyle
		variant      int
		value        string
		bare, quoted []string
	}{
		{model.KeyPlain, 0, value, []string{value}, []string{`"ic-n-k1"`}},
		{model.KeyCase, 0, value, []string{value}, []string{`"ic-n-k1"`}},
		{model.KeyCase, 1, "IC-N-K1", []string{"IC-N-K1"}, []string{`"IC-N-K1"`}},
		{model.KeyHash, 0, value + "Aa", []string{value + "Aa"}, []string{`"ic-n-k1Aa"`}},
		{model.KeyHash, 1, value + "BB", []string{value + "BB"}, []string{`"ic-n-k1BB"`}},
		{model.KeySpaces, 0, value, []string{value}, []string{`"ic-n-k1"`}},
		{model.KeySpaces, 1, " ic-n-k1 ", []string{" ic-n-k1 "}, []string{`" ic-n-k1 "`}},
		{model.KeyBare, 0, value, []string{value}, []string{value}},
		{model.KeyLong, 0, long + "a", []string{long + "a"}, []string{`"` + long + `a"`}},
		{model.KeyLong, 1, long + "b", []string{long + "b"}, []string{`"` + long + `b"`}},
		{model.KeyTooLong, 0, long + "xx", []string{long + "xx"}, []string{`"` + long + `xx"`}},
		{model.KeyMissing, 0, "", nil, nil},
		{model.KeyEmpty, 0, "", []string{""}, []string{`""`}},
		{model.KeyUnterminated, 0, value, []string{`"ic-n-k1`}, []string{`"ic-n-k1`}},
		{model.KeyNonASCII, 0, value, []string{value + "é"}, []string{`"ic-n-k1é"`}},
		{model.KeyTwoLines, 0, value, []string{value, value + "x"}, []string{`"ic-n-k1"`, `"ic-n-k1x"`}},
		{model.KeyParameters, 0, value, []string{value + ";a=1"}, []string{`"ic-n-k1";a=1`}},
	} {
		for _, quoted := range []bool{false, true} {
			c := &model.Contract{Key: model.Key{Quoted: &quoted, MaxLength: 20}}
			plan := model.KeyPlan{Name: "k1", Style: tt.style, Variant: tt.variant}
			got, lines := keyform.Lines(c, plan, "n")
			require.Equal(t, tt.value, got, "%s quoted=%t", tt.style, quoted)
			require.Equal(t, map[bool][]string{false: tt.bare, true: tt.quoted}[quoted], lines,
				"%s quoted=%t", tt.style, quoted)
		}
	}
}

func TestKeysAreBareUnlessDeclaredQuoted(t *testing.T) {
	_, lines := keyform.Lines(&model.Contract{}, model.KeyPlan{Name: "k", Style: model.KeyPlain}, "n")
	require.Equal(t, []string{"ic-n-k"}, lines)
}

func TestKeysFitTheContract(t *testing.T) {
	for _, length := range []int{16, 20, 36, 64, 255} {
		c := &model.Contract{Key: model.Key{MaxLength: length}}
		names := []string{"k1", "k2", "setup-merchant-account-1-alpha", "setup-merchant-account-1-beta"}
		seen := map[string]string{}
		for _, nonce := range []string{"0123456789ab", "fedcba987654"} {
			for _, name := range names {
				for _, style := range []model.KeyStyle{
					model.KeyPlain, model.KeyCase, model.KeySpaces, model.KeyLong, model.KeyHash,
				} {
					for variant := range 2 {
						plan := model.KeyPlan{Name: name, Style: style, Variant: variant}
						value, _ := keyform.Lines(c, plan, nonce)
						require.LessOrEqual(t, len(value), length)
						if style == model.KeyLong {
							require.Len(t, value, length)
						}
						who := strings.Join([]string{nonce, name}, " ")
						if style != model.KeyLong { // names of long keys share all but their end on purpose
							require.Contains(t, []string{"", who}, seen[value], "%s for two names", value)
							seen[value] = who
						}
					}
				}
			}
		}
	}
}

// TestKeysHaveTheFormOfTheContract also where a style asks for what it leaves no room for.
func TestKeysHaveTheFormOfTheContract(t *testing.T) {
	for _, key := range []model.Key{
		{Format: "uuid"},
		{Pattern: "order-[0-9a-f]{16}"},
		{Pattern: "[A-Za-z0-9]+", MaxLength: 40},
		{MinLength: 30},
		{MinLength: 36, MaxLength: 36},
		{MinLength: 100, MaxLength: 120},
		{MinLength: 300},
	} {
		c, seen := &model.Contract{Key: key}, map[string]bool{}
		for _, name := range []string{"k1", "k2", "k11", "setup-account-1-", "setup-account-1-x"} {
			for _, style := range []model.KeyStyle{
				model.KeyPlain, model.KeyCase, model.KeyHash, model.KeyLong,
			} {
				plan := model.KeyPlan{Name: name, Style: style}
				one, _ := keyform.Lines(c, plan, "n")
				plan.Variant = 1
				other, _ := keyform.Lines(c, plan, "n")
				require.True(t, key.Fits(one), "%+v %s %q", key, style, one)
				require.True(t, key.Fits(other), "%+v %s %q", key, style, other)
				require.Equal(t, style == model.KeyPlain, one == other, "%+v %s %q", key, style, one)
				if style == model.KeyPlain {
					require.False(t, seen[one], one)
					seen[one] = true
				}
			}
		}
		if key.MaxLength > 0 {
			tooLong, _ := keyform.Lines(c, model.KeyPlan{Name: "k1", Style: model.KeyTooLong}, "n")
			require.Greater(t, len(tooLong), key.MaxLength)
		}
	}
}
