package model

import (
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
)

// contentType is the header that says how a body is to be read: without it, or with another one, a
// replay of the same bytes is another answer.
const contentType = "Content-Type"

// ComparedHeaders lists the headers that a replay has as the first answer had them: those that are
// promised, and Content-Type where the body is compared.
func (p Promises) ComparedHeaders() []string {
	out := slices.Clone(p.ReplayHeaders)
	if p.sameBodies() && !named(out, contentType) {
		out = append(out, contentType)
	}
	return slices.DeleteFunc(out, func(name string) bool { return named(p.ReplayIgnoreHeaders, name) })
}

// named reports whether a header is among some, however it is written.
func named(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// headerDifference says which compared header of a later answer is not that of the first, or "".
func (p Promises) headerDifference(a, b *Answer) string {
	for _, name := range p.ComparedHeaders() {
		x, y := a.Headers[name], b.Headers[name]
		same := x == y
		if strings.EqualFold(name, contentType) {
			same = x == "" || a.Body == "" || b.Body == "" || sameType(x, y)
		}
		if !same {
			return fmt.Sprintf("has the header %s %q where the first one had %q", name, y, x)
		}
	}
	return ""
}

// sameType compares media types and their parameters as clients read them: case means nothing but
// in values, a charset of UTF-8 is what is taken without one, and the boundary between the parts of
// a body is made anew.
func sameType(a, b string) bool {
	x, xs, errX := mime.ParseMediaType(a)
	y, ys, errY := mime.ParseMediaType(b)
	if errX != nil || errY != nil {
		return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
	}
	return x == y && maps.Equal(telling(xs), telling(ys))
}

// telling returns the parameters of a media type that mean something.
func telling(params map[string]string) map[string]string {
	delete(params, "boundary")
	if charset, known := params["charset"]; known {
		params["charset"] = strings.ToLower(charset)
	}
	if params["charset"] == "utf-8" || params["charset"] == "utf8" {
		delete(params, "charset")
	}
	return params
}
