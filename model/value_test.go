package model

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/value"
)

// Amounts with cents are added up by services and by contracts, each in its own way. What that adds
// far behind the point is no difference; what somebody pays is.
func TestEqualForgivesWhatFloatingPointAddsAndNothingElse(t *testing.T) {
	sum := 999.44
	sum -= 0.56 // 998.8800000000001
	for _, c := range []struct {
		a, b any
		want bool
	}{
		{sum, 998.88, true},
		{json.Number("998.88"), sum, true},
		{sum - 998.78, 0.1, true},
		{int64(3), 3.0000000000000004, true},
		{-sum, -998.88, true},
		{998.88, 998.89, false},
		{998.88, -998.88, false},
		{0.00000001, 0.00000002, false},
		{int64(3), 3.01, false},
		{int64(1)<<60 + 1, int64(1) << 60, false},
		{json.Number("4611686018427387905"), json.Number("4611686018427387904"), false},
		{json.Number("18446744073709551615"), json.Number("18446744073709551614"), false},
		{json.Number("18446744073709551615"), json.Number("18446744073709551615"), true},
		{json.Number("-9223372036854775809"), json.Number("-9223372036854775810"), false},
		{json.Number("18446744073709551615"), 18446744073709551615.0, true},
		{998.88, "998.88", false},
		{998.88, nil, false},
		{json.Number("1e999"), 1e300, false},
		{[]any{998.88}, []any{998.88}, true},
	} {
		t.Run(fmt.Sprint(c.a, "_", c.b), func(t *testing.T) {
			require.Equal(t, c.want, value.Equal(c.a, c.b))
			require.Equal(t, c.want, value.Equal(c.b, c.a))
		})
	}
}

func TestTextKeepsEveryDigitOfAName(t *testing.T) {
	for _, n := range []string{"7", "9223372036854775807", "9223372036854775809", "18446744073709551615"} {
		require.Equal(t, n, value.Text(value.Field(`{"id":`+n+`}`, "id")))
		require.Equal(t, n, value.Text(value.Field(`{"a":[{"id":`+n+`}]}`, "a.0.id")))
	}
}
