package exact_test

import (
	"math"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/internal/spec/exact"
	"github.com/idemcheck/idemcheck/model/decimal"
)

// computed is what an expression gives for a price of "2.50", a count of 3, a code "7" that is a
// text, the largest and the smallest of 64 bits, and lists of them.
func computed(source string) (any, error) {
	program, err := expr.Compile(source,
		append([]expr.Option{expr.AllowUndefinedVariables()}, exact.Patch()...)...)
	if err != nil {
		return nil, err
	}
	out, err := expr.Run(program, map[string]any{
		"price": exact.Operand("2.50"), "minus": exact.Operand("-2.5"), "count": exact.Operand(int64(3)),
		"code": "7", "word": "abc", "most": math.MaxInt, "least": math.MinInt,
		"list": exact.Operand([]any{"0.1", int64(2), "x"}), "raw": []any{"0.10", int64(2)},
		"ints": []int{3, 4}, "nothing": nil, "names": map[string]any{"a": 1},
	})
	if err != nil {
		return nil, err
	}
	return exact.Result(out)
}

func TestExpressions(t *testing.T) {
	for source, want := range map[string]any{
		"price + price": decimal.Exact("5"), "price - count": decimal.Exact("-0.5"),
		"price * count": decimal.Exact("7.5"), "count / 2": decimal.Exact("1.5"), "count % 2": int64(1),
		"count + count": int64(6), "count - 5": int64(-2), "count * 4": int64(12), "-count": int64(-3),
		"-price": decimal.Exact("-2.5"), "price + code": decimal.Exact("9.5"), "code + price": decimal.Exact("9.5"),
		"word + code": "abc7", "0.1 + 0.2": decimal.Exact("0.3"),

		"price == 2.5": true, "price == code": false, "code == 7": true, "7 == code": true,
		"code == '7.0'": false, "word == 'abc'": true, "price == word": false, "word == price": false,
		"price != 2.5": false, "price != 3": true, "nothing == nil": true, "price == nil": false,
		"price < count": true, "count < price": false, "price < 2.5": false, "price <= 2.5": true,
		"count > price": true, "price > 2.5": false, "price >= 2.5": true, "price >= count": false,
		"word < 'abd'": true, "word < word": false, "word <= word": true, "word > 'abb'": true,

		"0.1 in list": true, "'0.1' in list": true, "'x' in list": true, "3 in list": false,
		"0.1 in raw": true, "2 in raw": true, "3 in ints": true, "2 in ints": false, "price in ints": false,
		"'a' in names": true, "'b' in names": false, "1 in names": false,

		"abs(minus)": decimal.Exact("2.5"), "abs(-3)": int64(3), "round(price)": decimal.Exact("3"),
		"round(minus)": decimal.Exact("-3"), "round(2.49)": decimal.Exact("2"),
		"floor(price)": decimal.Exact("2"), "floor(minus)": decimal.Exact("-3"),
		"ceil(price)": decimal.Exact("3"), "ceil(minus)": decimal.Exact("-2"), "ceil(count)": int64(3),
		"int(price)": int64(2), "int(minus)": int64(-2), "int(code)": int64(7),
		"float(count)": decimal.Exact("3"), "float(code)": decimal.Exact("7"),
		"string(price)": "2.50", "string(price * 1)": "2.5", "string(count)": "3", "string(word)": "abc",

		"sum(list[:2])": decimal.Exact("2.1"), "sum([count, [1]])": int64(4), "sum([])": int64(0),
		"min(price, count)": decimal.Exact("2.5"), "max(price, count)": int64(3),
		"min([3, 2, 4])": int64(2), "max([3, [5], 4])": int64(5),
		"max(price, 2.5, code)": "7", "count > 2 ? price : 1": decimal.Exact("2.5"),
	} {
		got, err := computed(source)
		require.NoError(t, err, source)
		require.Equal(t, want, got, source)
	}
}

// TestWholeNumbersDoNotWrap goes beyond 64 bits: what a contract declares is then no longer a number
// of the machine, and certainly not one with the other sign.
func TestWholeNumbersDoNotWrap(t *testing.T) {
	for source, want := range map[string]any{
		"most + 0":              int64(math.MaxInt64),
		"most + 1":              decimal.Exact("9223372036854775808"),
		"least - 0":             int64(math.MinInt64),
		"least - 1":             decimal.Exact("-9223372036854775809"),
		"most * 2":              decimal.Exact("18446744073709551614"),
		"-least":                decimal.Exact("9223372036854775808"),
		"abs(least)":            decimal.Exact("9223372036854775808"),
		"sum([most, 1, least])": decimal.Exact("0"),
	} {
		got, err := computed(source)
		require.NoError(t, err, source)
		require.Equal(t, want, got, source)
	}
}

func TestWhatCannotBeComputed(t *testing.T) {
	for source, says := range map[string]string{
		"price + word": `2.50 + "abc" cannot be computed: one of them is no number`,
		"word - 1":     `"abc" - 1 cannot be computed`, "code - '1'": `"7" - "1" cannot be computed`,
		"price * nothing": "2.50 * nothing cannot be computed", "word / 2": `"abc" / 2 cannot be computed`,
		"price % 2": "2.50 % 2 cannot be computed", "2 % price": "2 % 2.50 cannot be computed",
		"price / 0": "a number is divided by zero", "count % (count - 3)": "a number is divided by zero",
		"price < word": `2.50 < "abc" cannot be computed`, "word >= price": `"abc" >= 2.50 cannot be computed`,
		"price in word":    "what stands behind in is no list",
		"min(price, word)": `"abc" beside 2.50 cannot be computed`,
		"max([])":          "no least and no greatest of nothing",
		"round(word)":      `"abc" is no number`, "int(most * 2)": "larger than 64 bits hold",
		"sum([1, word])":                  `1 + "abc" cannot be computed`,
		"reduce(1..40, #acc * #acc, 1.5)": "a number became too long",
	} {
		_, err := computed(source)
		require.ErrorContains(t, err, says, source)
	}
}
