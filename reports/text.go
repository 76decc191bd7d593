package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

// Text writes a verdict for people: what it is, what makes it mean less, what is wrong, the
// smallest counterexample as a lane diagram with the command that replays it, further ones in
// brief, and how much was tried.
func Text(w io.Writer, doc Document, opts TextOptions) error {
	doc.Verdict = whole(doc.Verdict)
	p := &page{opts: opts}
	p.headline(&doc)
	if doc.Replayed != "" {
		p.text(bold, "  ", doc.Replayed)
	}
	p.identity(&doc)
	p.worth(doc.Verdict.Confidence)
	p.warn(&doc)
	p.violations(&doc)
	p.counterexample(&doc)
	p.further(&doc)
	p.tried(&doc)
	p.unjudged(&doc)
	p.untried(&doc)
	p.notes(&doc)
	return p.writeTo(w, "a verdict")
}

func (p *page) headline(d *Document) {
	switch d.Verdict.Verdict {
	case model.Valid:
		p.validLine(len(d.warnings()))
	case model.Invalid:
		p.lead(span{alarm, "✗ INVALID  "}, span{bold, d.harm()})
	default:
		p.lead(span{doubt, "? UNKNOWN  "},
			span{bold, "no violation was seen, but not everything could be judged: this is not a pass"})
	}
}

func (p *page) validLine(warnings int) {
	if warnings > 0 {
		p.lead(span{doubt, "✓ VALID  "}, span{bold, fmt.Sprintf(
			"but this pass means less than it seems: see the %s", plural(warnings, "warning", "warnings"))})
		return
	}
	p.lead(span{pass, "✓ VALID  "},
		span{bold, "every operation looked as if it had run exactly once, or not at all"})
}

// harm names the broken rules and counts their cases.
func (d *Document) harm() string {
	what := "promises are broken: "
	var out []string
	for _, g := range d.groups() {
		if g.level != model.LevelViolation {
			continue
		}
		if judge.RuleOf(g.rule).Harms() {
			what = "retries do harm: "
		}
		out = append(out, fmt.Sprintf("%s (%s)", g.rule, plural(len(g.cases()), "case", "cases")))
	}
	return what + strings.Join(out, ", ") + d.unseen() + d.crossing()
}

// unseen says that the counterexample never happened again; "" where it did or nobody tried.
func (d *Document) unseen() string {
	c := d.Verdict.Counterexample
	if c == nil || c.Replays == 0 || c.Reproduced > 0 {
		return ""
	}
	return "; it did not happen again in " + plural(c.Replays, "replay", "replays")
}

func (p *page) identity(d *Document) {
	var parts []string
	for _, s := range []string{d.Target, d.Contract.Dialect} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	parts = append(parts, strings.TrimPrefix(seedText(d.Verdict.Seed), ", "))
	if d.Elapsed > 0 {
		parts = append(parts, round(d.Elapsed).String())
	}
	p.text(dim, "  ", strings.Join(parts, " · "))
}

func seedText(seed uint64) string { return fmt.Sprintf(", seed %d", seed) }

func (p *page) warn(d *Document) {
	for _, w := range d.warnings() {
		p.text(doubt, "  ! ", w)
	}
	if d.Verdict.Verdict == model.Unknown {
		for _, r := range d.Verdict.Reasons {
			p.text(doubt, "  ? ", r)
		}
	}
}

// unjudged lists what lay beyond the run, and which cases could not be decided; for an unknown
// verdict its reasons already came first.
func (p *page) unjudged(d *Document) {
	var all []string
	if d.Verdict.Verdict != model.Unknown {
		all = append(all, d.Verdict.Reasons...)
	}
	all = append(all, d.Verdict.Undecided...)
	if len(all) == 0 {
		return
	}
	p.heading("not judged")
	for _, r := range all {
		p.text(none, "  ? ", r)
	}
}

func (p *page) notes(d *Document) {
	p.gap()
	for _, n := range d.Notes {
		p.text(dim, "  note: ", n)
	}
	if d.Saved != "" {
		p.put(dim, "  saved in %s", d.Saved)
	}
}
