package query

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idemcheck/idemcheck/model/decimal"
)

// plainType is the name of a type without its length, in upper case.
func plainType(name string) string {
	name, _, _ = strings.Cut(name, "(")
	return strings.ToUpper(strings.TrimSpace(name))
}

// width is how many bytes a value has that may have many.
func width(v any) int {
	switch x := v.(type) {
	case string:
		return len(x)
	case []byte:
		return len(x)
	}
	return 8
}

// field is a value of a column of a type as items have it.
func field(v any, typ string) any {
	switch x := v.(type) {
	case nil, bool, int64:
		return x
	case uint64:
		return json.Number(strconv.FormatUint(x, 10))
	case float32:
		return number(float64(x), 32)
	case float64:
		return number(x, 64)
	case time.Time:
		if typ == "DATE" {
			return x.Format(time.DateOnly)
		}
		return x.UTC().Format(time.RFC3339Nano)
	case []byte:
		return octets(x, typ)
	case string:
		return text(x, typ)
	}
	return fmt.Sprint(v)
}

// number is a floating point number; what JSON has no number for is text.
func number(f float64, bits int) any {
	shortest := strconv.FormatFloat(f, 'g', -1, bits)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return shortest
	}
	return json.Number(shortest)
}

// octets are bytes: text where they are such, a number of bits, or hexadecimal digits.
func octets(b []byte, typ string) any {
	switch {
	case typ == "BIT":
		return json.Number(new(big.Int).SetBytes(b).String())
	case utf8.Valid(b):
		return text(string(b), typ)
	}
	return hex.EncodeToString(b)
}

// text is what a driver hands on as text.
func text(s, typ string) any {
	switch typ {
	case "JSON", "JSONB":
		dec := json.NewDecoder(strings.NewReader(s))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) == nil {
			return v
		}
	case "NUMERIC", "DECIMAL":
		return exactly(s)
	}
	return s
}

// exactly is a decimal number: a number where floating point keeps all its digits, otherwise the
// text, which compares with decimal arguments to the last digit.
func exactly(s string) any {
	r, ok := decimal.Parse(s)
	if !ok {
		return s // such as NaN
	}
	short, err := decimal.Of(r)
	if err != nil {
		return s
	}
	if again, ok := decimal.Parse(string(short)); !ok || again.Cmp(r) != 0 {
		return s // with more digits than are kept
	}
	f, _ := r.Float64()
	if r.IsInt() || strconv.FormatFloat(f, 'f', -1, 64) == string(short) {
		return json.Number(short)
	}
	return s
}
