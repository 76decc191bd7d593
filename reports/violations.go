package reports

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// group holds the violations of one rule and level: they most likely have one cause.
type group struct {
	rule       string
	level      verdict.Level
	violations []verdict.Violation
}

func (g *group) cases() []int {
	seen, out := map[int]bool{}, []int(nil)
	for _, v := range g.violations {
		if !seen[v.Case] {
			seen[v.Case] = true
			out = append(out, v.Case)
		}
	}
	return out
}

// groups keeps the order of the violations it is given.
func groups(violations []verdict.Violation) []*group {
	var out []*group
	for _, v := range violations {
		g := findGroup(out, v)
		if g == nil {
			g = &group{rule: v.Rule, level: v.Level}
			out = append(out, g)
		}
		g.violations = append(g.violations, v)
	}
	return out
}

func findGroup(gs []*group, v verdict.Violation) *group {
	for _, g := range gs {
		if g.rule == v.Rule && g.level == v.Level {
			return g
		}
	}
	return nil
}

// groupsOf lists the document's groups, that of the counterexample first.
func groupsOf(d *Document) []*group {
	out := groups(d.Verdict.Violations)
	slices.SortStableFunc(out, func(a, b *group) int {
		switch {
		case d.shrunk(a.rule) && !d.shrunk(b.rule):
			return -1
		case d.shrunk(b.rule) && !d.shrunk(a.rule):
			return 1
		}
		return 0
	})
	return out
}

// example picks the violation that is shown in full: that of the counterexample's case if there is
// one.
func (g *group) example(d *Document) verdict.Violation {
	for _, v := range g.violations {
		if d.Case != nil && v.Case == d.Case.Index {
			return v
		}
	}
	return g.violations[0]
}

func showViolations(p *page.Page, d *Document) {
	for _, g := range groupsOf(d) {
		p.Heading(g.title())
		if why := whyBroken(d, g.rule); why != "" {
			p.Text(page.None, "", why)
			p.Gap()
		}
		showViolation(p, g.example(d), g.level)
		if others := len(g.violations) - 1; others > 0 {
			p.Put(page.Dim, "  and %s like it; cases %s", words.Plural(others, "more", "more"),
				words.Numbers(g.cases(), 8))
		}
		p.Put(page.Dim, "  causes and fixes: idemcheck explain %s", g.rule)
	}
}

// title tells divergences and notes apart from violations: they do not make a run invalid.
func (g *group) title() string {
	if g.level == verdict.LevelViolation || g.level == "" {
		return g.rule
	}
	return fmt.Sprintf("%s (%s, does not count)", g.rule, g.level)
}

func showViolation(p *page.Page, v verdict.Violation, level verdict.Level) {
	st := page.Yellow
	if level == verdict.LevelViolation {
		st = page.Red
	}
	p.Text(st, fmt.Sprintf("  case %d: ", v.Case), v.Message)
	showList(p, "    expected  ", v.Expected)
	showList(p, "    observed  ", v.Observed)
	if v.Line != "" {
		p.Text(page.None, "    if this is meant: ", v.Line)
	} else if v.NoLine != "" {
		p.Text(page.Dim, "    ", v.NoLine)
	}
}

// maxLines bounds how many expected or observed lines are shown.
const maxLines = 12

func showList(p *page.Page, first string, lines []string) {
	for i, l := range lines {
		if i == maxLines {
			p.Put(page.Dim, "              and %d more", len(lines)-maxLines)
			return
		}
		p.Text(page.None, first, l)
		first = "              "
	}
}
