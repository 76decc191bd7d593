package differ

import (
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/argument"
)

// Whole makes a pattern match from the first character to the last, as the contract means it.
func Whole(pattern string) string { return "^(?:" + pattern + ")$" }

// Varies reports whether an argument that is no resource has more than one value.
func Varies(a model.Arg) bool {
	switch {
	case a.Decimal != nil:
		low, high, _ := a.Decimal.Units()
		return low < high
	case a.Text != nil:
		return textVaries(*a.Text)
	case a.List != nil:
		low, high := a.List.Length()
		return low < high || Varies(a.List.Of)
	case len(a.OneOf) > 0:
		return len(Others(a.OneOf, a.OneOf[0])) > 0
	}
	return a.Min < a.Max
}

// textVaries reports whether there is more than one text.
func textVaries(t argument.Texts) bool {
	if t.Pattern == "" {
		low, high := t.Length()
		return low < high || len(slices.Compact(slices.Sorted(slices.Values([]rune(t.Alphabet))))) > 1
	}
	tree, err := syntax.Parse(t.Pattern, syntax.Perl)
	return err == nil && tree.Simplify().Op != syntax.OpLiteral
}

// Holds reports whether a drawn value may be one of an argument that is no resource.
func Holds(a model.Arg, v any) bool {
	switch {
	case len(a.OneOf) > 0:
		return slices.ContainsFunc(a.OneOf, func(one any) bool { return one == v })
	case a.Decimal != nil:
		return a.Decimal.Holds(v)
	case a.Text != nil:
		text, ok := v.(string)
		return ok && holdsText(*a.Text, text)
	case a.List != nil:
		list, ok := v.([]any)
		low, high := a.List.Length()
		return ok && low <= len(list) && len(list) <= high &&
			!slices.ContainsFunc(list, func(one any) bool { return !Holds(a.List.Of, one) })
	}
	n, number := v.(int64)
	return number && a.Min <= n && n <= max(a.Min, a.Max)
}

func holdsText(t argument.Texts, text string) bool {
	if t.Pattern != "" {
		matched, err := regexp.MatchString(Whole(t.Pattern), text)
		return err == nil && matched
	}
	low, high := t.Length()
	letters := []rune(t.Alphabet)
	foreign := func(r rune) bool { return !slices.Contains(letters, r) }
	runes := []rune(text)
	return low <= len(runes) && len(runes) <= high && !slices.ContainsFunc(runes, foreign)
}
