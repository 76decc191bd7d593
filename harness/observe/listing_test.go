package observe

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValuesThatAreNone(t *testing.T) {
	for value, says := range map[string]string{
		`null`: "no", `1e400`: "out of range (1e400)", `-1e999999999`: "out of range",
		strings.Repeat("7", 1_000_000):            "out of range (777",
		`"` + strings.Repeat("x", maxState) + `"`: "more than 1 KiB",
		`[]`: "no text or number", `""`: "an empty",
		`"a"`: "", `0`: "", `1e-400`: "", `18446744073709551616`: "", `true`: "",
	} {
		dec := json.NewDecoder(strings.NewReader(value))
		dec.UseNumber()
		var v any
		require.NoError(t, dec.Decode(&v))
		_, why := NameValue(v)
		if says == "" {
			require.Empty(t, why, value[:min(len(value), 20)])
			continue
		}
		require.Contains(t, why, says)
		require.Less(t, len(why), 300)
	}
}

// TestANameOfManyDigitsIsNotRounded: two names that differ in the last digit are two, also beyond 64
// bits with a sign.
func TestANameOfManyDigitsIsNotRounded(t *testing.T) {
	for _, n := range []string{"4611686018427387905", "9223372036854775809", "18446744073709551615"} {
		name, why := NameValue(json.Number(n))
		require.Empty(t, why)
		require.Equal(t, n, name)
	}
	value, why := stateValue(json.Number("18446744073709551615"))
	require.Empty(t, why)
	require.InEpsilon(t, float64(1<<64), value, 1e-15)
}
