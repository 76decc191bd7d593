package reports

import (
	"fmt"

	"github.com/idemcheck/idemcheck/model"
)

// tried says how much was done, and proves that faults and races really happened.
func (p *page) tried(d *Document) {
	v := d.Verdict
	p.heading("tried")
	p.text(none, "  ", fmt.Sprintf("%s, %s, %s, %s found, %s",
		plural(v.Judged.Cases, "case", "cases"),
		plural(v.Judged.Operations, "operation", "operations"),
		plural(v.Judged.Attempts, "attempt", "attempts"),
		plural(v.Judged.Effects, "effect", "effects"),
		plural(v.Judged.Hidden, "hidden duplicate", "hidden duplicates")))
	p.races(v.Races)
	p.faults(v.Faults)
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
