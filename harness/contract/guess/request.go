package guess

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// request is an exchange that was taken apart.
type request struct {
	*shown.Call
	url *url.URL
	// body is what the body says: JSON, the fields of a form, or other text; nil without one.
	body any
	kind kind
	// answer is the JSON of the answer, nil when it is not known or none.
	answer any
}

// kind is how a body is written.
type kind int

const (
	noBody kind = iota
	jsonBody
	formBody
	otherBody
)

func takeApart(e *shown.Call) (*request, error) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("a request has no full URL\n  next: write it with http:// and a host")
	}
	r := &request{Call: e, url: u}
	r.readBody()
	if e.OK() {
		if r.answer, err = draft.ParseJSON(e.Reply.Body); err != nil {
			r.answer = nil
		}
	}
	return r, nil
}

func (r *request) readBody() {
	if len(r.Parts) > 0 {
		fields := draft.Object{}
		for _, p := range r.Parts {
			fields = append(fields, draft.Field{Name: p.Name, Value: p.Value})
		}
		r.body, r.kind = fields, otherBody
		return
	}
	if r.Body == "" {
		return
	}
	parsed, err := draft.ParseJSON(r.Body)
	_, isObject := parsed.(draft.Object)
	_, isList := parsed.(draft.List)
	form := strings.Contains(r.Header("Content-Type"), "x-www-form-urlencoded")
	switch {
	case err == nil && (isObject || isList || !form):
		r.body, r.kind = parsed, jsonBody
	case form:
		r.body, r.kind = formFields(r.Body), formBody
	default:
		r.body, r.kind = r.Body, otherBody
	}
}

// formFields are the fields of a form, in order; a name may come twice.
func formFields(text string) draft.Object {
	out := draft.Object{}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "" {
			continue
		}
		out = append(out, draft.Field{Name: decoded(name), Value: decoded(value)})
	}
	return out
}

func decoded(text string) string {
	if out, err := url.QueryUnescape(text); err == nil {
		return out
	}
	return text
}

// leaf is a scalar somewhere in a value, with the dotted path to it.
type leaf struct {
	path  string
	name  string // the nearest name around it
	value any
}

// text is the leaf as a person would type it.
func (l leaf) text() string { return draft.Text(l.value) }

// inList reports whether the leaf lies in a list.
func (l leaf) inList() bool {
	return slices.ContainsFunc(strings.Split(l.path, "."), func(part string) bool {
		return part != "" && strings.Trim(part, "0123456789") == ""
	})
}

// leaves lists the scalars of a value, in order.
func leaves(v any) []leaf { return below(nil, leaf{value: v}) }

func below(all []leaf, at leaf) []leaf {
	join := func(name string) string { return strings.TrimPrefix(at.path+"."+name, ".") }
	switch x := at.value.(type) {
	case draft.Object:
		for _, f := range x {
			all = below(all, leaf{path: join(f.Name), name: f.Name, value: f.Value})
		}
	case draft.List:
		for i, item := range x {
			all = below(all, leaf{path: join(fmt.Sprint(i)), name: at.name, value: item})
		}
	default:
		all = append(all, at)
	}
	return all
}

// whole returns a number that is a whole one of 53 bits at most, and reports whether it is.
func whole(v any) (int64, bool) {
	number, is := v.(json.Number)
	if !is {
		return 0, false
	}
	n, err := number.Int64()
	return n, err == nil && n > -1<<53 && n < 1<<53
}
