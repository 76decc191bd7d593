package sight

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// listed are the items of ledgers that name the operation, and the others.
func listed(s *Sight) (own, others []*model.Effect) {
	for _, e := range s.History.Events {
		switch {
		case e.Kind != model.Listed:
		case s.owns(e.Effect):
			own = append(own, e.Effect)
		default:
			others = append(others, e.Effect)
		}
	}
	return own, others
}

// unnamed are the fields of ledgers that no item of the operation has.
func unnamed(s *Sight) []verdict.Mistake {
	own, _ := listed(s)
	var out []verdict.Mistake
	for _, name := range sortedKeys(s.contract.Ledgers) {
		l := s.contract.Ledgers[name]
		for _, f := range []struct {
			line, field string
			of          func(*model.Effect) string
			known       string
		}{
			{"key", l.Key, func(e *model.Effect) string { return e.Key }, s.op.Key},
			{
				"mark", l.CorrelationID,
				func(e *model.Effect) string { return e.CorrelationID }, s.op.CorrelationID,
			},
			{"kind", l.Kind, func(e *model.Effect) string { return e.Kind }, ""},
			{"id", l.ID, func(e *model.Effect) string { return e.ID }, ""},
		} {
			in := func(e *model.Effect) bool { return e.Ledger == name }
			has := func(e *model.Effect) bool { return in(e) && f.of(e) != "" }
			sends := f.line != "key" || s.op.Key != ""
			if f.field == "" || !sends || !slices.ContainsFunc(own, in) || slices.ContainsFunc(own, has) {
				continue
			}
			out = append(out, s.Mistake([]string{"ledgers", name, f.line}, f.field,
				"items without such a field"+itemText(s, name), fieldOf(s, name, f.line, f.known)))
		}
	}
	return out
}

// effects compares what one execution left in the ledgers.
func effects(s *Sight) []verdict.Mistake {
	own, others := listed(s)
	missing, left := matched(s, own)
	var out []verdict.Mistake
	for _, i := range missing {
		d := &s.op.Effects[i]
		at := nearest(d, left)
		if at < 0 {
			out = append(out, absent(s, i, others)...)
			continue
		}
		out = append(out, changed(s, i, left[at])...)
		left = slices.Delete(left, at, at+1)
	}
	for _, e := range left {
		if declares(s, e) && s.triedOnce() {
			out = append(out, s.Mistake(s.path("effects"), fmt.Sprintf("%d effects", len(s.op.Effects)),
				"one more of one execution: "+effectText(e), "declare it, or leave its ledger out"))
		}
	}
	return out
}

// matched returns the declared effects that no item is, by their index, and the items that are none
// of the declared effects.
func matched(s *Sight, own []*model.Effect) (missing []int, left []*model.Effect) {
	left = slices.Clone(own)
	for i, d := range s.op.Effects {
		at := slices.IndexFunc(left, func(e *model.Effect) bool { return len(differing(&d, e)) == 0 })
		if at < 0 {
			missing = append(missing, i)
			continue
		}
		left = slices.Delete(left, at, at+1)
	}
	return missing, left
}

// again reports whether an item is left that is a declared effect once more.
func again(s *Sight) bool {
	own, _ := listed(s)
	_, left := matched(s, own)
	return slices.ContainsFunc(left, s.fits)
}

// declares reports whether any operation declares effects of this kind: others are nobody's
// business.
func declares(s *Sight, e *model.Effect) bool {
	for _, t := range s.contract.Operations {
		if t.Leaves(e) {
			return true
		}
	}
	return false
}

// differing lists what an item has other than a declared effect: "kind", "resource", or fields.
func differing(d, e *model.Effect) []string {
	var out []string
	if d.Ledger != e.Ledger {
		out = append(out, "ledger")
	}
	if d.Kind != e.Kind {
		out = append(out, "kind")
	}
	if d.Resource != e.Resource {
		out = append(out, "resource")
	}
	for _, name := range sortedKeys(d.Fields) {
		if !value.Equal(d.Fields[name], e.Fields[name]) {
			out = append(out, "fields."+name)
		}
	}
	return out
}

// nearest is the item that a declared effect most likely is; -1 when there is none in its ledger.
func nearest(d *model.Effect, items []*model.Effect) int {
	best, fewest := -1, 0
	for i, e := range items {
		if n := len(differing(d, e)); e.Ledger == d.Ledger && (best < 0 || n < fewest) {
			best, fewest = i, n
		}
	}
	return best
}

