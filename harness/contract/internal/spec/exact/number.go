// Package exact lets expressions compute with decimal numbers without rounding. Whole numbers stay
// as they are; see [Patch] for what an expression becomes.
package exact

import (
	"fmt"
	"math/big"

	"github.com/idemcheck/idemcheck/model/decimal"
	"github.com/idemcheck/idemcheck/model/value"
)

// number is a number in an expression that may have digits behind the point.
type number struct {
	rat *big.Rat
	// text is how it was written; "" when it was computed.
	text string
}

// Operand is an argument that is a decimal number, or a list of such, or a value of the state, for
// an expression. Text counts as a number where it is one.
func Operand(v any) any {
	switch x := value.Normal(v).(type) {
	case int64:
		return int(x)
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = Operand(x[i])
		}
		return out
	case string:
		if r, ok := value.Rational(x); ok {
			return &number{r, x}
		}
		return x
	default:
		if r, ok := value.Rational(x); ok {
			return &number{rat: r}
		}
		return x
	}
}

// Result is what an expression gave, as states and effects have it.
func Result(v any) (any, error) {
	switch x := v.(type) {
	case *number:
		return decimal.Of(x.rat)
	case float64: // a literal such as 0.5
		if r, ok := value.Rational(x); ok {
			return Result(&number{rat: r})
		}
	}
	return value.Normal(v), nil
}

// rational is a value as a number; false when it is none. Text is none unless it stands beside a
// number.
func rational(v any) (*big.Rat, bool) {
	switch x := v.(type) {
	case *number:
		return x.rat, true
	case string:
		return nil, false
	}
	return value.Rational(v)
}

// both are two values as numbers. One of them may be text that says a number.
func both(a, b any) (x, y *big.Rat, ok bool) {
	x, first := rational(a)
	y, second := rational(b)
	if first && !second {
		y, second = value.Rational(b)
	} else if second && !first {
		x, first = value.Rational(a)
	}
	return x, y, first && second
}

// whole are two values as whole numbers; false when one is none.
func whole(a, b any) (x, y int, ok bool) {
	x, first := a.(int)
	y, second := b.(int)
	return x, y, first && second
}

// notNumbers says that something cannot be computed.
func notNumbers(operator string, a, b any) error {
	return fmt.Errorf("%s %s %s cannot be computed: one of them is no number",
		said(a), operator, said(b))
}

// said shows a value in a message.
func said(v any) string {
	switch x := v.(type) {
	case *number:
		return text(x)
	case string:
		return fmt.Sprintf("%.40q", x)
	case nil:
		return "nothing"
	}
	return fmt.Sprintf("%.40s", value.Text(v))
}

// text is a number as it was written, or in its shortest form.
func text(n *number) string {
	if n.text != "" {
		return n.text
	}
	short, err := decimal.Of(n.rat)
	if err != nil {
		return err.Error()
	}
	return string(short)
}
