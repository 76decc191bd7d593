package compare

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
)

// Count is one reading of what is counted.
type Count struct {
	// Number is how many there are.
	Number int64
	// Items are they, decoded; nil where a number alone was read.
	Items []any
	// Paged: there are more on other pages.
	Paged bool
}

// Changed reports whether something came or went between two readings.
func Changed(before, after Count) bool {
	return before.Number != after.Number || len(fresh(before, after)) > 0
}

// Evidence is what tells whose new items are.
type Evidence struct {
	Replies []Saw
	// Sent is the body that all copies sent, Key their idempotency key, "" without one.
	Sent, Key string
}

// Growth tells what came between two readings, and how much of it is what the replies name.
func Growth(before, after Count, seen Evidence) *raced.Growth {
	out := &raced.Growth{
		Before: before.Number, After: after.Number, New: after.Number - before.Number,
		Listed: after.Items != nil, Paged: before.Paged || after.Paged,
	}
	items := fresh(before, after)
	if field := kindField(items); field != "" {
		out.Kinds = byKind(field, before, after)
		out.New = 0
		for _, n := range out.Kinds {
			out.New = max(out.New, n)
		}
	}
	out.Alike = alike(items, told(seen.Sent))
	out.Keyed = alike(keyed(items, seen.Key), told(seen.Sent))
	out.Proven = proven(items, before, seen.Replies)
	return out
}

// fresh lists the items that came: an item that names itself as one before did only changed.
func fresh(before, after Count) []leaves {
	known, own := map[string]int{}, map[string]bool{}
	for _, item := range before.Items {
		l := leavesOf(item)
		known[l.whole()]++
		if id := l["id"]; id != "" {
			own[id] = true
		}
	}
	var out []leaves
	for _, item := range after.Items {
		l := leavesOf(item)
		text := l.whole()
		if known[text] > 0 {
			known[text]--
			continue
		}
		if !own[l["id"]] {
			out = append(out, l)
		}
	}
	return out
}

// whole is all that an item says.
func (l leaves) whole() string { return l.without(func(string, string) bool { return false }) }

// without is what an item says in all fields but some.
func (l leaves) without(leave func(path, text string) bool) string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(l)) {
		text := l[path]
		if leave(path, text) {
			text = "*"
		}
		fmt.Fprintf(&b, "%q=%q ", path, text)
	}
	return b.String()
}

// kindField is the field that tells of which kind an item is, where new ones are of several; ""
// when there is none.
func kindField(items []leaves) string {
	for _, name := range []string{"kind", "type", "object", "event", "category", "direction", "side"} {
		seen, all := map[string]bool{}, true
		for _, l := range items {
			text, has := l[name]
			all = all && has && text != ""
			seen[text] = true
		}
		if all && len(seen) > 1 {
			return name
		}
	}
	return ""
}

// byKind is by how much each kind grew.
func byKind(field string, before, after Count) map[string]int64 {
	out := map[string]int64{}
	for sign, all := range map[int64][]any{-1: before.Items, 1: after.Items} {
		for _, item := range all {
			out[leavesOf(item)[field]] += sign
		}
	}
	maps.DeleteFunc(out, func(_ string, n int64) bool { return n == 0 })
	return out
}

// told is what a body says, by the names of its fields.
func told(body string) map[string][]string {
	out := map[string][]string{}
	if v, is := Decoded(body); is {
		for path, text := range leavesOf(v) {
			out[lastName(path)] = append(out[lastName(path)], text)
		}
		return out
	}
	if form, err := url.ParseQuery(body); err == nil {
		return form
	}
	return out
}

// isService reports whether the service may choose the value of a field for each effect.
func isService(path, text string) bool {
	return names(path) || isVolatile(path, text) || runs(path)
}

// contradicts reports whether an item says something else than what was sent.
func (l leaves) contradicts(sent map[string][]string) bool {
	for path, text := range l {
		said, both := sent[path]
		if both && path != "" && !isService(path, text) && !slices.Contains(said, text) {
			return true
		}
	}
	return false
}

// alike is how many items there are at most that differ in nothing but names, times and what goes
// on with every effect, and say nothing else than what was sent: others leave items too. What names
// itself again, as the rows of one thing do in a query that joins tables, is counted once.
func alike(items []leaves, sent map[string][]string) int {
	groups, own, out := map[string]int{}, map[string]bool{}, 0
	for _, l := range items {
		id := l["id"]
		if l.contradicts(sent) || own[id] {
			continue
		}
		own[id] = id != ""
		text := l.without(isService)
		groups[text]++
		out = max(out, groups[text])
	}
	return out
}

// minKey is how long a key must be to be recognised in a field whose name does not say what it
// holds.
const minKey = 8

// keyed lists the items that carry a key.
func keyed(items []leaves, key string) []leaves {
	var out []leaves
	for _, l := range items {
		for path, text := range l {
			named := meaning.KeyRank(lastName(path)) > 0 || anyOf(lastName(path), "key")
			if key != "" && strings.Trim(text, `"`) == key && (named || len(key) >= minKey) {
				out = append(out, l)
				break
			}
		}
	}
	return out
}

// proven is how many new items there are of which each is named by an answer that names no other
// one of them in the same place.
func proven(items []leaves, before Count, replies []Saw) int {
	old := map[string]bool{}
	for _, item := range before.Items {
		for path, text := range leavesOf(item) {
			old[path+"\x00"+text] = true
		}
	}
	out := 0
	for _, values := range named(takenApart(replies)) {
		for _, found := range standing(items, values, old) {
			out = max(out, len(found))
		}
	}
	return out
}

// standing lists which of some values stand in new items, by the field that names these, where no
// old item has them.
func standing(items []leaves, values, old map[string]bool) map[string]map[string]bool {
	found := map[string]map[string]bool{}
	for _, l := range items {
		for path, text := range l {
			if !values[text] || !names(path) || isVolatile(path, text) || old[path+"\x00"+text] {
				continue
			}
			if found[path] == nil {
				found[path] = map[string]bool{}
			}
			found[path][text] = true
		}
	}
	return found
}
