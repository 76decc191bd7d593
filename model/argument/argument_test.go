package argument_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/argument"
)

func listOf(of argument.Domain) argument.Domain {
	return argument.Domain{List: &argument.Lists{Of: of}}
}

func cents(low, high string) *argument.Decimals { return &argument.Decimals{Min: low, Max: high} }

func TestDomainsAreToldApart(t *testing.T) {
	for name, tt := range map[string]struct {
		domain          argument.Domain
		whole, computes bool
	}{
		"whole numbers":             {argument.Domain{Min: 1, Max: 9}, true, false},
		"nothing said":              {argument.Domain{}, true, false},
		"a resource":                {argument.Domain{Resource: "account"}, false, false},
		"choices":                   {argument.Domain{OneOf: []any{1, 2}}, false, false},
		"texts":                     {argument.Domain{Text: &argument.Texts{}}, false, false},
		"decimals":                  {argument.Domain{Decimal: cents("0.1", "1")}, false, true},
		"a list of whole numbers":   {listOf(argument.Domain{Max: 9}), false, false},
		"a list of decimals":        {listOf(argument.Domain{Decimal: cents("0.1", "1")}), false, true},
		"a list of lists of those ": {listOf(listOf(argument.Domain{Decimal: cents("0", "1")})), false, true},
	} {
		require.Equal(t, tt.whole, tt.domain.Whole(), name)
		require.Equal(t, tt.computes, tt.domain.Computes(), name)
	}
}

func TestDecimalsHoldWhatIsOnTheirScaleAndInTheirRange(t *testing.T) {
	d := cents("0.5", "99.99")
	low, high, scale := d.Units()
	require.Equal(t, []any{int64(50), int64(9999), 2}, []any{low, high, scale})
	low, high, _ = cents("5", "1").Units()
	require.Equal(t, low, high, "a range that is upside down has one number")
	for v, want := range map[any]struct{ holds, alike bool }{
		"0.50":   {true, true},
		"99.99":  {true, true},
		"0.49":   {false, true},
		"100.00": {false, true},
		"1.5":    {true, false}, // it says a number of the range, and is not written as drawn ones are
		"1.500":  {false, false},
		"x":      {false, false},
		1.5:      {false, false},
		nil:      {false, false},
	} {
		require.Equal(t, want.holds, d.Holds(v), "%v", v)
		require.Equal(t, want.alike, d.Alike(v), "%v", v)
	}
	for v, want := range map[any]any{
		"1.5": "1.50", "1": "1.00", 7: "7.00", json.Number("2.5"): "2.50", 0.25: "0.25",
		"1.555": "1.555", "x": "x", nil: nil, true: true,
	} {
		require.Equal(t, want, d.Written(v), "%v", v)
	}
}

func TestLengthsHaveDefaults(t *testing.T) {
	for _, tt := range []struct {
		min, max        int
		textLow, textUp int
		listLow, listUp int
	}{
		{0, 0, 8, 8, 0, 3},
		{5, 0, 5, 5, 5, 5},
		{2, 0, 2, 2, 2, 3},
		{0, 4, 1, 4, 0, 4},
		{2, 6, 2, 6, 2, 6},
	} {
		low, high := argument.Texts{Min: tt.min, Max: tt.max}.Length()
		require.Equal(t, [2]int{tt.textLow, tt.textUp}, [2]int{low, high}, "text %d to %d", tt.min, tt.max)
		low, high = argument.Lists{Min: tt.min, Max: tt.max}.Length()
		require.Equal(t, [2]int{tt.listLow, tt.listUp}, [2]int{low, high}, "list %d to %d", tt.min, tt.max)
	}
}

func TestValuesAreSentAsTheContractSays(t *testing.T) {
	text, number := argument.Domain{Decimal: cents("0", "9.5")}, argument.Domain{Decimal: cents("0", "9.5")}
	number.Decimal.As = "number"
	for name, tt := range map[string]struct {
		domain argument.Domain
		drawn  any
		want   any
	}{
		"a decimal is a text":   {text, "1.5", "1.5"},
		"a decimal as a number": {number, "1.5", json.Number("1.5")},
		"a list of such":        {listOf(number), []any{"1.5"}, []any{json.Number("1.5")}},
		"a list among choices":  {argument.Domain{OneOf: []any{[]any{"a"}}}, []any{"a"}, []any{"a"}},
		"a whole number":        {argument.Domain{Max: 9}, int64(7), int64(7)},
		"a text of a choice":    {argument.Domain{OneOf: []any{"1.5"}}, "1.5", "1.5"},
		"a list of lists": {
			listOf(listOf(number)), []any{[]any{"2.5"}}, []any{[]any{json.Number("2.5")}},
		},
	} {
		require.Equal(t, tt.want, tt.domain.Sent(tt.drawn), name)
	}
}
