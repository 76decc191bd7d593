package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// showTried says how much was done, and proves that faults and races really happened.
func showTried(p *page.Page, d *Document) {
	v := d.Verdict
	if len(v.Mistakes) > 0 && v.Judged.Cases == 0 {
		return // the headline says that nothing was
	}
	p.Heading("tried")
	p.Text(page.None, "  ", fmt.Sprintf("%s (%d undecided), %s, %s, %s found, %s",
		words.Plural(v.Judged.Cases, "case", "cases"), v.Judged.Undecided,
		words.Plural(v.Judged.Operations, "operation", "operations"),
		words.Plural(v.Judged.Attempts, "attempt", "attempts"),
		words.Plural(v.Judged.Effects, "effect", "effects"),
		words.Plural(v.Judged.Hidden, "hidden duplicate", "hidden duplicates")))
	showSentOnce(p, v.Judged.Once)
	if f := v.First; f != nil && d.Elapsed > 0 {
		p.Text(page.None, "  ", fmt.Sprintf("first finding after %s: case %d (%s)",
			words.Round(f.After.Std()), f.Case, f.Scenario))
	}
	showLatency(p, v.Latency)
	showRaces(p, v.Races)
	showFaults(p, v.Faults)
}

// showLatency shows in a line how long attempts took.
func showLatency(p *page.Page, l *tally.Latency) {
	if l == nil {
		return
	}
	var parts []string
	if l.WithoutFaults.Attempts > 0 {
		parts = append(parts, milliseconds(l.WithoutFaults))
	}
	if l.WithFaults.Attempts > 0 {
		parts = append(parts, milliseconds(l.WithFaults)+" with faults")
	}
	p.Text(page.None, "  ", "latency p50/p90/p99/max: "+strings.Join(parts, ", "))
}

// milliseconds shows percentiles with two or three digits.
func milliseconds(p tally.Percentiles) string {
	parts := lists.Map([]value.Duration{p.P50, p.P90, p.P99, p.Max}, millisecond)
	return strings.Join(parts, "/") + " ms"
}

// millisecond writes a time in milliseconds, with more digits where there are few of them.
func millisecond(d value.Duration) string {
	ms := float64(d.Std()) / float64(time.Millisecond)
	digits := 0
	switch {
	case ms < 1:
		digits = 2
	case ms < 10:
		digits = 1
	}
	return strconv.FormatFloat(ms, 'f', digits, 64)
}

func showRaces(p *page.Page, r tally.Races) {
	if r.Planned == 0 {
		p.Put(page.None, "  no races planned")
		return
	}
	st := page.None
	if r.Overlapped < r.Planned {
		st = page.Doubt
	}
	median := ""
	if r.Overlapped > 0 {
		median = fmt.Sprintf(", median overlap %s", words.Round(r.MedianOverlap.Std()))
	}
	p.Put(st, "  %d of %s overlapped%s", r.Overlapped, words.Plural(r.Planned, "race", "races"),
		median)
}

func showFaults(p *page.Page, f tally.Faults) {
	if f.Planned == 0 {
		p.Put(page.None, "  no faults planned")
		return
	}
	p.Gap()
	order := words.Kinds(f.ByKind)
	var rows [][]string
	for _, kind := range order {
		t := f.ByKind[kind]
		rows = append(rows, []string{
			string(kind), fmt.Sprint(t.Planned), fmt.Sprint(t.Fired), shortfall(t),
		})
	}
	rows = append(rows, []string{"all faults", fmt.Sprint(f.Planned), fmt.Sprint(f.Fired), ""})
	for i, l := range page.Columns([]string{"fault", "planned", "fired", ""}, rows) {
		p.Put(faultStyle(f, order, i), "  %s", l)
	}
}

func shortfall(t tally.KindCount) string {
	if t.Fired < t.Planned {
		return fmt.Sprintf("%d did not fire", t.Planned-t.Fired)
	}
	return ""
}

// faultStyle colours line i of the table: the header, then one line a kind, then the sum.
func faultStyle(f tally.Faults, order []fault.Kind, i int) page.Style {
	if i == 0 {
		return page.Dim
	}
	if i <= len(order) && f.ByKind[order[i-1]].Fired < f.ByKind[order[i-1]].Planned {
		return page.Doubt
	}
	return page.None
}

// showSentOnce says what retries would have done that were not made.
func showSentOnce(p *page.Page, once tally.SentOnce) {
	if once.Sent == 0 {
		return
	}
	p.Text(page.None, "  ", fmt.Sprintf("not retried (label: not): %s sent once, %d without a "+
		"definite answer; a retry would have executed %d of these again",
		words.Plural(once.Sent, "operation", "operations"), once.Unanswered, once.Executed))
}

// showUntried says a line each of what a pass says nothing about.
func showUntried(p *page.Page, d *Document) {
	for i, u := range d.Verdict.Untried {
		if i == 0 {
			p.Heading("not tried, so this pass says nothing about it")
		}
		p.Text(page.None, "  - ", u.What+" (to try it: "+u.Try+")")
	}
}
