package keyform

import "github.com/idemcheck/idemcheck/model"

// hugeLength is how long a huge key is, in characters.
const hugeLength = 64 << 10

// oddity makes of a plain key one that a service which reads it as code may take for the plain one.
type oddity struct {
	// raw: only a header without quotes, or a body, holds it as it is; control: only a body does.
	raw, control bool
	make         func(key string) string
}

// behind adds a text.
func behind(text string) func(string) string {
	return func(key string) string { return key + text }
}

// pattern puts another character in the place of the last one.
func pattern(text string) func(string) string {
	return func(key string) string { return key[:max(0, len(key)-1)] + text }
}

// oddities are what SQL, file systems, decoders of URLs, format strings, templates and stores that
// know patterns are known to trip over. None of them changes anything where it works.
func oddities() []oddity {
	return []oddity{
		{make: behind("'--")},
		{make: behind("'||'")},
		{make: behind("' OR '1'='1")},
		{make: pattern("%")},
		{make: pattern("_")},
		{make: pattern("*")},
		{make: func(key string) string { return "x/../" + key }},
		{make: behind("/.")},
		{make: behind("%00x")},
		{make: behind("%0d%0aX-Idemcheck-Odd: 1")},
		{make: behind("%20")},
		{make: behind("%s%n%d")},
		{make: behind("${1-1}{{1-1}}")},
		{make: behind("<!-- -->")},
		{raw: true, make: behind(`"`)},
		{raw: true, make: behind(`\r\nX-Idemcheck-Odd: 1`)},
		{control: true, make: behind("\x00x")},
		{control: true, make: behind("\r\nX-Idemcheck-Odd: 1")},
	}
}

// odds are those that can be sent.
func odds(c *model.Contract) []oddity {
	var out []oddity
	inHeader := c.Key.Header != ""
	for _, o := range oddities() {
		if !inHeader || !o.control && (!o.raw || !c.Key.IsQuoted()) {
			out = append(out, o)
		}
	}
	return out
}

// OddKeys is how many odd keys may be sent: variants 1 to that of [model.KeyOdd].
func OddKeys(c *model.Contract) int { return len(odds(c)) }

// doubtful mints a key of which nobody says whether it is taken.
func doubtful(c *model.Contract, k model.KeyPlan, nonce string) string {
	plain := k
	plain.Style, plain.Variant = model.KeyPlain, 0
	key, all := Value(c, plain, nonce), odds(c)
	switch {
	case k.Style == model.KeyHuge:
		return pad(key, hugeLength-1) + string(rune('a'+k.Variant%26))
	case k.Variant < 1 || k.Variant > len(all):
		return key
	}
	return all[k.Variant-1].make(key)
}
