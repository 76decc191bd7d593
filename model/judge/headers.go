package judge

import (
	"fmt"
	"maps"
	"mime"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// contentType is the header that says how a body is to be read: without it, or with another one, a
// replay of the same bytes is another answer.
const contentType = "Content-Type"

// headerDifference says which compared header of a later answer is not that of the first, or "".
func headerDifference(p *model.Promises, a, b *model.Answer) string {
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
