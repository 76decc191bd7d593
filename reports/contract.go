package reports

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
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
	missed := lists.Map(expect.Missed(d.Verdict.Expectations), func(e expect.Expectation) string {
		return fmt.Sprintf("%s (%s, and %s is wanted)", e.Of, e.Measured, e.Wanted)
	})
	return listed("the service is slower than expected: ", missed)
}

// listed is a sentence that ends with a list, or "" where the list is empty.
func listed(sentence string, all []string) string {
	if len(all) == 0 {
		return ""
	}
	return sentence + strings.Join(all, ", ")
}

// showExpected says what was measured of every threshold of the contract.
func showExpected(p *page.Page, d *Document) {
	if len(d.Verdict.Expectations) > 0 {
		p.Heading("expected")
	}
	for _, e := range d.Verdict.Expectations {
		style, mark := met(e)
		p.Text(style, "  "+mark+" ", measured(e))
	}
}

// met says how it is shown whether an expectation is met.
func met(e expect.Expectation) (style page.Style, mark string) {
	switch {
	case e.Met:
		return page.None, "✓"
	case e.Missed():
		return page.Alarm, "✗"
	}
	return page.Doubt, "?"
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
	return lists.Map(d.Verdict.Expectations, func(e expect.Expectation) junitCase {
		return expectedCase(d, e)
	})
}

func expectedCase(d *Document, e expect.Expectation) junitCase {
	c := caseOf(d, ScenarioTally{Name: e.Of})
	c.Output = &junitText{measured(e)}
	switch {
	case e.Missed():
		c.Failure = &junitProblem{Type: "expectation", Message: measured(e)}
	case !e.Met:
		c.Error = &junitProblem{Type: "unknown", Message: e.Unknown}
	}
	return c
}
