// Package argument says which values an argument of an operation may have. It is plain data.
package argument

import (
	"encoding/json"

	"github.com/idemcheck/idemcheck/model/decimal"
	"github.com/idemcheck/idemcheck/model/value"
)

// Domain is the range of one argument: a resource, whole numbers, one of several values, decimal
// numbers, texts, or lists.
type Domain struct {
	// Resource names a type; the drawn value is a fresh resource of it, sent as its id.
	Resource string `json:"resource,omitempty" yaml:"resource"`
	// Min and Max bound a whole number; both are drawn too.
	Min int64 `json:"min,omitempty" yaml:"min"`
	Max int64 `json:"max,omitempty" yaml:"max"`
	// OneOf are the values to draw from.
	OneOf []any `json:"one_of,omitempty" yaml:"one_of"`
	// Decimal are numbers that have digits behind the point.
	Decimal *Decimals `json:"decimal,omitempty" yaml:"decimal"`
	// Text are texts that are drawn.
	Text *Texts `json:"text,omitempty" yaml:"text"`
	// List are lists of a few values.
	List *Lists `json:"list,omitempty" yaml:"list"`
}

// Decimals are numbers with as many digits behind the point as Min or Max has. Expressions compute
// with them exactly.
type Decimals struct {
	// Min and Max are the least and the greatest number.
	Min string `json:"min" yaml:"min"`
	Max string `json:"max" yaml:"max"`
	// As is how they are sent where a template is nothing but their name: "text" (the default), or
	// "number".
	As string `json:"as,omitempty" yaml:"as"`
}

// Texts are what a regular expression (RE2) matches, or the texts of an alphabet.
type Texts struct {
	// Pattern is a regular expression that the whole of a text matches, Alphabet the characters that
	// it has.
	Pattern  string `json:"pattern,omitempty" yaml:"pattern"`
	Alphabet string `json:"alphabet,omitempty" yaml:"alphabet"`
	// Min and Max are how many characters of the alphabet a text has. Without Max there are Min, and
	// without both there are 8.
	Min int `json:"min,omitempty" yaml:"min"`
	Max int `json:"max,omitempty" yaml:"max"`
}

// Lists are lists of values, sent as a list in JSON.
type Lists struct {
	// Of is what each value is drawn from.
	Of Domain `json:"of" yaml:"of"`
	// Min and Max are how many values a list has. Zero for Max means 3.
	Min int `json:"min,omitempty" yaml:"min"`
	Max int `json:"max,omitempty" yaml:"max"`
}

// Whole reports whether the values are whole numbers between Min and Max.
func (d Domain) Whole() bool {
	return d.Resource == "" && len(d.OneOf) == 0 && d.Decimal == nil && d.Text == nil && d.List == nil
}

// Computes reports whether expressions compute with the values as decimal numbers.
func (d Domain) Computes() bool {
	return d.Decimal != nil || d.List != nil && d.List.Of.Computes()
}

// Units are the smallest and the greatest number in units of the scale, which is returned too: 0.5
// to 10 is 5 to 100 of scale 1. Both ends of a checked contract have units.
func (d Decimals) Units() (low, high int64, scale int) {
	scale = max(decimal.Scale(d.Min), decimal.Scale(d.Max))
	low, _ = decimal.Units(d.Min, scale)
	high, _ = decimal.Units(d.Max, scale)
	return low, max(low, high), scale
}

// Holds reports whether a drawn value is one of the numbers.
func (d Decimals) Holds(v any) bool {
	low, high, scale := d.Units()
	text, _ := v.(string)
	n, ok := decimal.Units(text, scale)
	return ok && low <= n && n <= high
}

// Alike reports whether a value is a decimal number of the scale, in their range or not.
func (d Decimals) Alike(v any) bool {
	_, _, scale := d.Units()
	text, ok := v.(string)
	return ok && decimal.IsDecimal(text) && decimal.Scale(text) == scale
}

// Written is a number as drawn ones are written, with all digits of the scale; what is none of that
// scale is returned as it is.
func (d Decimals) Written(v any) any {
	_, _, scale := d.Units()
	r, ok := value.Rational(v)
	if !ok {
		return v
	}
	short, err := decimal.Of(r)
	if err != nil {
		return v
	}
	units, ok := decimal.Units(string(short), scale)
	if !ok {
		return v
	}
	return decimal.FromUnits(units, scale)
}

// Length is how many characters of the alphabet a text has, at least and at most.
func (t Texts) Length() (low, high int) {
	const usual = 8
	low, high = t.Min, t.Max
	if low == 0 && high == 0 {
		return usual, usual
	}
	if high == 0 {
		high = low
	}
	return max(low, 1), high
}

// Length is how many values a list has, at least and at most.
func (l Lists) Length() (low, high int) {
	const usual = 3
	low, high = l.Min, l.Max
	if high == 0 {
		high = max(low, usual)
	}
	return low, high
}

// Sent is a drawn value as bodies have it.
func (d Domain) Sent(v any) any {
	switch x := value.Normal(v).(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = x[i]
			if d.List != nil {
				out[i] = d.List.Of.Sent(x[i])
			}
		}
		return out
	case string:
		if d.Decimal != nil && d.Decimal.As == "number" {
			return json.Number(x)
		}
	}
	return value.Normal(v)
}
