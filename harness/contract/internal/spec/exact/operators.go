package exact

import (
	"errors"
	"math/big"
	"strings"

	"github.com/idemcheck/idemcheck/model/value"
)

// operator computes what stands on both sides of it.
type operator func(a, b any) (any, error)

// operators are those of the language that compute or compare.
func operators() map[string]operator {
	return map[string]operator{
		"+": add, "-": arithmetic("-", (*big.Rat).Sub), "/": quotient,
		"*": arithmetic("*", (*big.Rat).Mul), "%": remainder,
		"==": func(a, b any) (any, error) { return equal(a, b), nil },
		"!=": func(a, b any) (any, error) { return !equal(a, b), nil },
		"<":  order("<", func(c int) bool { return c < 0 }),
		"<=": order("<=", func(c int) bool { return c <= 0 }),
		">":  order(">", func(c int) bool { return c > 0 }),
		">=": order(">=", func(c int) bool { return c >= 0 }),
		"in": within,
	}
}

// arithmetic is an operator of numbers; whole ones give a whole one, of as many digits as it needs.
func arithmetic(name string, compute func(z, x, y *big.Rat) *big.Rat) operator {
	return func(a, b any) (any, error) {
		x, y, ok := both(a, b)
		if !ok {
			return nil, notNumbers(name, a, b)
		}
		out := compute(new(big.Rat), x, y)
		if _, _, ints := whole(a, b); ints && out.Num().IsInt64() {
			return int(out.Num().Int64()), nil
		}
		return bounded(out)
	}
}

// bounded refuses numbers that products of products would make too long.
func bounded(r *big.Rat) (any, error) {
	const maxBits = 2048 // bits of each half of the fraction
	if r.Num().BitLen() > maxBits || r.Denom().BitLen() > maxBits {
		return nil, errors.New("a number became too long: round it, such as round(x * 100) / 100")
	}
	return &number{rat: r}, nil
}

// add adds numbers and joins texts.
func add(a, b any) (any, error) {
	x, first := a.(string)
	y, second := b.(string)
	if first && second {
		return x + y, nil
	}
	return arithmetic("+", (*big.Rat).Add)(a, b)
}

func quotient(a, b any) (any, error) {
	x, y, ok := both(a, b)
	switch {
	case !ok:
		return nil, notNumbers("/", a, b)
	case y.Sign() == 0:
		return nil, errors.New("a number is divided by zero")
	}
	return bounded(new(big.Rat).Quo(x, y))
}

func remainder(a, b any) (any, error) {
	x, y, ok := whole(a, b)
	switch {
	case !ok:
		return nil, notNumbers("%", a, b)
	case y == 0:
		return nil, errors.New("a number is divided by zero")
	}
	return x % y, nil
}

// equal compares two values, as numbers where one is a number.
func equal(a, b any) bool {
	if x, y, ok := both(a, b); ok {
		return x.Cmp(y) == 0
	}
	_, first := rational(a)
	_, second := rational(b)
	return !first && !second && value.Equal(a, b)
}

// order compares which of two numbers, or texts, comes first.
func order(name string, holds func(int) bool) operator {
	return func(a, b any) (any, error) {
		if x, y, ok := both(a, b); ok {
			return holds(x.Cmp(y)), nil
		}
		x, first := a.(string)
		y, second := b.(string)
		if first && second {
			return holds(strings.Compare(x, y)), nil
		}
		return nil, notNumbers(name, a, b)
	}
}

// within tells whether a list has a value, or a mapping a name.
func within(a, b any) (any, error) {
	switch in := b.(type) {
	case []any:
		for _, one := range in {
			if equal(a, Operand(one)) {
				return true, nil
			}
		}
		return false, nil
	case []int:
		for _, one := range in {
			if equal(a, one) {
				return true, nil
			}
		}
		return false, nil
	case map[string]any:
		name, ok := a.(string)
		_, has := in[name]
		return ok && has, nil
	}
	return nil, errors.New("what stands behind in is no list")
}
