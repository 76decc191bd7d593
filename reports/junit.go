package reports

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// JUnit writes a verdict as JUnit XML: one test suite, a test case for every scenario and for every
// threshold of the contract. A violation is a failure, and so is a threshold that is missed.
// Unknown is an error, because skipped test cases count as passed. A counterexample that did not
// reproduce every time is a failure all the same, with a flakyFailure beside it.
func JUnit(w io.Writer, doc Document) error {
	doc.Verdict = whole(doc.Verdict)
	suite := newSuite(&doc)
	out, err := xml.MarshalIndent(junitSuites{Suites: []junitSuite{suite}}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing a verdict as JUnit XML: %w", err)
	}
	return page.Write(w, "JUnit XML", xml.Header+string(out)+"\n")
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name  string `xml:"name,attr"`
	Class string `xml:"classname,attr"`
	Time  string `xml:"time,attr"`
	// Properties say which line of the contract would declare each violation, by its rule.
	Properties *junitProperties `xml:"properties"`
	Failure    *junitProblem    `xml:"failure"`
	Flaky      *junitProblem    `xml:"flakyFailure"`
	Error      *junitProblem    `xml:"error"`
	Output     *junitText       `xml:"system-out"`
}

type junitProperties struct {
	All []junitProperty `xml:"property"`
}

type junitProblem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

func newSuite(d *Document) junitSuite {
	s := junitSuite{Name: "idemcheck", Time: junitTime(d.Elapsed)}
	s.Properties = []junitProperty{
		{"seed", fmt.Sprint(d.Verdict.Seed)},
		{"verdict", string(d.Verdict.Verdict)},
		{"target", d.Target},
	}
	for _, t := range d.Scenarios {
		s.Cases = append(s.Cases, caseOf(d, t))
	}
	if rest := restOf(d, s.Cases); rest != nil {
		s.Cases = append(s.Cases, *rest)
	}
	s.Cases = append(s.Cases, expectedCases(d)...)
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		switch { // a test case counts once
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		}
	}
	return s
}

// restOf is a test case named "verdict", for what no scenario tells: without it a run that failed
// or could not be judged might look like a pass.
func restOf(d *Document, cases []junitCase) *junitCase {
	bad := slices.ContainsFunc(cases, func(c junitCase) bool {
		return c.Failure != nil || c.Error != nil
	})
	if bad || (d.Verdict.Verdict == verdict.Valid && len(cases) > 0) {
		return nil
	}
	c := caseOf(d, ScenarioTally{
		Name: "verdict", Cases: d.Verdict.Judged.Cases, Elapsed: d.Elapsed,
		Violations: d.Verdict.Violations,
	})
	switch d.Verdict.Verdict {
	case verdict.Valid:
	case verdict.Invalid:
		if c.Failure == nil {
			c.Failure = &junitProblem{Type: "invalid", Message: "the run is invalid"}
		}
	default:
		reason := cmp.Or(strings.Join(d.Verdict.Reasons, "; "), "not everything could be judged")
		c.Error = &junitProblem{Type: "unknown", Message: reason}
	}
	return &c
}

func caseOf(d *Document, t ScenarioTally) junitCase {
	c := junitCase{Name: t.Name, Class: "idemcheck", Time: junitTime(t.Elapsed)}
	if d.Contract.Name != "" {
		c.Class += "." + d.Contract.Name
	}
	c.Output = &junitText{words.Plural(t.Cases, "case", "cases") + " judged"}
	for _, g := range groups(sorted(t.Violations)) {
		if cmp.Or(g.level, verdict.LevelViolation) == verdict.LevelViolation {
			c.Failure = failureOf(d, c.Failure, g)
			c.Properties = c.Properties.with(lineOf(g.example(d)))
			c.Flaky = cmp.Or(c.Flaky, flakyOf(d, g))
			continue
		}
		c.Output.Text += fmt.Sprintf("\n%s %s: %s", g.level, g.rule, words.Clean(g.violations[0].Message))
	}
	if len(t.Reasons) > 0 {
		c.Error = &junitProblem{Type: "unknown", Message: strings.Join(t.Reasons, "; ")}
	}
	return c
}

// failureOf adds a group to the one failure that a test case may have: most readers look at the
// first only.
func failureOf(d *Document, before *junitProblem, g *group) *junitProblem {
	v := g.example(d)
	p := &page.Page{}
	p.Put(page.None, "%s", g.rule)
	if why := whyBroken(d, g.rule); why != "" {
		p.Text(page.None, "", why)
	}
	showViolation(p, v, g.level)
	if len(g.violations) > 1 {
		p.Put(page.None, "  in cases %s", words.Numbers(g.cases(), 20))
	}
	if d.shrunk(g.rule) {
		showCounterexample(p, d)
	}
	message := g.rule + ": " + v.Message
	if d.shrunk(g.rule) {
		message += interferes(d.Verdict.Counterexample)
	}
	text := "\n" + strings.Join(p.Lines, "\n") + "\n"
	if before == nil {
		return &junitProblem{g.rule, message, text}
	}
	return &junitProblem{before.Type, before.Message + "; " + message, before.Text + text}
}

// lineOf is the line of the contract that would declare a violation; without a name where nobody
// looked for one.
func lineOf(v verdict.Violation) junitProperty {
	switch {
	case v.Line != "":
		return junitProperty{"if meant: " + v.Rule, v.Line}
	case v.NoLine != "":
		return junitProperty{"no line: " + v.Rule, v.NoLine}
	}
	return junitProperty{}
}

// with adds a property that has a name.
func (p *junitProperties) with(one junitProperty) *junitProperties {
	if one.Name == "" {
		return p
	}
	if p == nil {
		p = &junitProperties{}
	}
	p.All = append(p.All, one)
	return p
}

func flakyOf(d *Document, g *group) *junitProblem {
	c := d.Verdict.Counterexample
	if !d.shrunk(g.rule) || c.Reproduced == c.Replays {
		return nil
	}
	message := fmt.Sprintf("reproduced %d of %d", c.Reproduced, c.Replays)
	return &junitProblem{Type: g.rule, Message: message}
}

func junitTime(d time.Duration) string {
	return fmt.Sprintf("%.3f", d.Seconds())
}
