package reports

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// showMistakes says of each line of the contract that does not describe the service what it says,
// what was seen, and what to write instead.
func showMistakes(p *page.Page, d *Document) {
	for i, m := range d.Verdict.Mistakes {
		p.Gap()
		at := m.Line()
		if m.Place != "" {
			at = m.Place + ": " + at
		}
		p.Text(page.Bold, fmt.Sprintf("  %d. ", i+1), at)
		p.Text(page.None, "       the contract says   ", m.Declared)
		p.Text(page.Doubt, "       the service showed  ", m.Observed)
		p.Text(page.Pass, "       what to do          ", m.Write)
		if m.Request != "" {
			p.Text(page.Dim, "       request  ", m.Request)
		}
		if m.Answer != "" {
			p.Text(page.Dim, "       answer   ", m.Answer)
		}
	}
}

// slower names the thresholds that were missed; "" without any.
func slower(d *Document) string {
	var out []string
	for _, e := range expect.Missed(d.Verdict.Expectations) {
		out = append(out, fmt.Sprintf("%s (%s, and %s is wanted)", e.Of, e.Measured, e.Wanted))
	}
	if len(out) == 0 {
		return ""
	}
	return "the service is slower than expected: " + strings.Join(out, ", ")
}

// showExpected says what was measured of every threshold of the contract.
func showExpected(p *page.Page, d *Document) {
	if len(d.Verdict.Expectations) == 0 {
		return
	}
	p.Heading("expected")
	for _, e := range d.Verdict.Expectations {
		switch {
		case e.Met:
			p.Text(page.None, "  ✓ ", measured(e))
		case e.Missed():
			p.Text(page.Alarm, "  ✗ ", measured(e))
		default:
			p.Text(page.Doubt, "  ? ", measured(e))
		}
	}
}

// measured says what a threshold is, and what was measured.
func measured(e expect.Expectation) string {
	one, many := "answer", "answers"
	if !strings.HasPrefix(e.Of, "expect.p99.") {
		one, many = "recovery", "recoveries"
	}
	out := fmt.Sprintf("%s: %s, wanted %s", e.Of, e.Measured, e.Wanted)
	if e.Samples == 0 {
		out = fmt.Sprintf("%s: not measured, wanted %s", e.Of, e.Wanted)
	}
	out += fmt.Sprintf(" (%s, %d slower", words.Plural(e.Samples, one, many), e.Slower)
	if e.Alone {
		out += ", measured again alone"
	}
	return out + ")"
}

// expectedCases are a test case for every threshold: to miss it is a failure, and not to know that
// an error.
func expectedCases(d *Document) []junitCase {
	var out []junitCase
	for _, e := range d.Verdict.Expectations {
		c := caseOf(d, ScenarioTally{Name: e.Of})
		c.Output = &junitText{measured(e)}
		switch {
		case e.Missed():
			c.Failure = &junitProblem{Type: "expectation", Message: measured(e)}
		case !e.Met:
			c.Error = &junitProblem{Type: "unknown", Message: e.Unknown}
		}
		out = append(out, c)
	}
	return out
}
