package value

import (
	"maps"
	"mime"
	"strings"
)

// SameMediaType compares media types and their parameters as clients read them: case means nothing
// but in values, a charset of UTF-8 is what is taken without one, and the boundary between the
// parts of a body is made anew.
func SameMediaType(a, b string) bool {
	x, xs, errX := mime.ParseMediaType(a)
	y, ys, errY := mime.ParseMediaType(b)
	if errX != nil || errY != nil {
		return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
	}
	return x == y && maps.Equal(meaningful(xs), meaningful(ys))
}

// meaningful returns the parameters of a media type that mean something.
func meaningful(params map[string]string) map[string]string {
	delete(params, "boundary")
	if charset, known := params["charset"]; known {
		params["charset"] = strings.ToLower(charset)
	}
	if params["charset"] == "utf-8" || params["charset"] == "utf8" {
		delete(params, "charset")
	}
	return params
}
