package span

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/argument"
	"github.com/idemcheck/idemcheck/model/value"
)

func cents(low, high string) model.Arg {
	return model.Arg{Decimal: &argument.Decimals{Min: low, Max: high}}
}

func listOf(of model.Arg, low, high int) model.Arg {
	return model.Arg{List: &argument.Lists{Of: of, Min: low, Max: high}}
}

// everySort has an argument of every sort that leaves a choice.
var everySort = map[string]model.Arg{
	"numbers":          {Min: -3, Max: 5},
	"decimals":         cents("0.01", "99.99"),
	"a pattern":        {Text: &argument.Texts{Pattern: "[A-Z]{3}-[0-9]{2}"}},
	"an alphabet":      {Text: &argument.Texts{Alphabet: "abä", Min: 2, Max: 4}},
	"lists":            listOf(model.Arg{Min: 1, Max: 9}, 1, 3),
	"lists of choices": listOf(model.Arg{OneOf: []any{"a", "b"}}, 2, 2),
	"lists of one":     listOf(model.Arg{Min: 7, Max: 7}, 0, 2),
}

func TestDrawnValuesAreOfTheirArgument(t *testing.T) {
	for name, arg := range everySort {
		rapid.Check(t, func(t *rapid.T) {
			v := Draw(t, arg, "value")
			if !differ.Holds(arg, v) {
				t.Fatalf("%s: %v is none of them", name, v)
			}
			beside := Beside(t, arg, v, "beside")
			if !differ.Holds(arg, beside) || value.Equal(v, beside) {
				t.Fatalf("%s: beside %v comes %v", name, v, beside)
			}
		})
	}
}

func TestNumbersBesideAreOneStepAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, tt := range []struct {
			arg     model.Arg
			v, want any
		}{
			{model.Arg{Min: 1, Max: 9}, int64(1), int64(2)},
			{model.Arg{Min: 1, Max: 9}, int64(9), int64(8)}, // only at the end it is below
			{cents("0.01", "1"), "0.99", "1.00"},
			{cents("0.01", "1"), "1.00", "0.99"},
			{cents("0.01", "1"), "none", "0.02"},
			{model.Arg{OneOf: []any{"a", "b"}}, "a", "b"},
			{model.Arg{Text: &argument.Texts{Alphabet: "a", Min: 1, Max: 1}}, "a", "a"}, // there is no other
			{listOf(model.Arg{Min: 7, Max: 7}, 0, 1), []any{}, []any{int64(7)}},
			{listOf(model.Arg{Min: 7, Max: 7}, 0, 1), []any{int64(7)}, []any{}},
			{listOf(model.Arg{Min: 7, Max: 7}, 1, 1), []any{int64(7)}, []any{int64(7)}},
			{listOf(model.Arg{Min: 7, Max: 8}, 1, 1), []any{int64(7)}, []any{int64(8)}},
		} {
			require.Equal(t, tt.want, Beside(t, tt.arg, tt.v, "beside"), "%v", tt.v)
		}
	})
}

func TestTheSmallestValueStandsForAnother(t *testing.T) {
	for name, tt := range map[string]struct {
		arg     model.Arg
		v, want any
	}{
		"a number":               {model.Arg{Min: 1, Max: 9}, int64(7), int64(1)},
		"a number out of a file": {model.Arg{Min: 1, Max: 9}, json.Number("7"), int64(1)},
		"what is no number":      {model.Arg{Min: 1, Max: 9}, "7", "7"},
		"a decimal":              {cents("0.01", "9"), "7.00", "0.01"},
		"a resource":             {model.Arg{Resource: "account"}, "account-2", "account-2"},
		"a choice":               {model.Arg{OneOf: []any{1, 2}}, 2, 2},
		"a text":                 {model.Arg{Text: &argument.Texts{Alphabet: "ab"}}, "bb", "bb"},
		"a list": {
			listOf(model.Arg{Min: 1, Max: 9}, 2, 3), []any{int64(3), int64(4), int64(5)}, []any{int64(1), int64(1)},
		},
		"a list that may be empty": {
			listOf(model.Arg{Min: 1, Max: 9}, 0, 3), []any{int64(3), int64(4)}, []any{int64(1)},
		},
		"an empty list": {listOf(model.Arg{Min: 1, Max: 9}, 0, 3), []any{}, []any{}},
		"no list":       {listOf(model.Arg{Min: 1, Max: 9}, 0, 3), "x", "x"},
	} {
		require.Equal(t, tt.want, Min(tt.arg, tt.v), name)
	}
}

func TestLengthIsWhatThereIsToRead(t *testing.T) {
	for _, tt := range []struct {
		v    any
		want int
	}{
		{int64(0), 0},
		{int64(7), 1},
		{int64(-7), 1},
		{int64(1000), 4},
		{json.Number("12"), 2},
		{"10.50", 5},
		{"account-1", 0},
		{true, 0},
		{nil, 0},
		{[]any{}, 0},
		{[]any{int64(0)}, 1},
		{[]any{int64(10), []any{"1.5"}}, 2 + 2 + 1 + 3},
	} {
		require.Equal(t, tt.want, Length(tt.v), "%v", tt.v)
	}
}

func TestDecimalsAreDrawnAnewFromNarrowRanges(t *testing.T) {
	var asked [2]int
	last := func(low, high int) int {
		asked = [2]int{low, high}
		return high
	}
	require.Equal(t, "0.20", Even(cents("0.10", "0.20"), "0.15", 11, last))
	require.Equal(t, [2]int{0, 10}, asked)
	require.Equal(t, "0.15", Even(cents("0.10", "0.20"), "0.15", 10, last), "a range as wide as that is kept")
}
