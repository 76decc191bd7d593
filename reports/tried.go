package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// tried says how much was done, and proves that faults and races really happened.
func (p *page) tried(d *Document) {
	v := d.Verdict
	p.heading("tried")
	p.text(none, "  ", fmt.Sprintf("%s (%d undecided), %s, %s, %s found, %s",
		plural(v.Judged.Cases, "case", "cases"), v.Judged.Undecided,
		plural(v.Judged.Operations, "operation", "operations"),
		plural(v.Judged.Attempts, "attempt", "attempts"),
		plural(v.Judged.Effects, "effect", "effects"),
		plural(v.Judged.Hidden, "hidden duplicate", "hidden duplicates")))
	if f := v.First; f != nil && d.Elapsed > 0 {
		p.text(none, "  ", fmt.Sprintf("first finding after %s: case %d (%s)",
			round(f.After.Std()), f.Case, f.Scenario))
	}
	p.latency(v.Latency)
	p.races(v.Races)
	p.faults(v.Faults)
}

// latency shows in a line how long attempts took.
func (p *page) latency(l *model.Latency) {
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
	p.text(none, "  ", "latency p50/p90/p99/max: "+strings.Join(parts, ", "))
}

// milliseconds shows percentiles with two or three digits.
func milliseconds(p model.Percentiles) string {
	var out []string
	for _, d := range []model.Duration{p.P50, p.P90, p.P99, p.Max} {
		ms := float64(d.Std()) / float64(time.Millisecond)
		digits := 0
		switch {
		case ms < 1:
			digits = 2
		case ms < 10:
			digits = 1
		}
		out = append(out, strconv.FormatFloat(ms, 'f', digits, 64))
	}
	return strings.Join(out, "/") + " ms"
}

func (p *page) races(r model.Races) {
	if r.Planned == 0 {
		p.put(none, "  no races planned")
		return
	}
	st := none
	if r.Overlapped < r.Planned {
		st = doubt
	}
	median := ""
	if r.Overlapped > 0 {
		median = fmt.Sprintf(", median overlap %s", round(r.MedianOverlap.Std()))
	}
	p.put(st, "  %d of %s overlapped%s", r.Overlapped, plural(r.Planned, "race", "races"), median)
}

func (p *page) faults(f model.Faults) {
	if f.Planned == 0 {
		p.put(none, "  no faults planned")
		return
	}
	p.gap()
	order := kinds(f.ByKind)
	var rows [][]string
	for _, kind := range order {
		t := f.ByKind[kind]
		rows = append(rows, []string{
			string(kind), fmt.Sprint(t.Planned), fmt.Sprint(t.Fired), shortfall(t),
		})
	}
	rows = append(rows, []string{"all faults", fmt.Sprint(f.Planned), fmt.Sprint(f.Fired), ""})
	for i, l := range columns([]string{"fault", "planned", "fired", ""}, rows) {
		p.put(faultStyle(f, order, i), "  %s", l)
	}
}

func shortfall(t model.FaultTally) string {
	if t.Fired < t.Planned {
		return fmt.Sprintf("%d did not fire", t.Planned-t.Fired)
	}
	return ""
}

// faultStyle colours line i of the table: the header, then one line a kind, then the sum.
func faultStyle(f model.Faults, order []model.FaultKind, i int) style {
	if i == 0 {
		return dim
	}
	if i <= len(order) && f.ByKind[order[i-1]].Fired < f.ByKind[order[i-1]].Planned {
		return doubt
	}
	return none
}
