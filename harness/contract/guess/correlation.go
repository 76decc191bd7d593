package guess

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/internal/lists"
)

// chooseCorrelation finds the text of the body that can hold the correlation ID: one that a ledger
// shows again, or one whose name says so. It returns its path, or "".
func chooseCorrelation(g *guesser, r *request) string {
	best, path := 0, ""
	for _, l := range draft.Leaves(r.Sent) {
		text, is := l.Value.(string)
		if !is || g.makers.of(text) != nil || r.IsKey(l) || meaning.IsSecret(l.Name) ||
			r.Fact(l.Path).Bound {
			continue
		}
		rank := meaning.CorrelationRank(l.Name)
		if rank > 0 && isListed(g.ledgers, text) {
			rank += 1000
		}
		if rank > best {
			best, path = rank, l.Path
		}
	}
	return path
}

// isListed reports whether the answer of a ledger shows a text.
func isListed(ledgers []*request, text string) bool {
	return slices.ContainsFunc(ledgers, func(r *request) bool {
		return slices.ContainsFunc(draft.Leaves(r.Got), func(l draft.Leaf) bool {
			return l.Value == any(text)
		})
	})
}

// correlationText is the text of the example that the correlation ID replaces.
func (f *filling) correlationText() string {
	for _, l := range draft.Leaves(f.r.Sent) {
		if f.correlation != "" && l.Path == f.correlation {
			return l.Text()
		}
	}
	return ""
}

// sentKey is the key that the example sends.
func (f *filling) sentKey() string {
	if f.g.keyHeader != "" {
		return strings.Trim(f.r.Header(f.g.keyHeader), `"`)
	}
	key, _ := lists.First(draft.Leaves(f.r.Sent), f.r.IsKey)
	return key.Text()
}

// identity is the path of the field of an answer that names what was made.
func identity(r *request) string {
	sent := map[string]bool{}
	for _, l := range draft.Leaves(r.Sent) {
		sent[l.Text()] = true
	}
	best, rank := "", 0
	for _, l := range draft.Leaves(r.Got) {
		words := meaning.Words(l.Name)
		if l.Text() == "" || sent[l.Text()] || len(words) == 0 || l.InList() {
			continue
		}
		now := identityRank(l.Path, words)
		if now > rank {
			best, rank = l.Path, now
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

// echoes are the fields of an answer or an item that repeat what an operation sent: the correlation
// ID, and arguments under their own name.
func (f *filling) echoes(in any) draft.Object {
	var out draft.Object
	sent := map[string]string{} // the number that each argument stands for
	for _, l := range draft.Leaves(f.r.Sent) {
		if name := meaning.Variable(l.Name); f.args.Get(name) != nil && sent[name] == "" {
			sent[name] = l.Text()
		}
	}
	correlation := f.correlationText()
	for _, l := range draft.Leaves(in) {
		_, isText := l.Value.(string)
		name := meaning.Variable(l.Name)
		switch {
		case l.InList():
		case isText && correlation != "" && l.Value == any(correlation):
			out = out.With(l.Path, "mark")
		case (!isText || f.drawsText(name)) && sent[name] != "" && l.Text() == sent[name]:
			out = out.With(l.Path, name)
		}
	}
	return out
}

// drawsText reports whether an argument is sent as text: a decimal, or a number in a form.
func (f *filling) drawsText(name string) bool {
	drawn, _ := f.args.Get(name).(draft.Object)
	decimal, _ := drawn.Get("decimal").(draft.Object)
	return decimal != nil && decimal.Get("as") == nil
}
