package guess

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Rekey gives a request another idempotency key, wherever it has one, so that it is none that was
// sent before. A quoted key stays quoted.
func Rekey(e *shown.Call, key string) {
	for i, h := range e.Headers {
		if meaning.KeyRank(h.Name) == 0 {
			continue
		}
		e.Headers[i].Value = key
		if strings.HasPrefix(h.Value, `"`) {
			e.Headers[i].Value = `"` + key + `"`
		}
	}
	r, err := apart.Take(e)
	if err != nil {
		return
	}
	if slices.ContainsFunc(draft.Leaves(r.Sent), r.IsKey) {
		r.Rewrite(func(l draft.Leaf) any {
			if r.IsKey(l) {
				return key
			}
			return l.Value
		})
	}
}
