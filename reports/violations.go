package reports

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// group holds the violations of one rule and level: they most likely have one cause.
type group struct {
	rule       string
	level      verdict.Level
	violations []verdict.Violation
	// follow are the groups that follow from it (see [groupsOf]).
	follow []*group
}

func (g *group) cases() []int {
	return lists.Distinct(lists.Map(g.violations, func(v verdict.Violation) int { return v.Case }))
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

// groupsOf lists the document's groups: that of the counterexample first, then what was done
// wrongly, then what was said. A group that follows from an earlier one stands below that.
func groupsOf(d *Document) []*group {
	all := groups(d.Verdict.Violations)
	slices.SortStableFunc(all, func(a, b *group) int { return cmp.Compare(d.place(a), d.place(b)) })
	var out []*group
	for _, g := range all {
		if d.symptom(g) {
			all[0].follow = append(all[0].follow, g)
		} else if cause := g.cause(all); cause != nil && !d.shrunk(g.rule) {
			cause.follow = append(cause.follow, g)
		} else {
			out = append(out, g)
		}
	}
	return out
}

// place is where a group stands.
func (d *Document) place(g *group) int {
	switch {
	case d.shrunk(g.rule):
		return 0
	case judge.RuleOf(g.rule).Harms():
		return 1
	}
	return 2
}

// symptom reports whether a group most likely has the cause of the counterexample, which shows an
// operation that is executed again, and no counterexample of its own.
func (d *Document) symptom(g *group) bool {
	c := d.Verdict.Counterexample
	if c == nil || c.Rule == g.rule || g.level != verdict.LevelViolation ||
		!judge.RuleOf(c.Rule).ExecutesAgain() || !judge.RuleOf(g.rule).FollowsExecutingAgain() {
		return false
	}
	return !slices.ContainsFunc(d.Verdict.Further, func(f verdict.Counterexample) bool {
		return f.Rule == g.rule
	}) && slices.ContainsFunc(d.Verdict.Violations, func(v verdict.Violation) bool {
		return v.Rule == c.Rule // it stands first
	})
}

// cause returns the first of the groups from which a whole group follows: its operations were
// executed again in the same cases, which explains what else is wrong with them. It is nil where
// they do not explain all of it.
func (g *group) cause(all []*group) *group {
	rule := judge.RuleOf(g.rule)
	if g.level != verdict.LevelViolation || !rule.FollowsExecutingAgain() || rule.ExecutesAgain() {
		return nil
	}
	var first *group
	for _, v := range g.violations {
		i := slices.IndexFunc(all, func(c *group) bool {
			return c.level == g.level && judge.RuleOf(c.rule).ExecutesAgain() && c.covers(v)
		})
		if i < 0 {
			return nil
		}
		if first == nil {
			first = all[i]
		}
	}
	return first
}

// covers reports whether a violation speaks of an operation that the group names in the same case.
func (g *group) covers(v verdict.Violation) bool {
	return slices.ContainsFunc(g.violations, func(c verdict.Violation) bool {
		return c.Case == v.Case && slices.ContainsFunc(c.Operations, func(id string) bool {
			return slices.Contains(v.Operations, id)
		})
	})
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
		for _, f := range g.follow {
			p.Text(page.None, "  it also breaks ", f.brief(d))
		}
		p.Put(page.Dim, "  causes and fixes: idemcheck explain %s", g.rule)
	}
}

// brief says of a group that follows from another what it is, in a sentence.
func (g *group) brief(d *Document) string {
	v := g.example(d)
	out := fmt.Sprintf("%s (%s): %s", g.rule, words.Plural(len(g.cases()), "case", "cases"), v.Message)
	if v.Line != "" {
		out += "; if this is meant: " + v.Line
	}
	return out
}

// title tells divergences and notes apart from violations: they do not make a run invalid.
func (g *group) title() string {
	if g.level == verdict.LevelViolation || g.level == "" {
		return g.rule
	}
	return fmt.Sprintf("%s (%s, does not count)", g.rule, g.level)
}

func showViolation(p *page.Page, v verdict.Violation, level verdict.Level) {
	p.Text(styleOf(level), fmt.Sprintf("  case %d: ", v.Case), v.Message)
	showList(p, "    expected  ", v.Expected)
	showList(p, "    observed  ", v.Observed)
	showLine(p, v)
}

func styleOf(level verdict.Level) page.Style {
	if level == verdict.LevelViolation {
		return page.Red
	}
	return page.Yellow
}

// showLine shows the line of a contract that declares a violation, or that there is none.
func showLine(p *page.Page, v verdict.Violation) {
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
