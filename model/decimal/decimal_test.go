package decimal_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/decimal"
)

func TestDecimalNumbersAreToldFromNames(t *testing.T) {
	for text, want := range map[string]bool{
		"0": true, "-0": true, "7": true, "10.50": true, "-3.001": true,
		strings.Repeat("9", 80): true, strings.Repeat("9", 81): false, // more digits than are computed with
		"": false, "-": false, ".5": false, "5.": false, "+1": false, "1e3": false, "0x1": false,
		"007": false, "00.1": false, "1,5": false, "1\n": false, "1.2.3": false, "٣": false,
	} {
		require.Equal(t, want, decimal.IsDecimal(text), "%q", text)
		_, ok := decimal.Parse(text)
		require.Equal(t, want, ok, "%q is parsed when it is one", text)
	}
}

func TestUnitsAreCountedWithoutRounding(t *testing.T) {
	for _, tt := range []struct {
		text  string
		scale int
		want  int64
		ok    bool
	}{
		{"10.5", 2, 1050, true},
		{"10.50", 2, 1050, true},
		{"-0.01", 2, -1, true},
		{"7", 0, 7, true},
		{"0.001", 2, 0, false}, // a digit more than the scale has
		{"0.000", 2, 0, false}, // the same, though nothing would be lost
		{"92233720368547758.07", 2, math.MaxInt64, true},
		{"-92233720368547758.08", 2, math.MinInt64, true},
		{"92233720368547758.08", 2, 0, false},
		{"seven", 2, 0, false},
	} {
		got, ok := decimal.Units(tt.text, tt.scale)
		require.Equal(t, tt.ok, ok, tt.text)
		if tt.ok {
			require.Equal(t, tt.want, got, tt.text)
		}
	}
	require.Equal(t, "10.50", decimal.FromUnits(1050, 2), "with all digits of the scale")
	require.Equal(t, "-0.01", decimal.FromUnits(-1, 2))
	require.Equal(t, "0.000", decimal.FromUnits(0, 3))
	require.Equal(t, "7", decimal.FromUnits(7, 0))
	require.Equal(t, 2, decimal.Scale("10.50"))
	require.Zero(t, decimal.Scale("10"))
}

func TestTheShortestFormSaysTheSame(t *testing.T) {
	long := "1" + strings.Repeat("0", 80)
	for written, want := range map[string]string{
		"948.50": "948.5", "948.00": "948", "100": "100", "0": "0", "-0.0": "0", "-2.50": "-2.5",
		"1/3": "0.333333333333333333333333", "-1/10000000000000000000000000": "0",
	} {
		r, ok := new(big.Rat).SetString(written)
		require.True(t, ok, written)
		got, err := decimal.Of(r)
		require.NoError(t, err, written)
		require.Equal(t, decimal.Exact(want), got, written)
	}
	r, _ := new(big.Rat).SetString(long[:80])
	_, err := decimal.Of(r)
	require.NoError(t, err, "as many digits as there may be")
	r, _ = new(big.Rat).SetString(long)
	_, err = decimal.Of(r)
	require.ErrorContains(t, err, "more than 80 digits")
}

func TestExactNumbersComeBackFromFiles(t *testing.T) {
	text, err := json.Marshal(decimal.Exact("948.5"))
	require.NoError(t, err)
	var held any
	require.NoError(t, json.Unmarshal(text, &held))
	back, ok := decimal.FromFile(held)
	require.True(t, ok)
	require.Equal(t, decimal.Exact("948.5"), back)
	for name, other := range map[string]any{
		"a text":              "948.5",
		"a number":            948.5,
		"nothing":             nil,
		"another name":        map[string]any{"value": "948.5"},
		"no number":           map[string]any{"exact": "much"},
		"a number beside":     map[string]any{"exact": "1", "unit": "EUR"},
		"a number of another": map[string]any{"exact": 1.5},
	} {
		_, ok := decimal.FromFile(other)
		require.False(t, ok, name)
	}
}
