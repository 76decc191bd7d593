package reports

import (
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// counterexample shows the smallest case that still breaks the rule, and how to see it again.
func (p *page) counterexample(d *Document) {
	if d.Case == nil && d.History == nil {
		return
	}
	c := d.Verdict.Counterexample
	if c == nil {
		p.heading("the case")
	} else {
		p.heading("smallest counterexample")
		p.size(c)
		p.shrinking(c, d.Elapsed > 0)
	}
	p.gap()
	switch {
	case d.History != nil:
		p.operations(d.History)
		p.lanes(d.History)
	default:
		p.plannedCase(d.Case)
	}
	p.again(d)
}

// size counts what is shown, and answers "is it flaky?": only all of the replays are a plain yes.
func (p *page) size(c *model.Counterexample) {
	text := fmt.Sprintf("%s, %s, %s; breaks %s", plural(c.Operations, "operation", "operations"),
		plural(c.Attempts, "attempt", "attempts"), plural(c.Faults, "fault", "faults"), c.Rule)
	if c.Replays == 0 {
		p.text(none, "", text+"; not replayed")
		return
	}
	p.text(none, "", fmt.Sprintf("%s; reproduced %d of %d", text, c.Reproduced, c.Replays))
	if text := interference(c); text != "" {
		p.text(yellow, "", text)
	}
	switch {
	case c.Reproduced == 0:
		p.text(yellow, "",
			"not seen again: it hung on luck, on load, or on a state that replays do not share")
	case c.Reproduced < c.Replays:
		p.text(yellow, "", "flaky: it needs a lucky race, or a state that replays do not share")
	}
}

// shrinking says from what the counterexample was made, and at what price; in real time only where
// that is shown at all.
func (p *page) shrinking(c *model.Counterexample, timed bool) {
	s := c.Shrinking
	if s == nil {
		return
	}
	took, made := "", "shrunk"
	if c.Operations > s.From.Operations {
		made = "made" // neighbours were added
	}
	if timed {
		took = fmt.Sprintf(" in %s", s.Elapsed.Std().Round(10*time.Millisecond))
	}
	p.text(dim, "", fmt.Sprintf("%s from %s, %s, %s; %s tried%s", made,
		plural(s.From.Operations, "operation", "operations"),
		plural(s.From.Attempts, "planned attempt", "planned attempts"),
		plural(s.From.Faults, "fault", "faults"),
		plural(s.Tried, "smaller case", "smaller cases"), took))
}

func (p *page) again(d *Document) {
	if d.Replay != "" {
		p.gap()
		p.line(span{bold, "replay it:  "}, span{cyan, d.Replay})
	}
	if d.History == nil {
		return
	}
	s := newScript(d)
	p.gap()
	if len(s.cannot) > 0 || len(s.body) > scriptLines {
		p.line(span{bold, "by hand:    "}, span{none, s.handText(d)})
		return
	}
	title := "by hand:"
	if d.Script != "" {
		title = "by hand (sh " + d.Script + "):"
	}
	p.put(bold, "%s", title)
	for _, l := range slices.Concat(s.head, s.body) {
		p.put(cyan, "  %s", l)
	}
}

// scriptLines is how long a script may be to be shown in a text.
const scriptLines = 48

func (s *script) handText(d *Document) string {
	switch {
	case len(s.cannot) > 0:
		return "curl cannot make this happen: " + s.cannot[0]
	case d.Script != "":
		return "sh " + d.Script
	}
	return "the script is too long to be shown here"
}