// changed are the lines that say of a declared effect what its item does not.
func changed(s *Sight, i int, e *model.Effect) []verdict.Mistake {
	d, declared := &s.op.Effects[i], s.Type.Effects[i]
	at := func(names ...string) []string {
		return append(s.path("effects", strconv.Itoa(i)), names...)
	}
	var out []verdict.Mistake
	if d.Kind != e.Kind {
		out = append(out, s.Mistake(at("kind"), typed(d.Kind), typed(e.Kind), line("kind", e.Kind)))
	}
	if d.Resource != e.Resource {
		out = append(out, s.Mistake(at("resource"), declared.Resource, "it with "+typed(e.Resource),
			orElse(line("resource", argumentOf(s, e.Resource)), "write the argument whose ledger shows it")))
	}
	for _, name := range sortedKeys(d.Fields) {
		got, want := e.Fields[name], d.Fields[name]
		if value.Equal(want, got) {
			continue
		}
		write := orElse(line(name, sources(s, got)...), "correct or leave out the line")
		if got == nil {
			write = orElse(moved(itemFields(s, d.Ledger, want), declared.Fields[name]), "leave the line out")
		}
		out = append(out, s.Mistake(at("fields", name), declared.Fields[name]+" = "+typed(want),
			typed(got)+itemText(s, d.Ledger), write))
	}
	return out
}

// absent are the lines that may be why nothing of a declared effect was seen.
func absent(s *Sight, i int, others []*model.Effect) []verdict.Mistake {
	d := s.op.Effects[i]
	l := s.contract.Ledgers[d.Ledger]
	if l.From != nil && slices.ContainsFunc(s.History.Events, func(e model.Event) bool {
		return e.Kind == model.Unreadable
	}) {
		return nil // nobody looked
	}
	for _, name := range []string{"mark", "key"} {
		field, known := l.CorrelationID, s.op.CorrelationID
		if name == "key" {
			field, known = l.Key, s.op.Key
		}
		if fields := itemFields(s, d.Ledger, known); field != "" && known != "" && len(fields) > 0 &&
			!slices.Contains(fields, field) {
			return []verdict.Mistake{s.Mistake([]string{"ledgers", d.Ledger, name}, field,
				"items that hold it elsewhere"+itemText(s, d.Ledger), line(name, fields...))}
		}
	}
	if slices.ContainsFunc(others, func(e *model.Effect) bool { return e.Ledger == d.Ledger }) {
		by := "mark"
		if l.CorrelationID == "" {
			by = "key"
		}
		return []verdict.Mistake{s.Mistake([]string{"ledgers", d.Ledger, by},
			"what items name their operation by", "none that names it"+itemText(s, d.Ledger),
			"write the field that holds {mark} or {key}")}
	}
	for _, other := range sortedKeys(s.contract.Ledgers) {
		if other != d.Ledger && len(itemFields(s, other, s.op.CorrelationID)) > 0 {
			return []verdict.Mistake{s.Mistake(s.path("effects", strconv.Itoa(i), "ledger"), d.Ledger,
				"it in "+other, line("ledger", other))}
		}
	}
	n := itemCount(s, d.Ledger)
	if n >= fullPage {
		return []verdict.Mistake{s.Mistake([]string{"ledgers", d.Ledger, "path"}, l.Path,
			fmt.Sprintf("%d items and none of this operation: it may be a first page, and no other is "+
				"read", n),
			"write a path that asks for more, or per: a resource")}
	}
	return []verdict.Mistake{s.Mistake(s.path("effects", strconv.Itoa(i)), effectText(&d)+" once",
		"no such effect"+itemText(s, d.Ledger),
		"leave it out, give it time in promises.settle, or correct ledgers."+d.Ledger)}
}

// fullPage is how many items a list has that may be a page of a longer one.
const fullPage = 10

// effectText names an effect.
func effectText(e *model.Effect) string {
	out := "an item of " + e.Ledger
	if e.Kind != "" {
		out += ", kind " + e.Kind
	}
	if e.Resource != "" {
		out += ", on " + e.Resource
	}
	if len(e.Fields) > 0 {
		out += " " + value.Text(e.Fields)
	}
	return out
}

// argumentOf is the argument that is a resource; "" without one.
func argumentOf(s *Sight, resource string) string {
	for _, name := range sortedKeys(s.op.Args) {
		if s.op.Args[name] == resource {
			return name
		}
	}
	return ""
}
