// Package racing shows a race to people and to programs: what was sent, how truly the copies met,
// what they were answered, and what was counted before and after.
package racing

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// JSON writes a race as one JSON document.
func JSON(w io.Writer, r *raced.Race) error {
	text, err := page.JSON(r)
	if err != nil {
		return fmt.Errorf("writing the race: %w", err)
	}
	return page.Write(w, "the race", text)
}

// Text writes a race for people, on one screen.
func Text(w io.Writer, r *raced.Race, opts page.Options) error {
	p := page.New(opts)
	headline(p, r)
	p.Gap()
	sent(p, r)
	if len(r.Rounds) > 0 {
		rounds(p, r)
		round := telling(r)
		overlap(p, &round.Overlap, r.Sent.Copies)
		answers(p, round)
		effects(p, r, round)
	}
	p.Gap()
	for _, reason := range r.Reasons {
		p.Text(page.Doubt, "  ? ", reason)
	}
	for _, note := range r.Notes {
		p.Text(page.Dim, "  note: ", note)
	}
	for _, next := range r.Next {
		p.Text(page.None, "  next: ", next)
	}
	return p.Print(w, "the race")
}

func headline(p *page.Page, r *raced.Race) {
	style, mark := page.Doubt, "? UNKNOWN  "
	switch r.Verdict {
	case verdict.Valid:
		style, mark = page.Pass, "✓ VALID  "
	case verdict.Invalid:
		style, mark = page.Alarm, "✗ INVALID  "
	case verdict.Unknown:
	}
	p.Lead(page.In(style, mark), page.In(page.Bold, r.Summary))
}

// section begins a part of the report: its name stands before its first line.
func section(p *page.Page, name, text string) {
	p.Lead(page.In(page.Dim, fmt.Sprintf("  %-9s ", name)), page.In(page.None, text))
}

// sent shows what each copy was.
func sent(p *page.Page, r *raced.Race) {
	s := &r.Sent
	section(p, "sent", fmt.Sprintf("%d × %s %s · %s", s.Copies, s.Method, s.URL, s.Protocol))
	var shown []string
	for _, h := range s.Headers {
		shown = append(shown, words.Shorten(h, maxHeader))
	}
	if hidden := len(shown) - maxHeaders; hidden > 0 {
		shown = append(ofKey(s, shown), "and "+words.Plural(hidden, "more header", "more headers"))
	}
	if len(shown) > 0 {
		section(p, "", strings.Join(shown, " · "))
	}
	if s.Body != "" {
		section(p, "", s.Body)
	}
}

// maxHeaders is how many headers are shown, and maxHeader how long one may be.
const maxHeaders, maxHeader = 4, 60

// ofKey shortens a list of headers; that of the key stays.
func ofKey(s *raced.Shot, shown []string) []string {
	out := shown[:maxHeaders:maxHeaders]
	for _, h := range shown[maxHeaders:] {
		if name, _, _ := strings.Cut(h, ":"); strings.EqualFold(name, s.KeyAt) {
			out[maxHeaders-1] = h
		}
	}
	return out
}

// telling is the round to show: the first of those that say most.
func telling(r *raced.Race) *raced.Round {
	for i := range r.Rounds {
		if r.Rounds[i].Verdict == r.Verdict {
			return &r.Rounds[i]
		}
	}
	return &r.Rounds[0]
}

// maxRounds is how many rounds are listed.
const maxRounds = 12

// rounds lists several rounds, a line each.
func rounds(p *page.Page, r *raced.Race) {
	if len(r.Rounds) < 2 {
		return
	}
	for i, round := range r.Rounds {
		name := ""
		if i == 0 {
			name = "rounds"
		}
		if i == maxRounds {
			section(p, name, fmt.Sprintf("and %d more", len(r.Rounds)-maxRounds))
			break
		}
		mark := map[verdict.Result]string{verdict.Valid: "✓", verdict.Invalid: "✗"}[round.Verdict]
		if mark == "" {
			mark = "?"
		}
		text := fmt.Sprintf("%s %2d at once · %s", mark, round.Overlap.AtOnce,
			words.Plural(round.Different, "answer", "different answers"))
		if g := round.Growth; g != nil && g.Unread == "" {
			text += fmt.Sprintf(" · %+d", g.New)
		}
		if round.Key != "" {
			text += " · " + words.Shorten(round.Key, maxKey)
		}
		section(p, name, text)
	}
}

