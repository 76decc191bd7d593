package reports

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
	"github.com/idemcheck/idemcheck/reports/internal/page"
)

// JSON writes a verdict as exactly one document. Arrays are never null, and violations come in the
// order of level, rule, case and message, so that two runs that found the same are the same bytes.
func JSON(w io.Writer, v verdict.Verdict) error {
	text, err := page.JSON(whole(v))
	if err != nil {
		return fmt.Errorf("writing a verdict as JSON: %w", err)
	}
	return page.Write(w, "a verdict as JSON", visible(text))
}

// visible writes what a terminal would obey as JSON's escapes: the encoder leaves some control
// characters as they are, and those that change the direction of text.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.Is(unicode.Cc, r) && r >= ' ' || unicode.Is(unicode.Bidi_Control, r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// whole returns a copy of v without nil arrays and maps, its violations sorted.
func whole(v verdict.Verdict) verdict.Verdict {
	if v.Schema == "" {
		v.Schema = verdict.Schema
	}
	v.Reasons = filled(v.Reasons)
	v.Violations = sorted(v.Violations)
	for i := range v.Violations {
		v.Violations[i].Operations = filled(v.Violations[i].Operations)
	}
	if v.Faults.ByKind == nil {
		v.Faults.ByKind = map[fault.Kind]tally.KindCount{}
	}
	return v
}

func filled(list []string) []string {
	return append([]string{}, list...)
}

// sorted returns violations in the model's order, by the priority of rules.
func sorted(violations []verdict.Violation) []verdict.Violation {
	out := append([]verdict.Violation{}, violations...)
	judge.SortViolations(out)
	return out
}
