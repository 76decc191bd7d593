package check

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/argument"
	"github.com/idemcheck/idemcheck/model/decimal"
)

// Bounds of what arguments may be: a body that is larger is another test.
const (
	maxTextLength = 1000
	maxListLength = 50
	maxScale      = 12
)

func checkArgument(k *checker, path []string, name string, a model.Arg) {
	checkVariable(k, path, name)
	checkDomain(k, path, name, a)
}

// checkDomain checks what the argument with a name, or each value of a list, is drawn from.
func checkDomain(k *checker, path []string, name string, a model.Arg) {
	ways := declaredWays(a)
	switch {
	case len(ways) > 1:
		k.wrong(path, "keep one of resource, one_of, min with max, decimal, text and list",
			"the argument %q is declared in two ways: %s", name, strings.Join(ways, " and "))
	case len(ways) == 0 || a.OneOf != nil && len(a.OneOf) == 0:
		k.wrong(path, "write `resource: TYPE`, `one_of: [...]`, `min` and `max`, decimal, text or list",
			"the argument %q has no values", name)
	case a.Resource != "":
		k.known(problem.Below(path, "resource"), a.Resource, slices.Sorted(maps.Keys(k.c.Resources)),
			"resource")
	case a.Decimal != nil:
		checkDecimals(k, problem.Below(path, "decimal"), *a.Decimal)
	case a.Text != nil:
		checkTexts(k, problem.Below(path, "text"), *a.Text)
	case a.List != nil:
		checkLists(k, problem.Below(path, "list"), name, *a.List)
	case a.OneOf == nil:
		checkWhole(k, path, name, a)
	}
}

// declaredWays lists the ways in which an argument is declared.
func declaredWays(a model.Arg) []string {
	var out []string
	for _, way := range []struct {
		name string
		used bool
	}{
		{"resource", a.Resource != ""},
		{"one_of", a.OneOf != nil},
		{"min and max", a.Min != 0 || a.Max != 0},
		{"decimal", a.Decimal != nil},
		{"text", a.Text != nil},
		{"list", a.List != nil},
	} {
		if way.used {
			out = append(out, way.name)
		}
	}
	return out
}

func checkWhole(k *checker, path []string, name string, a model.Arg) {
	switch {
	case a.Min > a.Max:
		k.wrong(path, "write the smaller number as min",
			"the argument %q has a min above its max", name)
	case a.Max-a.Min < 0:
		k.wrong(path, "write a min and a max that lie closer together",
			"the argument %q has more values than can be counted", name)
	}
}

func checkDecimals(k *checker, path []string, d argument.Decimals) {
	k.oneOf(problem.Below(path, "as"), d.As, "text", "number")
	if !isDecimalEnd(k, problem.Below(path, "min"), d.Min) ||
		!isDecimalEnd(k, problem.Below(path, "max"), d.Max) {
		return
	}
	scale := max(decimal.Scale(d.Min), decimal.Scale(d.Max))
	low, ok := decimal.Units(d.Min, scale)
	high, okToo := decimal.Units(d.Max, scale)
	switch {
	case !ok || !okToo || low <= high && high-low < 0:
		k.wrong(path, "write a min and a max with fewer digits",
			"there are more numbers between %s and %s than can be counted", d.Min, d.Max)
	case low > high:
		k.wrong(problem.Below(path, "min"), "write the smaller number as min", "min is above max")
	}
}

// isDecimalEnd checks an end of a range of decimals, and reports whether it can be used.
func isDecimalEnd(k *checker, path []string, text string) bool {
	switch {
	case text == "":
		k.wrong(path[:len(path)-1], "write both, such as `decimal: {min: \"0.01\", max: \"999.99\"}`",
			"the numbers have no %s", path[len(path)-1])
	case !decimal.IsDecimal(text):
		k.wrong(path, "write digits with a point, in quotes, such as \"0.01\"",
			"%.40q is no decimal number", text)
	case decimal.Scale(text) > maxScale:
		k.wrong(path, "write fewer digits",
			"%s has more than %d digits behind its point", text, maxScale)
	default:
		return true
	}
	return false
}

func checkTexts(k *checker, path []string, t argument.Texts) {
	ranged := t.Min != 0 || t.Max != 0
	switch {
	case (t.Pattern == "") == (t.Alphabet == ""):
		k.wrong(path, "write one of them, such as `text: {pattern: \"[A-Z]{3}-[0-9]{4}\"}` or "+
			"`text: {alphabet: abcdef, min: 4, max: 8}`", "texts are declared by a pattern or an alphabet")
	case t.Pattern != "" && ranged:
		k.wrong(path, "write the length into the pattern, such as [a-z]{4,8}",
			"min and max belong to an alphabet")
	case t.Pattern != "":
		checkTextPattern(k, problem.Below(path, "pattern"), t.Pattern)
	default:
		checkLength(k, path, [2]int{t.Min, t.Max}, maxTextLength)
	}
}

func checkTextPattern(k *checker, path []string, pattern string) {
	if _, err := regexp.Compile(pattern); err != nil {
		k.wrong(path, "correct it; the form is that of RE2, such as [A-Z]{3}-[0-9]{4}",
			"the pattern is not right: %v", err)
		return
	}
	if strings.ContainsAny(strings.NewReplacer(`\^`, "", `\$`, "", "[^", "").Replace(pattern), "^$") ||
		strings.Contains(strings.ToLower(pattern), `\b`) {
		k.wrong(path, "leave out ^, $ and \\b: a pattern describes the whole text",
			"the pattern says where a text begins or ends")
	}
}

// checkLength checks how many of something there may be; without a max there are as many as min.
func checkLength(k *checker, path []string, ends [2]int, limit int) {
	low, high := ends[0], ends[1]
	switch {
	case low < 0 || high < 0:
		k.wrong(path, "write numbers from 0 on", "min and max count something")
	case high != 0 && low > high:
		k.wrong(problem.Below(path, "min"), "write the smaller number as min", "min is above max")
	case max(low, high) > limit:
		k.wrong(path, "write fewer", "there may be %d at most", limit)
	}
}

func checkLists(k *checker, path []string, name string, l argument.Lists) {
	if l.Of.Resource != "" || l.Of.List != nil {
		k.wrong(problem.Below(path, "of"), "write an argument for each resource, or a list of values",
			"a list cannot hold resources or lists")
		return
	}
	checkDomain(k, problem.Below(path, "of"), name, l.Of)
	checkLength(k, path, [2]int{l.Min, l.Max}, maxListLength)
}
