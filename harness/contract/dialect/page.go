package dialect

import (
	"fmt"
	"slices"
	"strings"
)

// Page explains a dialect: every line that it fills in, whether its source demands or recommends
// it, and what it leaves open.
func (d Dialect) Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s (a dialect)\n\n%s\n\n- Published: %s\n", d.Name, d.Summary, d.Source)
	if d.Limits != "" {
		fmt.Fprintf(&b, "- Limits: %s\n", d.Limits)
	}
	fmt.Fprintf(&b, "\nA contract that says `dialect: %s` has these lines, unless it writes its "+
		"own:\n\n", d.Name)
	var open []string
	for _, k := range Knobs(d.Key, d.Promises) {
		if k.Value == "" {
			open = append(open, k.Line)
			continue
		}
		fmt.Fprintf(&b, "    %-28s %-40s # %s\n", k.Line+":", k.Value, d.strength(k.Line))
	}
	fmt.Fprintf(&b, "\nLeft open: %s.\n", strings.Join(open, ", "))
	return b.String()
}

// strength is how strongly the source asks for what the dialect fills into a line.
func (d Dialect) strength(line string) string {
	if slices.Contains(d.Should, line) {
		return "SHOULD"
	}
	return "MUST"
}
