package curl

import (
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

const contentTypeHeader = "Content-Type"

// headerWords are the headers of one operation as shell words.
func (s *Script) headerWords(op *model.Operation) []word {
	var out []word
	typ := s.contract.Operations[op.Type]
	own, typed := typ.Headers, false
	for name := range own {
		typed = typed || strings.EqualFold(name, contentTypeHeader)
	}
	for _, h := range headers(s.contract, op.Tenant) {
		out = append(out, h.word)
		typed = typed || strings.EqualFold(h.name, contentTypeHeader)
	}
	out = append(out, sessionWords(s.contract, op.Tenant)...)
	if says := contentType(typ.Content(), op.Body); says != "" && !typed {
		out = append(out, literal(contentTypeHeader+": "+says))
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		value := strings.ReplaceAll(own[name], "{key}", op.Key)
		out = append(out, join(literal(name+": "), fill(value, s.substitutions(op))))
	}
	return append(out, s.keyWords(op)...)
}

// keyWords are the header lines that carry the key: none, one, or (for a key sent twice) two.
func (s *Script) keyWords(op *model.Operation) []word {
	name := s.contract.Key.Header
	switch {
	case name == "" || op.KeyStyle == model.KeyMissing:
		return nil
	case op.KeyStyle == model.KeyEmpty || op.Key == "":
		return []word{literal(name + ";")} // curl's way to send a header without a value
	case op.KeyStyle == model.KeyTwoLines:
		one, two := twoKeys(op.Key)
		return []word{literal(name + ": " + s.inQuotes(one)), literal(name + ": " + s.inQuotes(two))}
	case op.KeyStyle == model.KeyBare:
		return []word{literal(name + ": " + op.Key)}
	case op.KeyStyle.Malformed():
		return []word{literal(name + ": " + malformedKey(op))}
	}
	key := s.freshKey(op)
	if s.quoted() {
		key = join(literal(`"`), key, literal(`"`))
	}
	return []word{join(literal(name+": "), key)}
}

func (s *Script) quoted() bool { return s.contract.Key.Quoted != nil && *s.contract.Key.Quoted }

func (s *Script) inQuotes(key string) string {
	if s.quoted() && !strings.HasPrefix(key, `"`) {
		return `"` + key + `"`
	}
	return key
}

// twoKeys splits what was sent on two lines; a history may hold only the first.
func twoKeys(key string) (one, two string) {
	one, two, found := strings.Cut(key, "\n")
	if !found {
		return key, key + "-2"
	}
	return one, two
}

// malformedKey spells a key as its style demands, unless the history already holds it so.
func malformedKey(op *model.Operation) string {
	switch {
	case op.KeyStyle == model.KeyUnterminated && !strings.HasPrefix(op.Key, `"`):
		return `"` + op.Key
	case op.KeyStyle == model.KeyParameters && !strings.Contains(op.Key, ";"):
		return `"` + strings.Trim(op.Key, `"`) + `";a=1`
	}
	return op.Key
}

// stamp is how many characters $run has, the seconds since 1970.
const stamp = 10

// freshKey is a key that nobody used before. Where the contract leaves no room at the end the key's
// beginning is replaced: long keys differ at their end. Malformed keys stay as they were.
func (s *Script) freshKey(op *model.Operation) word {
	switch {
	case op.KeyStyle.Malformed() || op.Key == "":
		return literal(op.Key)
	case s.contract.Key.Formed():
		return s.formedKey(op.Key)
	case s.isFull(op) && len(op.Key) > stamp:
		return join(expansion("$run"), literal(op.Key[stamp:]))
	}
	return join(literal(op.Key), expansion("-$run"))
}

// isFull reports whether a key is as long as keys may be, so that nothing can be added.
func (s *Script) isFull(op *model.Operation) bool {
	maxLength := s.contract.Key.MaxLength
	return op.KeyStyle == model.KeyLong || maxLength > 0 && len(op.Key)+1+stamp > maxLength
}

// formedKey is a key of the contract's form: digits of $run stand in it where they may. A key in
// which they may stand nowhere stays as it was.
func (s *Script) formedKey(key string) word {
	digits := "0123456789"[:stamp]
	for i := 0; i+stamp < len(key); i++ { // keys that are alike differ at their end
		if s.contract.Key.Fits(key[:i] + digits + key[i+stamp:]) {
			return join(literal(key[:i]), expansion("$run"), literal(key[i+stamp:]))
		}
	}
	return literal(key)
}
