// Package apart takes requests apart that somebody showed: address, fields of the body, answer.
package apart

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/internal/lists"
)

// Request is an exchange that was taken apart.
type Request struct {
	*shown.Call
	// Address is its URL.
	Address *url.URL
	// Sent is what the body says: JSON, the fields of a form, or other text; nil without one.
	Sent any
	Kind BodyKind
	// Got is the JSON of the answer, nil when it is not known or none.
	Got any
}

// BodyKind is how a body is written.
type BodyKind int

// What a body is: none, JSON, a form, or something else.
const (
	None BodyKind = iota
	JSON
	Form
	Other
)

// Take takes a request apart.
func Take(e *shown.Call) (*Request, error) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("a request has no full URL\n  next: write it with http:// and a host")
	}
	r := &Request{Call: e, Address: u}
	r.readBody()
	if e.OK() {
		if r.Got, err = draft.ParseJSON(e.Reply.Body); err != nil {
			r.Got = nil
		}
	}
	return r, nil
}

func (r *Request) readBody() {
	if len(r.Parts) > 0 {
		fields := draft.Object{}
		for _, p := range r.Parts {
			fields = append(fields, draft.Field{Name: p.Name, Value: p.Value})
		}
		r.Sent, r.Kind = fields, Other
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
		r.Sent, r.Kind = parsed, JSON
	case form:
		r.Sent, r.Kind = FormFields(r.Body), Form
	default:
		r.Sent, r.Kind = r.Body, Other
	}
}

// FormFields are the fields of a form, in order; a name may come twice.
func FormFields(text string) draft.Object {
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

// Repeats reports whether a form has a name twice.
func (r *Request) Repeats() bool {
	fields, _ := r.Sent.(draft.Object)
	names := map[string]bool{}
	for _, f := range fields {
		names[f.Name] = true
	}
	return len(names) < len(fields)
}

func decoded(text string) string {
	if out, err := url.QueryUnescape(text); err == nil {
		return out
	}
	return text
}

// Whole returns a number that is a whole one of 53 bits at most, and reports whether it is.
func Whole(v any) (int64, bool) {
	number, is := v.(json.Number)
	if !is {
		return 0, false
	}
	n, err := number.Int64()
	return n, err == nil && n > -1<<53 && n < 1<<53
}

// All takes requests apart; those that cannot be are left out.
func All(all []*shown.Call) (out []*Request) {
	for _, e := range all {
		if r, err := Take(e); err == nil {
			out = append(out, r)
		}
	}
	return out
}

// KeyRank says how surely a header of a request is that of the key.
func (r *Request) KeyRank(header string) int {
	if r.Facts != nil && strings.EqualFold(r.Facts.Key, header) {
		return 1000
	}
	return meaning.KeyRank(header)
}

// IsKey reports whether a field of the body is that of the key.
func (r *Request) IsKey(l draft.Leaf) bool {
	_, text := l.Value.(string)
	return text && (meaning.KeyRank(l.Name) >= 60 || r.Named(l))
}

// Named reports whether somebody said that a field of the body is that of the key.
func (r *Request) Named(l draft.Leaf) bool {
	return r.Facts != nil && r.Facts.Key != "" && l.Path == r.Facts.Key
}

// Media is the header that says which JSON a body is, where it is not plain JSON.
func (r *Request) Media() draft.Object {
	contentType := r.Header("Content-Type")
	if media, _, _ := strings.Cut(contentType, ";"); !strings.HasSuffix(media, "+json") {
		return nil
	}
	return draft.Object{{Name: "Content-Type", Value: contentType}}
}

// Line is the line of a contract for a kind of body; "" for one that has none.
func (k BodyKind) Line() string {
	switch k {
	case JSON:
		return "body"
	case Form:
		return "form"
	case None, Other:
	}
	return ""
}

// Rewrite writes the body of a request anew, each value as a function says.
func (r *Request) Rewrite(value func(draft.Leaf) any) {
	if r.Kind != JSON && r.Kind != Form {
		return
	}
	r.Sent = draft.Leaf{Value: r.Sent}.Mapped(value)
	if fields, is := r.Sent.(draft.Object); is && r.Kind == Form {
		r.Body = Encoded(fields)
		return
	}
	if text, err := json.Marshal(r.Sent); err == nil {
		r.Body = string(text)
	}
}

// Encoded are the fields of a form, encoded.
func Encoded(fields draft.Object) string {
	return strings.Join(lists.Map(fields, pair), "&")
}

// pair is a field as a form has it; a variable stays one.
func pair(f draft.Field) string {
	value := draft.Text(f.Value)
	if !strings.Contains(value, "${") {
		value = url.QueryEscape(value)
	}
	return url.QueryEscape(f.Name) + "=" + value
}

// Escaped writes what a contract's paths cannot hold as it is.
func Escaped(path string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return strings.NewReplacer("|", "%7C", "\\", "%5C", "^", "%5E", "`", "%60", `"`, "%22", "<", "%3C",
		">", "%3E", "#", "%23").Replace(path)
}

// LastPart is the last part of the path of an address, which names a thing; "" when there is none.
func LastPart(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	path := strings.TrimRight(u.Path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// DecodedPath is a part of a path as people read it.
func DecodedPath(segment string) string {
	if out, err := url.PathUnescape(segment); err == nil {
		return out
	}
	return segment
}
