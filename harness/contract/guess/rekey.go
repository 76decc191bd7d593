package guess

import (
	"strings"

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
	r, err := takeApart(e)
	if err != nil {
		return
	}
	for _, l := range leaves(r.body) {
		if isKeyField(l) && len(l.text()) > 3 {
			e.Body = strings.Replace(e.Body, l.text(), key, 1)
		}
	}
}