const maxKey = 40

// overlap shows how many copies were with the service, and when.
func overlap(p *page.Page, o *raced.Overlap, copies int) {
	section(p, "overlap", fmt.Sprintf("%s; released within %s, last answer after %s",
		met(o, copies), short(o.Release.Std()), short(o.Whole.Std())))
	if bars := curve(o.Load, copies, p.Opts.ASCII); bars != "" {
		p.Line(page.In(page.None, strings.Repeat(" ", indent)), page.In(page.Cyan, bars))
	}
}

// met says how many of the copies met at the service.
func met(o *raced.Overlap, copies int) string {
	switch {
	case o.Arrived < copies:
		return fmt.Sprintf("only %d of %d reached the service", o.Arrived, copies)
	case o.AtOnce < 2:
		return "no two with the service at once"
	}
	return fmt.Sprintf("%d of %d with the service at once", o.AtOnce, copies)
}

// short is a duration of three digits.
func short(d time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// indent is where the text of a section begins.
const indent = 12

// curve draws how many were with the service, from the first release to the last answer.
func curve(load []int, copies int, ascii bool) string {
	steps := []rune(" ▁▂▃▄▅▆▇█")
	if ascii {
		steps = []rune(" .:-=+*#@")
	}
	var b strings.Builder
	for _, n := range load {
		at := (n*(len(steps)-1) + copies - 1) / max(copies, 1)
		b.WriteRune(steps[min(at, len(steps)-1)])
	}
	return strings.TrimRight(b.String(), " ")
}

// maxGroups is how many kinds of answers are shown.
const maxGroups = 5

// answers shows each kind of answer once.
func answers(p *page.Page, round *raced.Round) {
	for i, g := range round.Answers {
		name := ""
		if i == 0 {
			name = "answers"
		}
		if i == maxGroups {
			section(p, name, fmt.Sprintf("and %d more kinds", len(round.Answers)-maxGroups))
			return
		}
		what := fmt.Sprint(g.Status)
		if g.Err != "" {
			what = "no answer (" + g.Err + ")"
		}
		line := strings.TrimSpace(fmt.Sprintf("%d × %s  %s", g.Count, what, g.Excerpt))
		section(p, name, words.Shorten(line, p.Opts.Columns()-indent))
		differences(p, g.Differs)
	}
}

// maxDiffers is how many fields are shown in which answers of one kind differ.
const maxDiffers = 3

// differences says in which fields answers of one kind differ.
func differences(p *page.Page, all []raced.Difference) {
	var volatile []string
	shown := 0
	for _, d := range all {
		switch {
		case d.Volatile:
			volatile = append(volatile, d.Path)
			continue
		case shown == maxDiffers:
			section(p, "", "- …")
		case shown < maxDiffers && d.Path == "":
			section(p, "", fmt.Sprintf("- %d different bodies", d.Values))
		case shown < maxDiffers:
			more := ""
			if d.Values > len(d.Examples) {
				more = ", …"
			}
			section(p, "", fmt.Sprintf("- %s differs: %d values (%s%s)", d.Path, d.Values,
				strings.Join(d.Examples, ", "), more))
		}
		shown++
	}
	if len(volatile) > 0 {
		section(p, "", "- apart from "+strings.Join(volatile[:min(len(volatile), maxDiffers+1)], ", "))
	}
}

// effects shows what was counted before and after.
func effects(p *page.Page, r *raced.Race, round *raced.Round) {
	g := round.Growth
	switch {
	case g == nil:
		section(p, "effects", "not counted")
		return
	case g.Unread != "":
		section(p, "effects", r.Counting.What+": not read afterwards")
		return
	}
	style := page.None
	if round.Verdict == verdict.Invalid {
		style = page.Red
	}
	text := fmt.Sprintf("%d → %d (%+d)", g.Before, g.After, g.After-g.Before)
	p.Lead(page.In(page.Dim, fmt.Sprintf("  %-9s ", "effects")),
		page.In(style, text+"  "+r.Counting.What))
	if len(g.Kinds) > 1 {
		section(p, "", kinds(g.Kinds))
	}
	if g.Keyed > 1 {
		section(p, "", fmt.Sprintf("%d of the new items carry the key of the copies", g.Keyed))
	}
	if g.Proven > 1 {
		section(p, "", fmt.Sprintf("%d of the new items are named by an answer each", g.Proven))
	}
}
