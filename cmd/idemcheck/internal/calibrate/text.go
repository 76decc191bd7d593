package calibrate

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/reports"
)

// text writes a calibration for a terminal.
func text(w io.Writer, d *Calibration) error {
	p := &printer{w: w}
	p.say("%s\n", d.headline())
	p.table(d.bugTable())
	if d.Matrix {
		p.say("\ncases until each scenario finds the bug (seed %d); · means not within its share:\n",
			d.Seeds[0])
		p.table(d.matrixTable(func(c Cell) string { return fmt.Sprint(c.Cases) }))
		p.say("%s", d.legend())
	}
	p.say("\n")
	p.table(d.variantTable())
	p.say("\n%s\n", strings.Join(d.Totals.lines(), "\n"))
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) say(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// table writes a table whose first row is its header.
func (p *printer) table(rows [][]string) {
	if p.err == nil && len(rows) > 1 {
		p.err = reports.Table(p.w, rows[0], rows[1:])
	}
}

// headline says what was measured.
func (d *Calibration) headline() string {
	world := d.World + " world"
	if d.Starved {
		world += ", starved (with pauses at every step)"
	}
	return fmt.Sprintf("%d seeded bugs and %d right variants in the %s, with %d %s of %d cases",
		d.Totals.Bugs, d.Totals.Variants, world, len(d.Seeds), plural(len(d.Seeds), "seed"), d.Cases)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// bugTable has a row for every bug: how it did over all seeds.
func (d *Calibration) bugTable() [][]string {
	rows := [][]string{{
		"bug", "found", "cases", "attempts", "by rule", "in scenario", "smallest", "reproduced",
	}}
	if d.timed() {
		rows[0] = append(rows[0], "seconds")
	}
	for i := range d.Bugs {
		row := d.Bugs[i].row()
		if d.timed() {
			row = append(row, d.Bugs[i].seconds())
		}
		rows = append(rows, row)
	}
	return rows
}

// timed reports whether times were kept.
func (d *Calibration) timed() bool {
	return slices.ContainsFunc(d.Bugs, func(b BugResult) bool { return b.seconds() != "" })
}

// seconds is the longest time that a seed took, or "".
func (b *BugResult) seconds() string {
	maxSeconds := 0.0
	for _, r := range b.Runs {
		maxSeconds = max(maxSeconds, r.Seconds)
	}
	if maxSeconds == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", maxSeconds)
}

// row sums a bug up; counts are medians over the seeds that found it, and words those of the first.
func (b *BugResult) row() []string {
	if b.Unfit != "" {
		return []string{b.Name, b.Unfit}
	}
	var cases, attempts []int
	var first, other *Detection
	for _, r := range b.Runs {
		if r.Other != nil && other == nil {
			other = r.Other
		}
		if r.First == nil {
			continue
		}
		cases, attempts = append(cases, r.First.Cases), append(attempts, r.First.Attempts)
		if first == nil {
			first = r.First
		}
	}
	row := []string{b.Name, fmt.Sprintf("%d of %d", len(cases), len(b.Runs))}
	if first == nil {
		return append(row, "", "", otherwise(other))
	}
	row = append(row, fmt.Sprint(median(cases)), fmt.Sprint(median(attempts)),
		first.Rule, first.Scenario)
	if s := b.Smallest; s != nil {
		row = append(row, s.String(), fmt.Sprintf("%d of %d", s.Reproduced, s.Replays))
	}
	return row
}

// otherwise says by which other rule a bug was found.
func otherwise(d *Detection) string {
	if d == nil {
		return ""
	}
	return "(another rule: " + d.Rule + ")"
}

// matrixTable has a row for every bug and a numbered column for every scenario.
func (d *Calibration) matrixTable(cell func(Cell) string) [][]string {
	header := []string{"bug"}
	for i := range d.Scenarios {
		header = append(header, fmt.Sprint(i+1))
	}
	rows := [][]string{header}
	for _, b := range d.Bugs {
		row := []string{b.Name}
		for _, name := range d.Scenarios {
			i := slices.IndexFunc(b.Matrix, func(c Cell) bool { return c.Scenario == name })
			if i < 0 {
				row = append(row, "·")
				continue
			}
			row = append(row, cell(b.Matrix[i]))
		}
		rows = append(rows, row)
	}
	return rows
}

// legend names the numbered columns.
func (d *Calibration) legend() string {
	var b strings.Builder
	for i, name := range d.Scenarios {
		fmt.Fprintf(&b, "%3d %s\n", i+1, name)
	}
	return b.String()
}

// variantTable has a row for every right variant.
func (d *Calibration) variantTable() [][]string {
	rows := [][]string{{"right variant", "cases", "false alarms", "unknown", "why"}}
	for _, v := range d.Variants {
		if v.Unfit != "" {
			rows = append(rows, []string{v.Name, "", "", "", v.Unfit})
			continue
		}
		why := v.Reasons
		for _, a := range v.Accused {
			why = append(why, a.Rule+": "+a.Message)
		}
		rows = append(rows, []string{
			v.Name, fmt.Sprint(v.Cases), fmt.Sprint(len(v.Accused)), fmt.Sprint(v.Unknown),
			strings.Join(why[:min(3, len(why))], "; "),
		})
	}
	return rows
}

// lines sums everything up in sentences.
func (t *Totals) lines() []string {
	return []string{
		fmt.Sprintf("found with every seed: %d of %d bugs; detections: %d of %d (%s)",
			t.Found, t.Bugs, t.Detected, t.Runs, percent(t.Detected, t.Runs)),
		fmt.Sprintf("until detection, median: %d cases, %d attempts", t.MedianCases, t.MedianAttempts),
		fmt.Sprintf("smallest counterexample (operations/attempts/faults): median %s, each number's "+
			"worst %s; %d came up in every replay", t.Median, t.Worst, t.Reproduced),
		fmt.Sprintf("right variants: %d false alarms and %d unknown in %d cases of %d",
			t.FalseAlarms, t.Unknown, t.VariantCases, t.Variants),
	}
}

func percent(part, whole int) string {
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(max(whole, 1)))
}
