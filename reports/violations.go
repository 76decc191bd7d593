package reports

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// group holds the violations of one rule and level: they most likely have one cause.
type group struct {
	rule       string
	level      model.Level
	violations []model.Violation
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
func groups(violations []model.Violation) []*group {
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

func findGroup(gs []*group, v model.Violation) *group {
	for _, g := range gs {
		if g.rule == v.Rule && g.level == v.Level {
			return g
		}
	}
	return nil
}

// groups lists the document's groups, that of the counterexample first.
func (d *Document) groups() []*group {
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
func (g *group) example(d *Document) model.Violation {
	for _, v := range g.violations {
		if d.Case != nil && v.Case == d.Case.Index {
			return v
		}
	}
	return g.violations[0]
}

func (p *page) violations(d *Document) {
	for _, g := range d.groups() {
		p.heading(g.title())
		if why := d.why(g.rule); why != "" {
			p.text(none, "", why)
			p.gap()
		}
		p.violation(g.example(d), g.level)
		if others := len(g.violations) - 1; others > 0 {
			p.put(dim, "  and %s like it; cases %s", plural(others, "more", "more"), numbers(g.cases(), 8))
		}
		p.put(dim, "  causes and fixes: idemcheck explain %s", g.rule)
	}
}

// title tells divergences and notes apart from violations: they do not make a run invalid.
func (g *group) title() string {
	if g.level == model.LevelViolation || g.level == "" {
		return g.rule
	}
	return fmt.Sprintf("%s (%s, does not count)", g.rule, g.level)
}

func (p *page) violation(v model.Violation, level model.Level) {
	st := yellow
	if level == model.LevelViolation {
		st = red
	}
	p.text(st, fmt.Sprintf("  case %d: ", v.Case), v.Message)
	p.list("    expected  ", v.Expected)
	p.list("    observed  ", v.Observed)
}

// mostLines bounds how many expected or observed lines are shown.
const mostLines = 12

func (p *page) list(first string, lines []string) {
	for i, l := range lines {
		if i == mostLines {
			p.put(dim, "              and %d more", len(lines)-mostLines)
			return
		}
		p.text(none, first, l)
		first = "              "
	}
}
