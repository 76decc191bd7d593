package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/curl"
	"github.com/idemcheck/idemcheck/reports/internal/lanes"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// counterexample shows the smallest case that still breaks the rule, and how to see it again.
func showCounterexample(p *page.Page, d *Document) {
	if d.Case == nil && d.History == nil {
		return
	}
	c := d.Verdict.Counterexample
	if c == nil {
		p.Heading("the case")
	} else {
		p.Heading("smallest counterexample")
		showSize(p, c)
		showShrinking(p, c, d.Elapsed > 0)
	}
	p.Gap()
	switch {
	case d.History != nil:
		showOperations(p, d.History)
		showReplicas(p, d)
		lanes.Draw(p, d.History, declaredState(d))
	default:
		showPlanned(p, d.Case)
	}
	showAgain(p, d)
}

// declaredState is what the state of the counterexample was to be; nil where nobody knows.
func declaredState(d *Document) model.State {
	if d.Verdict.Counterexample == nil {
		return nil
	}
	return d.Verdict.Counterexample.Declared
}

// showSize counts what is shown, and answers "is it flaky?": only all of the replays are a plain
// yes.
func showSize(p *page.Page, c *verdict.Counterexample) {
	text := fmt.Sprintf("%s, %s, %s; breaks %s", words.Plural(c.Operations, "operation", "operations"),
		words.Plural(c.Attempts, "attempt", "attempts"), words.Plural(c.Faults, "fault",
			"faults"), c.Rule)
	if c.Replays == 0 {
		p.Text(page.None, "", text+"; not replayed")
		return
	}
	p.Text(page.None, "", fmt.Sprintf("%s; reproduced %d of %d", text, c.Reproduced, c.Replays))
	for _, text := range []string{interference(c), alone(c)} {
		if text != "" {
			p.Text(page.Yellow, "", text)
		}
	}
	switch {
	case c.Reproduced == 0:
		p.Text(page.Yellow, "",
			"not seen again: it hung on luck, on load, or on a state that replays do not share")
	case c.Reproduced < c.Replays:
		p.Text(page.Yellow, "", "flaky: it needs a lucky race, or a state that replays do not share")
	}
}

// alone says that one operation without a fault breaks the rule, where that makes it likely that
// not the service is wrong but what the contract says of it; "" otherwise.
func alone(c *verdict.Counterexample) string {
	switch {
	case c.Operations != 1 || c.Faults > 0:
		return ""
	case c.Rule == "state-divergence":
		return "no fault is needed: where the service is right, correct `then` of the operation or " +
			"`initial` of the state in the contract"
	case c.Attempts == 1:
		return "neither a retry nor a fault is needed: where the service is right, correct what the " +
			"contract says of this operation"
	}
	return ""
}

// showShrinking says from what the counterexample was made, and at what price; in real time only
// where that is shown at all.
func showShrinking(p *page.Page, c *verdict.Counterexample, timed bool) {
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
	p.Text(page.Dim, "", fmt.Sprintf("%s from %s, %s, %s; %s tried%s", made,
		words.Plural(s.From.Operations, "operation", "operations"),
		words.Plural(s.From.Attempts, "planned attempt", "planned attempts"),
		words.Plural(s.From.Faults, "fault", "faults"),
		words.Plural(s.Tried, "smaller case", "smaller cases"), took))
}

func showAgain(p *page.Page, d *Document) {
	if d.Replay != "" {
		p.Gap()
		p.Line(page.In(page.Bold, "replay it:  "), page.In(page.Cyan, d.Replay))
	}
	if d.History == nil {
		return
	}
	s := scriptOf(d)
	p.Gap()
	if len(s.Cannot) > 0 || s.Length() > scriptLines {
		p.Line(page.In(page.Bold, "by hand:    "), page.In(page.None, handText(s, d)))
		return
	}
	title := "by hand:"
	if d.Script != "" {
		title = "by hand (sh " + d.Script + "):"
	}
	p.Put(page.Bold, "%s", title)
	for _, l := range s.Lines() {
		p.Put(page.Cyan, "  %s", l)
	}
}

// scriptLines is how long a script may be to be shown in a text.
const scriptLines = 48

func handText(s *curl.Script, d *Document) string {
	switch {
	case len(s.Cannot) > 0:
		return "curl cannot make this happen: " + s.Cannot[0]
	case d.Script != "":
		return "sh " + d.Script
	}
	return "the script is too long to be shown here"
}

// showFurther shows in brief the counterexamples of what most likely are other mistakes.
func showFurther(p *page.Page, d *Document) {
	if len(d.Verdict.Further) > 0 {
		p.Heading("further counterexamples, most likely of other mistakes")
	}
	for i := range d.Verdict.Further {
		showOne(p, d, i)
	}
}

func showOne(p *page.Page, d *Document, i int) {
	c := &d.Verdict.Further[i]
	p.Text(page.Red, fmt.Sprintf("  %d. %s: ", i+2, c.Rule), c.Message)
	p.Text(page.None, "     ", inBrief(c))
	if i < len(d.Replays) {
		p.Line(page.In(page.Bold, "     replay it:  "), page.In(page.Cyan, d.Replays[i]))
	}
}

// inBrief counts what is in a counterexample, and how sure it is.
func inBrief(c *verdict.Counterexample) string {
	out := fmt.Sprintf("case %d (%s); %s", c.Case, c.Scenario, sizeText(c))
	if c.Replays == 0 {
		return out + "; not replayed"
	}
	return fmt.Sprintf("%s; reproduced %d of %d%s", out, c.Reproduced, c.Replays, interferes(c))
}

func sizeText(c *verdict.Counterexample) string {
	return strings.Join([]string{
		words.Plural(c.Operations, "operation", "operations"),
		words.Plural(c.Attempts, "attempt", "attempts"), words.Plural(c.Faults, "fault", "faults"),
	}, ", ")
}
