package ask

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
)

// Form is how keys travel: in a header, quoted or bare, or where the contract says {key}.
type Form struct {
	Header string
	Quoted bool
}

// OASIS asks for a pair of headers; nobody but the clients knows when they first sent something.
const (
	repeatability = "Repeatability-Request-ID"
	firstSent     = "Repeatability-First-Sent"
	sentOn        = "Thu, 01 Jan 2026 00:00:00 GMT"
)

// carry is what a key looks like in its header.
func (f Form) carry(key string) string {
	if f.Quoted {
		return `"` + key + `"`
	}
	return key
}

// String says how a key travels.
func (f Form) String() string {
	switch {
	case f.Header == "":
		return "in path or body"
	case f.Quoted:
		return f.Header + " (quoted)"
	}
	return f.Header
}

// FormsOf lists the forms that keys may travel in, the contract's own first.
func FormsOf(c *model.Contract, inBody bool) []Form {
	if inBody && c.Key.Header == "" {
		return []Form{{}}
	}
	var out []Form
	add := func(header string, quoted bool) {
		one := Form{header, quoted}
		if header != "" && !slices.ContainsFunc(out, func(f Form) bool {
			return strings.EqualFold(f.Header, header) && f.Quoted == quoted
		}) {
			out = append(out, one)
		}
	}
	add(c.Key.Header, c.Key.IsQuoted())
	add(c.Key.Header, !c.Key.IsQuoted())
	for _, d := range dialect.All() {
		add(d.Key.Header, false) // who takes keys without quotes may take quotes for a part of them
		add(d.Key.Header, d.Key.IsQuoted())
	}
	return out
}

// keys mints the keys of one detection: nobody used them before.
type keys struct {
	form  model.Key
	nonce string
	n     int
}

func newKeys(k model.Key) *keys {
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails; a name is no die
	return &keys{form: k, nonce: hex.EncodeToString(b[:])}
}

// next is a UUID of version 7 where the contract lets it be one, since that is what most services
// take, and else of the contract's form.
func (k *keys) next() string {
	k.n++
	key := fmt.Sprintf("019a0000-%04x-7%s-8%s-%s%06x", k.n, k.nonce[:3], k.nonce[3:6],
		k.nonce[6:], k.n)
	if k.form.Fits(key) {
		return key
	}
	plan := model.KeyPlan{Name: fmt.Sprint("k", k.n), Style: model.KeyPlain}
	return keyform.Value(&model.Contract{Key: k.form}, plan, k.nonce)
}

// long is a key of so many characters, of letters and digits alone.
func (k *keys) long(n int) string {
	k.n++
	text := fmt.Sprintf("%04x%s", k.n, k.nonce)
	if n <= len(text) {
		return text[:n]
	}
	return text + strings.Repeat("0", n-len(text))
}
