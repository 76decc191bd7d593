package guess

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
)

// chooseCorrelation finds the text of the body that can hold the correlation ID: one that a ledger
// shows again, or one whose name says so. It returns its path, or "".
func chooseCorrelation(g *guesser, r *request) string {
	best, path := 0, ""
	for _, l := range leaves(r.body) {
		text, is := l.value.(string)
		if !is || g.makers.of(text) != nil || isKeyField(l) || meaning.IsSecret(l.name) ||
			r.Fact(l.path).Bound {
			continue
		}
		rank := meaning.CorrelationRank(l.name)
		if rank > 0 && isListed(g.ledgers, text) {
			rank += 1000
		}
		if rank > best {
			best, path = rank, l.path
		}
	}
	return path
}

// isListed reports whether the answer of a ledger shows a text.
func isListed(ledgers []*request, text string) bool {
	return slices.ContainsFunc(ledgers, func(r *request) bool {
		return slices.ContainsFunc(leaves(r.answer), func(l leaf) bool { return l.value == any(text) })
	})
}

// correlationText is the text of the example that the correlation ID replaces.
func (f *filling) correlationText() string {
	for _, l := range leaves(f.r.body) {
		if f.correlation != "" && l.path == f.correlation {
			return l.text()
		}
	}
	return ""
}

// sentKey is the key that the example sends.
func (f *filling) sentKey() string {
	if f.g.keyHeader != "" {
		return strings.Trim(f.r.Header(f.g.keyHeader), `"`)
	}
	for _, l := range leaves(f.r.body) {
		if isKeyField(l) {
			return l.text()
		}
	}
	return ""
}

// identity is the path of the field of an answer that names what was made.
func identity(r *request) string {
	sent := map[string]bool{}
	for _, l := range leaves(r.body) {
		sent[l.text()] = true
	}
	best, rank := "", 0
	for _, l := range leaves(r.answer) {
		words := meaning.Words(l.name)
		if l.text() == "" || sent[l.text()] || len(words) == 0 || l.inList() {
			continue
		}
		now := identityRank(l.path, words)
		if now > rank {
			best, rank = l.path, now
		}
	}
	return best
}

// identityRank says how well the field at a path names what was made.
func identityRank(path string, words []string) int {
	above, _, nested := strings.Cut(path, ".")
	switch {
	case words[len(words)-1] != "id" || strings.Count(path, ".") > 1:
		return 0
	case path == "id":
		return 4
	case nested && len(words) == 1 && above == "data", !nested:
		return 3
	case nested && len(words) == 1:
		return 1
	}
	return 0
}

// echoes are the fields of an answer or an item that say again what an operation sent: the
// correlation ID, and arguments under their own name.
func (f *filling) echoes(in any) draft.Object {
	var out draft.Object
	sent := map[string]string{} // the number that each argument stands for
	for _, l := range leaves(f.r.body) {
		if name := meaning.Variable(l.name); f.args.Get(name) != nil && sent[name] == "" {
			sent[name] = l.text()
		}
	}
	correlation := f.correlationText()
	for _, l := range leaves(in) {
		_, isText := l.value.(string)
		name := meaning.Variable(l.name)
		switch {
		case l.inList():
		case isText && correlation != "" && l.value == any(correlation):
			out = out.With(l.path, "mark")
		case !isText && sent[name] != "" && l.text() == sent[name]:
			out = out.With(l.path, name)
		}
	}
	return out
}
