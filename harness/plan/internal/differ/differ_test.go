package differ

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/argument"
)

func cents(low, high string) model.Arg {
	return model.Arg{Decimal: &argument.Decimals{Min: low, Max: high}}
}

func listOf(of model.Arg, low, high int) model.Arg {
	return model.Arg{List: &argument.Lists{Of: of, Min: low, Max: high}}
}

func text(t argument.Texts) model.Arg { return model.Arg{Text: &t} }

func TestArgumentsWithSeveralValuesVary(t *testing.T) {
	one, two := model.Arg{Min: 7, Max: 7}, model.Arg{Min: 7, Max: 8}
	for name, tt := range map[string]struct {
		arg  model.Arg
		want bool
	}{
		"two numbers":                {two, true},
		"one number":                 {one, false},
		"two decimals":               {cents("0.01", "0.02"), true},
		"one decimal":                {cents("0.50", "0.5"), false},
		"two choices":                {model.Arg{OneOf: []any{"a", "b"}}, true},
		"one choice, written twice":  {model.Arg{OneOf: []any{1, 1.0}}, false},
		"lists of two lengths":       {listOf(one, 1, 2), true},
		"lists of one":               {listOf(one, 2, 2), false},
		"lists of one length of two": {listOf(two, 2, 2), true},
		"texts of two characters":    {text(argument.Texts{Alphabet: "ab", Min: 1, Max: 1}), true},
		"texts of two lengths":       {text(argument.Texts{Alphabet: "a", Min: 1, Max: 2}), true},
		"one text":                   {text(argument.Texts{Alphabet: "aa", Min: 3, Max: 3}), false},
		"a pattern":                  {text(argument.Texts{Pattern: "[A-Z]{3}"}), true},
		"a pattern of one text":      {text(argument.Texts{Pattern: "EUR"}), false},
		"a pattern that is none":     {text(argument.Texts{Pattern: "("}), false},
	} {
		require.Equal(t, tt.want, Varies(tt.arg), name)
	}
}

func TestValuesAreHeldByTheirArguments(t *testing.T) {
	letters := text(argument.Texts{Alphabet: "äb", Min: 1, Max: 2})
	for name, tt := range map[string]struct {
		arg  model.Arg
		v    any
		want bool
	}{
		"the least":                 {model.Arg{Min: 1, Max: 9}, int64(1), true},
		"the greatest":              {model.Arg{Min: 1, Max: 9}, int64(9), true},
		"one below":                 {model.Arg{Min: 1, Max: 9}, int64(0), false},
		"one above":                 {model.Arg{Min: 1, Max: 9}, int64(10), false},
		"a fixed number":            {model.Arg{Min: 5}, int64(5), true},
		"a text for a number":       {model.Arg{Min: 1, Max: 9}, "1", false},
		"a choice":                  {model.Arg{OneOf: []any{"a", "b"}}, "b", true},
		"no choice":                 {model.Arg{OneOf: []any{"a", "b"}}, "c", false},
		"a decimal":                 {cents("0.01", "1"), "0.50", true},
		"a decimal beyond":          {cents("0.01", "1"), "1.01", false},
		"letters":                   {letters, "äb", true},
		"one letter":                {letters, "b", true},
		"too many letters":          {letters, "äbä", false},
		"no letter":                 {letters, "", false},
		"a foreign letter":          {letters, "c", false},
		"a number for letters":      {letters, int64(1), false},
		"the whole of a pattern":    {text(argument.Texts{Pattern: "a|ab"}), "ab", true},
		"more than a pattern":       {text(argument.Texts{Pattern: "a|ab"}), "abc", false},
		"what no pattern can hold":  {text(argument.Texts{Pattern: "("}), "(", false},
		"a list":                    {listOf(model.Arg{Min: 1, Max: 9}, 1, 2), []any{int64(1), int64(9)}, true},
		"a list with a wrong value": {listOf(model.Arg{Min: 1, Max: 9}, 1, 2), []any{int64(1), int64(10)}, false},
		"too long a list":           {listOf(model.Arg{Min: 1, Max: 9}, 0, 1), []any{int64(1), int64(1)}, false},
		"no list":                   {listOf(model.Arg{Min: 1, Max: 9}, 0, 1), "1", false},
	} {
		require.Equal(t, tt.want, Holds(tt.arg, tt.v), name)
	}
}

func TestPayloadsDifferInWhatIsSentAndVaries(t *testing.T) {
	args := map[string]model.Arg{
		"amount": {Min: 1, Max: 9}, "fixed": {Min: 3, Max: 3}, "account": {Resource: "account"},
		"order": {Min: 1, Max: math.MaxInt64}, "edge": {Min: 1, Max: exact}, "unsent": {Min: 1, Max: 9},
	}
	c := &model.Contract{Operations: map[string]model.OperationType{
		"all": {Method: "POST", Path: "/x", Args: args, Body: map[string]any{
			"a": "{amount}", "f": "{fixed}", "r": "{account}", "o": "{order}", "e": "{edge}", "m": "{mark}",
		}},
		"none": {Method: "POST", Path: "/x/{account}", Args: args, Body: map[string]any{"f": "{fixed}"}},
	}}
	require.Equal(t, []string{CorrelationID, "amount", "edge", "order", "order", "order"}, In(c, "all"),
		"numbers that floating point confuses come three times")
	require.Empty(t, In(c, "none"))
}
