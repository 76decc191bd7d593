package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// Text writes a verdict for people: what it is, what makes it mean less, what is wrong, the
// smallest counterexample as a lane diagram with the command that replays it, further ones in
// brief, and how much was tried.
func Text(w io.Writer, doc Document, opts TextOptions) error {
	doc.Verdict = whole(doc.Verdict)
	p := page.New(opts)
	showHeadline(p, &doc)
	if doc.Replayed != "" {
		p.Text(page.Bold, "  ", doc.Replayed)
	}
	showIdentity(p, &doc)
	showWorth(p, doc.Verdict.Confidence)
	showWarnings(p, &doc)
	showMistakes(p, &doc)
	showViolations(p, &doc)
	showCounterexample(p, &doc)
	showFurther(p, &doc)
	showExpected(p, &doc)
	showTried(p, &doc)
	showUnjudged(p, &doc)
	showUntried(p, &doc)
	showNotes(p, &doc)
	return p.Print(w, "a verdict")
}

func showHeadline(p *page.Page, d *Document) {
	switch d.Verdict.Verdict {
	case verdict.Valid:
		showValid(p, len(d.warnings()), apartFrom(d))
	case verdict.Invalid:
		p.Lead(page.In(page.Alarm, "✗ INVALID  "), page.In(page.Bold, harm(d)))
	default:
		if len(d.Verdict.Mistakes) > 0 {
			p.Lead(page.In(page.Doubt, "? UNKNOWN  "), page.In(page.Bold,
				"the contract does not describe the service, so that nothing was tried: mend these lines"))
			return
		}
		p.Lead(page.In(page.Doubt, "? UNKNOWN  "),
			page.In(page.Bold,
				"no violation was seen, but not everything could be judged: this is not a pass"))
	}
}

func showValid(p *page.Page, warnings int, apart string) {
	if warnings > 0 {
		p.Lead(page.In(page.Doubt, "✓ VALID  "), page.In(page.Bold, fmt.Sprintf(
			"but this pass means less than it seems: see the %s", words.Plural(warnings, "warning",
				"warnings"))))
		return
	}
	p.Lead(page.In(page.Pass, "✓ VALID  "),
		page.In(page.Bold, "every operation looked as if it had run exactly once, or not at all"+apart))
}

// apartFrom names what a contract declares as a risk and was seen; "" when nothing was.
func apartFrom(d *Document) string {
	declared := func(g *group) bool { return g.level == verdict.LevelDivergence }
	risks := lists.Where(groupsOf(d), declared)
	return listed(", apart from the declared risk: ", lists.Map(risks, (*group).counted))
}

// counted names the rule of a group and how many cases break it.
func (g *group) counted() string {
	return fmt.Sprintf("%s (%s)", g.rule, words.Plural(len(g.cases()), "case", "cases"))
}

// harm names the broken rules and counts their cases.
func harm(d *Document) string {
	what := "promises are broken: "
	var out []string
	for _, g := range groupsOf(d) {
		if g.level != verdict.LevelViolation {
			continue
		}
		if judge.RuleOf(g.rule).Harms() {
			what = "retries do harm: "
		}
		out = append(out, g.counted())
	}
	late := slower(d)
	switch {
	case len(out) == 0 && late != "":
		return late
	case late != "":
		late = "; " + late
	}
	return what + strings.Join(out, ", ") + unseen(d) + crossing(d) + late
}

// unseen says that the counterexample never happened again; "" where it did or nobody tried.
func unseen(d *Document) string {
	c := d.Verdict.Counterexample
	if c == nil || c.Replays == 0 || c.Reproduced > 0 {
		return ""
	}
	return "; it did not happen again in " + words.Plural(c.Replays, "replay", "replays")
}

func showIdentity(p *page.Page, d *Document) {
	seed := strings.TrimPrefix(seedText(d.Verdict.Seed), ", ")
	parts := lists.Where([]string{d.Target, d.Contract.Dialect, seed, took(d)}, notEmpty)
	p.Text(page.Dim, "  ", strings.Join(parts, " · "))
}

// took says how long the run took, or "" where nobody measured it.
func took(d *Document) string {
	if d.Elapsed > 0 {
		return words.Round(d.Elapsed).String()
	}
	return ""
}

func notEmpty(s string) bool { return s != "" }

func seedText(seed uint64) string { return fmt.Sprintf(", seed %d", seed) }

func showWarnings(p *page.Page, d *Document) {
	showEach(p, page.Doubt, "  ! ", d.warnings())
	if d.Verdict.Verdict == verdict.Unknown && len(d.Verdict.Mistakes) == 0 {
		showEach(p, page.Doubt, "  ? ", d.Verdict.Reasons)
	}
}

func showEach(p *page.Page, style page.Style, first string, all []string) {
	for _, text := range all {
		p.Text(style, first, text)
	}
}

// showUnjudged lists what lay beyond the run, and which cases could not be decided; for an unknown
// verdict its reasons already came first.
func showUnjudged(p *page.Page, d *Document) {
	all := unjudged(d)
	if len(all) > 0 {
		p.Heading("not judged")
	}
	showEach(p, page.None, "  ? ", all)
}

// unjudged lists why something was not judged where that does not make the run unknown.
func unjudged(d *Document) []string {
	if d.Verdict.Verdict == verdict.Unknown {
		return d.Verdict.Undecided
	}
	return slices.Concat(d.Verdict.Reasons, d.Verdict.Undecided)
}

func showNotes(p *page.Page, d *Document) {
	p.Gap()
	showEach(p, page.Dim, "  note: ", d.Notes)
	if d.Saved != "" {
		p.Put(page.Dim, "  saved in %s", d.Saved)
	}
}
