// Package keys finds the idempotency key of a request that somebody showed, and gives it another
// one.
package keys

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Renew gives a request another idempotency key, wherever it has one, so that it is none that was
// sent before. A quoted key stays quoted.
func Renew(e *shown.Call, key string) {
	for i, h := range e.Headers {
		if (&apart.Request{Call: e}).KeyRank(h.Name) == 0 {
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

// sure is the rank of a name from which on it can mean nothing but an idempotency key.
const sure = 60

// Find returns the idempotency key of a request, and the header or the field of the body where it
// stands; nothing where nobody can be sure that it has one.
func Find(e *shown.Call) (at, key string) {
	r, err := apart.Take(e)
	if err != nil {
		return "", ""
	}
	best := sure - 1
	for _, h := range e.Headers {
		if rank := r.KeyRank(h.Name); rank > best && h.Value != "" {
			best, at, key = rank, h.Name, strings.Trim(h.Value, `"`)
		}
	}
	if at != "" {
		return at, key
	}
	for _, l := range draft.Leaves(r.Sent) {
		if r.IsKey(l) && l.Text() != "" {
			return l.Path, l.Text()
		}
	}
	return "", ""
}
