package openapi

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// writer writes the requests of one operation and of what belongs to it.
type writer struct {
	doc  *openapi3.T
	all  []*operation
	base base
	// made are the requests that make things, by path and in order; one that is being written is nil.
	made    map[string]*shown.Call
	creates []*shown.Call
}

// write writes what an operation needs.
func (w *writer) write(o *operation) *Described {
	ids := &references{w: w, of: o, used: map[string]string{}}
	out := &Described{Operation: w.request(o, ids)}
	facts := out.Operation.Facts
	if o.rank > 0 && o.key != "" {
		out.Operation.Set(o.key, keyExample(o))
		facts.Key = o.key
	}
	if w.base.unknown {
		facts.Unknown = append(facts.Unknown, "servers names no full URL: correct target.url")
	}
	schema, shows, status := answer(o.Operation)
	same := sent(out.Operation)
	out.Operation.Reply = reply(&maker{same: same}, schema, shows, status)
	if l := w.ledger(o, out.Operation, ids); l != nil {
		out.Ledgers = append(out.Ledgers, l)
	}
	out.Creates = w.creates
	for _, other := range w.all {
		if other != o && other.rank > 0 && other.changes() {
			out.Others = append(out.Others, other.name())
		}
	}
	return out
}

// keyExample is a key as the document shows it: quoted or not.
func keyExample(o *operation) string {
	for _, p := range o.parameters {
		if p.Name != o.key || p.In != openapi3.ParameterInHeader {
			continue
		}
		given := p.Example
		if given == nil && p.Schema != nil && p.Schema.Value != nil {
			given = example(p.Schema.Value)
		}
		if text, is := given.(string); is && strings.HasPrefix(text, `"`) {
			return `"key-1"`
		}
	}
	return "key-1"
}

// request writes a request as the document describes it.
func (w *writer) request(o *operation, ids *references) *shown.Call {
	e := &shown.Call{Method: o.method, Facts: &shown.Facts{
		Name: o.OperationID, Statuses: statuses(o.Operation), Fields: map[string]shown.Fact{},
	}}
	e.URL = w.base.url + w.path(o, e, ids)
	if query := query(o, e, ids, nil); query != "" {
		e.URL += "?" + query
	}
	for _, p := range o.parameters {
		if p.In == openapi3.ParameterInHeader && p.Required && p.Name != o.key {
			e.Set(p.Name, draft.Text(parameter(p, e)))
		}
	}
	credentials(w.doc, o, e)
	w.body(o, e, ids)
	return e
}

// path fills in the parameters of a path.
func (w *writer) path(o *operation, e *shown.Call, ids *references) string {
	segments := strings.Split(o.path, "/")
	for i, segment := range segments {
		name, isName := strings.CutPrefix(segment, "{")
		if !isName {
			segments[i] = url.PathEscape(segment)
			continue
		}
		name = strings.TrimSuffix(name, "}")
		id := ids.made(o.path, i)
		if id == "" {
			id, _ = ids.find(name)
		}
		if id == "" {
			id = inPath(o, e, name)
		}
		segments[i] = url.PathEscape(id)
	}
	return strings.Join(segments, "/")
}

// inPath is a value for a parameter of a path that nothing makes.
func inPath(o *operation, e *shown.Call, name string) string {
	for _, p := range o.parameters {
		if p.Name == name && p.In == openapi3.ParameterInPath {
			return draft.Text(parameter(p, e))
		}
	}
	return "unknown"
}

// query writes the parameters that are required, and those that are wanted.
func query(o *operation, e *shown.Call, ids *references, wanted func(name string) string) string {
	var out []string
	for _, p := range o.parameters {
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		value := ""
		if wanted != nil {
			value = wanted(p.Name)
		}
		if id, _ := ids.find(p.Name); value == "" && id != "" && p.Required {
			value = id
		}
		if value == "" && p.Required {
			value = draft.Text(parameter(p, e))
		}
		if value != "" {
			out = append(out, url.QueryEscape(p.Name)+"="+url.QueryEscape(value))
		}
	}
	return strings.Join(out, "&")
}

// parameter is a value for a parameter.
func parameter(p *openapi3.Parameter, e *shown.Call) any {
	given := p.Example
	for _, x := range p.Examples {
		if given == nil && x != nil && x.Value != nil {
			given = x.Value.Value
		}
	}
	m := &maker{facts: map[string]shown.Fact{}}
	v := m.value(p.Schema, given, place{where: "the parameter " + p.Name, path: p.Name, name: p.Name})
	if unknown := m.facts[p.Name].Unknown; unknown != "" {
		e.Facts.Unknown = append(e.Facts.Unknown, unknown)
	}
	return v
}

// body writes what an operation sends.
func (w *writer) body(o *operation, e *shown.Call, ids *references) {
	schema, kind := body(o.Operation)
	if schema == nil {
		return
	}
	m := &maker{ids: ids.find, facts: e.Facts.Fields}
	at := place{where: "paths." + o.path + "." + strings.ToLower(o.method) + ".requestBody"}
	_, described := media(o.RequestBody.Value.Content)
	v := m.value(schema, mediaExample(described), at)
	e.Set("Content-Type", kind)
	fields, _ := v.(draft.Object)
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		for _, f := range fields {
			e.Parts = append(e.Parts, shown.Pair{Name: f.Name, Value: draft.Text(f.Value)})
		}
	case kind == "application/x-www-form-urlencoded":
		var out []string
		for _, f := range fields {
			out = append(out, url.QueryEscape(f.Name)+"="+url.QueryEscape(draft.Text(f.Value)))
		}
		e.Body = strings.Join(out, "&")
	default:
		e.Body = encoded(v)
	}
}

func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// statuses are the answers that a document declares.
func statuses(o *openapi3.Operation) []int {
	var out []int
	for code := range o.Responses.Map() {
		if n, err := strconv.Atoi(code); err == nil && n >= 100 && n < 600 {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// reply makes the answer that says that a request succeeded.
func reply(m *maker, schema *openapi3.SchemaRef, shows any, status string) *shown.Returned {
	code, err := strconv.Atoi(status)
	if err != nil {
		code = 200
	}
	out := &shown.Returned{Status: code}
	if schema != nil || shows != nil {
		out.Body = encoded(m.value(schema, shows, place{}))
	}
	return out
}

// sent are the texts that a request sends, by the name of their field: answers show them again.
func sent(e *shown.Call) map[string]any {
	out := map[string]any{}
	if v, err := draft.ParseJSON(e.Body); err == nil {
		collect(out, "", v)
	}
	return out
}

func collect(out map[string]any, name string, v any) {
	switch x := v.(type) {
	case draft.Object:
		for _, f := range x {
			collect(out, f.Name, f.Value)
		}
	case draft.List:
		for _, item := range x {
			collect(out, name, item)
		}
	case string:
		if meaning.CorrelationRank(name) > 0 || meaning.KeyRank(name) > 0 {
			out[name] = x
		}
	}
}
