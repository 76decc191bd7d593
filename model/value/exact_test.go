package value_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/decimal"
	"github.com/idemcheck/idemcheck/model/value"
)

func TestExactNumbersEqualWhatSaysTheSame(t *testing.T) {
	e := decimal.Exact("948.5")
	for _, same := range []any{"948.50", "948.5", 948.5, json.Number("948.500"), decimal.Exact("948.5")} {
		require.True(t, value.Equal(e, same), "%v", same)
		require.True(t, value.Equal(same, e), "%v", same)
	}
	for _, other := range []any{"948.51", "0948.5", "948.5 EUR", 948.51, int64(948), nil, true, ""} {
		require.False(t, value.Equal(e, other), "%v", other)
		require.False(t, value.Equal(other, e), "%v", other)
	}
	require.True(t, value.Equal(decimal.Exact("5"), int64(5)))
	require.True(t, value.Equal(decimal.Exact("998.88"), 998.8800000000001))
	require.False(t, value.Equal(decimal.Exact("99999999999.99"), 99999999999.98))
	require.False(t, value.Equal("948.50", 948.5), "text is no number where nothing says decimal")
}

func TestExactNumbersComeBackFromFiles(t *testing.T) {
	saved, err := json.Marshal(map[string]any{"amount": decimal.Exact("12.5"), "code": "12.5"})
	require.NoError(t, err)
	var back map[string]any
	require.NoError(t, json.Unmarshal(saved, &back))
	value.Restore(back)
	require.Equal(t, map[string]any{"amount": decimal.Exact("12.5"), "code": "12.5"}, back)
	require.Equal(t, `{"amount":12.5}`, value.Text(map[string]any{"amount": decimal.Exact("12.5")}))
}

func TestExactOfIsTheShortestForm(t *testing.T) {
	for text, want := range map[string]decimal.Exact{
		"100": "100", "100.00": "100", "0.50": "0.5", "-0.00": "0", "-1.20": "-1.2",
	} {
		r, ok := value.Rational(text)
		require.True(t, ok)
		got, err := decimal.Of(r)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := decimal.Of(new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(99), nil)))
	require.Error(t, err)
}

func TestUnitsAndBack(t *testing.T) {
	n, ok := decimal.Units("-12.5", 2)
	require.True(t, ok)
	require.Equal(t, int64(-1250), n)
	require.Equal(t, "-12.50", decimal.FromUnits(n, 2))
	_, ok = decimal.Units("0.001", 2)
	require.False(t, ok)
	_, ok = decimal.Units("99999999999999999999", 0)
	require.False(t, ok)
}
