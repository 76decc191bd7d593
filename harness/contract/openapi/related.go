package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// references finds what the fields and parameters of one request refer to.
type references struct {
	w  *writer
	of *operation
	// used is the field by which each id was used first.
	used map[string]string
	// only: all ids come from used, and nothing more is created.
	only bool
}

// find returns the id of the thing that a field of this name refers to, or "" when no request can
// create such a thing. another reports whether a different field has that id already.
func (r *references) find(field string) (id string, another bool) {
	words := meaning.Words(field)
	if n := len(words); n > 1 && words[n-1] == "id" {
		words = words[:n-1]
	}
	if len(words) == 0 {
		return "", false
	}
	for _, c := range r.w.all {
		name := meaning.Singular(meaning.Collection(c.path))
		if c.method == http.MethodPost && c != r.of &&
			(name == strings.Join(words, "-") || name == words[len(words)-1] && len(words) < 3) {
			if id := r.create(c); id != "" {
				return id, r.note(id, strings.Join(words, "-"))
			}
		}
	}
	return "", false
}

// made creates the thing that segment i of a path names and returns its id, or "". The segments
// before i are its collection: i is 2 in /orders/{id}.
func (r *references) made(path string, i int) string {
	collection := strings.Join(strings.Split(path, "/")[:i], "/")
	for _, c := range r.w.all {
		if c.method == http.MethodPost && c != r.of && c.path == collection {
			if id := r.create(c); id != "" {
				r.note(id, meaning.Singular(meaning.Collection(c.path)))
				return id
			}
		}
	}
	return ""
}

func (r *references) note(id, field string) (another bool) {
	first, known := r.used[id]
	if !known {
		r.used[id] = field
	}
	return known && first != field
}

// create writes the request that makes something, unless it is there, and returns its id: "" when
// the document does not show one, or when it is being written.
func (r *references) create(c *operation) string {
	id := meaning.Singular(meaning.Collection(c.path)) + "-1"
	if e, known := r.w.made[c.path]; known || r.only {
		if _, used := r.used[id]; e == nil || r.only && !used {
			return ""
		}
		return id
	}
	schema, shows, status := answer(c.Operation)
	if schema == nil || len(r.w.made) > 3 {
		return ""
	}
	field := idField(schema.Value, meaning.Singular(meaning.Collection(c.path)))
	if field == "" {
		return ""
	}
	r.w.made[c.path] = nil
	e := r.w.request(c, &references{w: r.w, of: c, used: map[string]string{}})
	e.Reply = reply(&maker{same: map[string]any{field: id}}, schema, shows, status)
	r.w.made[c.path] = e
	r.w.creates = append(r.w.creates, e)
	return id
}

// idField is the property of an answer that names what was made.
func idField(s *openapi3.Schema, name string) string {
	all := properties(s)
	for _, field := range order(all, nil) {
		label := meaning.Label(field)
		if label == "id" || label == name+"-id" {
			return field
		}
	}
	for _, above := range []string{"data", name} {
		inner := all[above]
		if inner != nil && inner.Value != nil && properties(inner.Value)["id"] != nil {
			return "id"
		}
	}
	return ""
}

// ledger writes the request that lists what an operation made; nil when the document shows none.
func (w *writer) ledger(o *operation, e *shown.Call, ids *references) *shown.Call {
	var best *operation
	for _, l := range w.all {
		if l.method == http.MethodGet && showsMade(l, o) && w.isReachable(l, o, ids) &&
			(best == nil || l.path == o.path) {
			best = l
		}
	}
	if best == nil {
		return nil
	}
	known := &references{w: w, of: best, used: ids.used, only: true}
	out := w.request(best, known)
	out.URL, _, _ = strings.Cut(out.URL, "?")
	if q := query(best, out, known, wanted(best, known)); q != "" {
		out.URL += "?" + q
	}
	e.Facts.Unknown = append(e.Facts.Unknown, out.Facts.Unknown...)
	schema, shows, status := answer(best.Operation)
	out.Reply = reply(&maker{same: sent(e)}, schema, shows, status)
	return out
}

// showsMade reports whether one operation lists what another made: on the same path, or things of
// the same schema, or a collection of the same name.
func showsMade(l, o *operation) bool {
	schema, shows, _ := answer(l.Operation)
	if schema == nil && shows == nil {
		return false
	}
	item := items(schema, 0)
	if item == nil {
		return false
	}
	made, _, _ := answer(o.Operation)
	return l.path == o.path || made != nil && made.Ref != "" && made.Ref == item.Ref ||
		meaning.Collection(l.path) == meaning.Collection(o.path)
}

// items are the items of the list in an answer; nil when it holds none.
func items(ref *openapi3.SchemaRef, depth int) *openapi3.SchemaRef {
	if ref == nil || ref.Value == nil || depth > 2 {
		return nil
	}
	if isType(ref.Value, "array") {
		return ref.Value.Items
	}
	all := properties(ref.Value)
	for _, name := range order(all, nil) {
		if found := items(all[name], depth+1); found != nil {
			return found
		}
	}
	return nil
}

// isReachable reports whether every parameter of a path is the id of something that an operation
// works on, or stands in its path too.
func (w *writer) isReachable(l, o *operation, ids *references) bool {
	known := &references{w: w, of: l, used: ids.used, only: true}
	segments := strings.Split(l.path, "/")
	for i, segment := range segments {
		name, isName := strings.CutPrefix(segment, "{")
		if !isName || strings.HasPrefix(o.path+"/", strings.Join(segments[:i+1], "/")+"/") {
			continue
		}
		id := known.made(l.path, i)
		if id == "" {
			id, _ = known.find(strings.TrimSuffix(name, "}"))
		}
		if id == "" {
			return false
		}
	}
	return true
}

// wanted gives values to parameters that are not required: filters by what the operation works
// on, and the longest page.
func wanted(l *operation, ids *references) func(name string) string {
	return func(name string) string {
		if id, _ := ids.find(name); id != "" {
			return id
		}
		label := meaning.Label(name)
		if !slices.Contains([]string{"limit", "per-page", "page-size", "size", "count"}, label) {
			return ""
		}
		for _, p := range l.parameters {
			if p.Name == name && p.Schema != nil && p.Schema.Value != nil && p.Schema.Value.Max != nil {
				return draft.Text(fmt.Sprint(int64(*p.Schema.Value.Max)))
			}
		}
		return ""
	}
}
