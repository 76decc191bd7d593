// Package span draws the values of arguments that are neither resources nor one of several, and
// values that lie beside one.
package span

import (
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/decimal"
)

// Draw draws a value of an argument, small ones and ends more often.
func Draw(t *rapid.T, a model.Arg, name string) any {
	switch {
	case a.Decimal != nil:
		low, high, scale := a.Decimal.Units()
		return decimal.FromUnits(rapid.Int64Range(low, high).Draw(t, name), scale)
	case a.Text != nil && a.Text.Pattern != "":
		return rapid.StringMatching(differ.Whole(a.Text.Pattern)).Draw(t, name)
	case a.Text != nil:
		low, high := a.Text.Length()
		letters := rapid.RuneFrom([]rune(a.Text.Alphabet))
		return rapid.StringOfN(letters, low, high, -1).Draw(t, name)
	case a.List != nil:
		low, high := a.List.Length()
		one := rapid.Custom(func(t *rapid.T) any { return element(t, a.List.Of, name) })
		return rapid.SliceOfN(one, low, high).Draw(t, name)
	}
	return rapid.Int64Range(a.Min, max(a.Min, a.Max)).Draw(t, name)
}

// element draws a value of a list.
func element(t *rapid.T, of model.Arg, name string) any {
	if len(of.OneOf) > 0 {
		return rapid.SampledFrom(of.OneOf).Draw(t, name)
	}
	return Draw(t, of, name)
}
