package judge

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
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
			same = x == "" || a.Body == "" || b.Body == "" || value.SameMediaType(x, y)
		}
		if !same {
			return fmt.Sprintf("has the header %s %q where the first one had %q", name, y, x)
		}
	}
	return ""
}
