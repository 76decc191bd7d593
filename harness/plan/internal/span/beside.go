package span

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/argument"
	"github.com/idemcheck/idemcheck/model/decimal"
	"github.com/idemcheck/idemcheck/model/value"
)

// redraws is how many texts are drawn until one is another.
const redraws = 32

// Beside draws a value that differs from one as little as may be: by one step of a number, in one
// value of a list. Where chance finds none it is the same value.
func Beside(t *rapid.T, a model.Arg, v any, name string) any {
	switch {
	case a.Decimal != nil:
		low, high, scale := a.Decimal.Units()
		text, _ := v.(string)
		units, ok := decimal.Units(text, scale)
		if !ok {
			units = low
		}
		return decimal.FromUnits(step(units, high), scale)
	case a.List != nil:
		list, _ := v.([]any)
		return besideList(t, a.List, list, name)
	case a.Text != nil, len(a.OneOf) > 0:
		return otherThan(t, a, v, name)
	}
	n, _ := v.(int64)
	return step(n, a.Max)
}

// step is the number beside another one, which is below it only at the end.
func step(n, high int64) int64 {
	if n == high {
		return n - 1
	}
	return n + 1
}

// otherThan draws until the value is another.
func otherThan(t *rapid.T, a model.Arg, v any, name string) any {
	if others := differ.Others(a.OneOf, v); len(others) > 0 {
		return rapid.SampledFrom(others).Draw(t, name)
	}
	for range redraws {
		if next := Draw(t, a, name); !value.Equal(next, v) {
			return next
		}
	}
	return v
}

// besideList changes one value of a list, or how many it has.
func besideList(t *rapid.T, l *argument.Lists, list []any, name string) any {
	low, high := l.Length()
	out := slices.Clone(list)
	switch {
	case len(list) > 0 && differ.Varies(l.Of):
		i := rapid.IntRange(0, len(list)-1).Draw(t, name)
		out[i] = Beside(t, l.Of, list[i], name)
	case len(list) < high:
		out = append(out, element(t, l.Of, name))
	case len(list) > low:
		out = out[:len(out)-1]
	}
	return out
}

// Min is the smallest value of an argument in place of another one, which stays where none is.
func Min(a model.Arg, v any) any {
	switch {
	case a.Resource != "" || len(a.OneOf) > 0 || a.Text != nil:
		return v
	case a.Decimal != nil:
		low, _, scale := a.Decimal.Units()
		return decimal.FromUnits(low, scale)
	case a.List != nil:
		return minList(a.List, v)
	}
	if _, whole := value.Normal(v).(int64); whole {
		return a.Min
	}
	return v
}

func minList(l *argument.Lists, v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	low, _ := l.Length()
	out := slices.Clone(list[:min(len(list), max(low, 1))])
	for i := range out {
		out[i] = Min(l.Of, out[i])
	}
	return out
}

// Length is how much there is to read of a number or a list; of what cannot be made smaller it is
// nothing.
func Length(v any) int {
	switch x := value.Normal(v).(type) {
	case int64:
		if x != 0 {
			return digits(x)
		}
	case []any:
		n := len(x)
		for _, one := range x {
			n += Length(one)
		}
		return n
	case string:
		if decimal.IsDecimal(x) {
			return len(x)
		}
	}
	return 0
}

// digits counts the decimal digits of a number.
func digits(n int64) int {
	count := 1
	for n /= 10; n != 0; n /= 10 {
		count++
	}
	return count
}

// Even draws a decimal number of a range anew, all equally likely; between draws a whole one. A
// range that is wider than what matters keeps its number.
func Even(d model.Arg, v any, widest int64, between func(low, high int) int) any {
	low, high, scale := d.Decimal.Units()
	if high-low >= widest {
		return v
	}
	return decimal.FromUnits(low+int64(between(0, int(high-low))), scale)
}
