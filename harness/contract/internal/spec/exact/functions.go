package exact

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/value"
)

// functions are those of the language that know numbers.
func functions() map[string]func(params ...any) (any, error) {
	return map[string]func(params ...any) (any, error){
		"abs": of(func(r *big.Rat) *big.Rat { return new(big.Rat).Abs(r) }),
		"round": of(func(r *big.Rat) *big.Rat {
			away := big.NewRat(int64(r.Sign()), 2)
			return cut(away.Add(away, r))
		}),
		"floor": of(floor),
		"ceil": of(func(r *big.Rat) *big.Rat {
			down := floor(new(big.Rat).Neg(r))
			return down.Neg(down)
		}),
		"int": toInt, "float": toFloat, "string": toText, "sum": sum,
		"min": extreme(func(c int) bool { return c < 0 }),
		"max": extreme(func(c int) bool { return c > 0 }),
	}
}

// of is a function of one number; whole numbers stay whole.
func of(f func(*big.Rat) *big.Rat) func(params ...any) (any, error) {
	return func(params ...any) (any, error) {
		r, err := single(params)
		if err != nil {
			return nil, err
		}
		_, whole := params[0].(int)
		if out := f(r); whole && out.Num().IsInt64() {
			return int(out.Num().Int64()), nil
		} else {
			return &number{rat: out}, nil
		}
	}
}

// single is the one number that a function was given; text counts where it is one.
func single(params []any) (*big.Rat, error) {
	if len(params) != 1 {
		return nil, fmt.Errorf("the function takes one number, not %d", len(params))
	}
	if r, ok := rational(params[0]); ok {
		return r, nil
	}
	if r, ok := value.Rational(params[0]); ok {
		return r, nil
	}
	return nil, fmt.Errorf("%s is no number", said(params[0]))
}

// cut takes away what stands behind the point.
func cut(r *big.Rat) *big.Rat { return new(big.Rat).SetInt(new(big.Int).Quo(r.Num(), r.Denom())) }

// floor is the greatest whole number that is not above one.
func floor(r *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
}

func toInt(params ...any) (any, error) {
	r, err := single(params)
	if err != nil {
		return nil, err
	}
	n := cut(r).Num()
	if !n.IsInt64() {
		return nil, errors.New("a number is larger than 64 bits hold")
	}
	return int(n.Int64()), nil
}

// toFloat leaves a number as it is: it is exact already.
func toFloat(params ...any) (any, error) {
	r, err := single(params)
	return &number{rat: r}, err
}

func toText(params ...any) (any, error) {
	if len(params) != 1 {
		return nil, fmt.Errorf("string takes one value, not %d", len(params))
	}
	if n, ok := params[0].(*number); ok {
		return text(n), nil
	}
	return value.Text(params[0]), nil
}

// flat are the values that a function was given, of lists each.
func flat(params []any) []any { return lists.Flat(params, itemsOf) }

// itemsOf lists the values of a list and of the lists in it; of anything else, that alone.
func itemsOf(v any) []any {
	if list, ok := v.([]any); ok {
		return flat(list)
	}
	return []any{v}
}

func sum(params ...any) (total any, err error) {
	total = 0
	for _, one := range flat(params) {
		if total, err = add(total, one); err != nil {
			return nil, err
		}
	}
	return total, nil
}

// extreme is the first or the last of numbers.
func extreme(better func(int) bool) func(params ...any) (any, error) {
	return func(params ...any) (any, error) {
		all := flat(params)
		if len(all) == 0 {
			return nil, errors.New("there is no least and no greatest of nothing")
		}
		best := all[0]
		for _, one := range all[1:] {
			x, y, ok := both(one, best)
			if !ok {
				return nil, notNumbers("beside", one, best)
			}
			if better(x.Cmp(y)) {
				best = one
			}
		}
		return best, nil
	}
}
