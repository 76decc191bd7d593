package judge

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// inOrder sorts operations as the history lists them, each once.
func inOrder(operations []*operationView) []*operationView {
	slices.SortFunc(operations, func(a, b *operationView) int { return cmp.Compare(a.index, b.index) })
	return slices.Compact(operations)
}

// loans are the answers that operations got although they belong to others.
type loans struct {
	// pairs hold the owner and the one that was answered with what belongs to it.
	pairs     [][2]*operationView
	borrowers map[*operationView]bool
}

// sharers lists the operations whose ok answers show a text: an identity, or a whole body where
// answers have no identity.
type sharers map[string][]*operationView

func (m sharers) add(text string, s *operationView) {
	if list := m[text]; text != "" && (len(list) == 0 || list[len(list)-1] != s) {
		m[text] = append(list, s)
	}
}

// showing files what the ok answers of all operations show, so that finding those that agree does
// not take the square of their number.
func (ix *index) showing() (identities, bodies sharers) {
	identities, bodies = sharers{}, sharers{}
	for _, s := range ix.operations {
		for _, h := range s.answers(model.OK) {
			identities.add(s.identity(h.answer), s)
			bodies.add(h.answer.Body, s)
		}
	}
	return identities, bodies
}

// lenders lists the earlier operations that an ok answer to s may belong to, in their order.
func (s *operationView) lenders(identities, bodies sharers) []*operationView {
	var out []*operationView
	for _, h := range s.answers(model.OK) {
		for _, list := range [][]*operationView{identities[s.identity(h.answer)], bodies[h.answer.Body]} {
			earlier, _ := slices.BinarySearchFunc(list, s, func(a, b *operationView) int {
				return cmp.Compare(a.index, b.index)
			})
			out = append(out, list[:earlier]...)
		}
	}
	if len(out) < 2 {
		return out
	}
	return inOrder(out)
}

// findLoans finds the answers that belong to other operations.
func (v *view) findLoans() *loans {
	lent := &loans{borrowers: map[*operationView]bool{}}
	identities, bodies := v.showing()
	for _, b := range v.operations {
		for _, a := range b.lenders(identities, bodies) {
			if !v.borrowing(a, b) {
				continue
			}
			pair := [2]*operationView{a, b}
			if v.owner(a, b) == b {
				pair = [2]*operationView{b, a}
			}
			lent.pairs = append(lent.pairs, pair)
			lent.borrowers[pair[1]] = true
		}
	}
	return lent
}

// borrowing reports whether one of two keys was answered with what only the other's made.
func (v *view) borrowing(a, b *operationView) bool {
	return !v.sameKey(a, b) && (v.unexplained(a, b) || v.unexplained(b, a)) && !v.namesakes(a, b)
}

// namesakes reports whether what two operations made may just have one name, as where each tenant,
// each table or each account counts from 1: both may have executed, and each kept to its name.
func (v *view) namesakes(a, b *operationView) bool {
	own := func(s *operationView) bool { return s.hasLedger() && v.mayHaveExecuted(s) }
	apart := foreign(a, b) || !slices.Equal(a.Resources, b.Resources)
	return apart && own(a) && own(b) && a.keepsApart(b) && b.keepsApart(a)
}

// keepsApart reports whether all ok answers to s that name something name the same, and none shows
// the correlation ID of another operation.
func (s *operationView) keepsApart(o *operationView) bool {
	name := ""
	for _, h := range s.answers(model.OK) {
		id := s.identity(h.answer)
		if id != "" && name != "" && id != name ||
			o.CorrelationID != s.CorrelationID && mentions(h.answer.Body, o.CorrelationID) {
			return false
		}
		name = cmp.Or(name, id)
	}
	return name != ""
}

// taken reports whether one of two operations was taken for the other from the beginning: it was
// not executed, or both were first answered the same. Else a repeat was answered wrongly.
func (v *view) taken(a, b *operationView) bool {
	if v.executions(a) == 0 || v.executions(b) == 0 {
		return true
	}
	x, y := a.answers(model.OK)[0].answer, b.answers(model.OK)[0].answer
	return x.Body == y.Body || a.identity(x) != "" && a.identity(x) == b.identity(y)
}

// diverges reports whether the answers to one of two operations differ where they must not.
func (v *view) diverges(a, b *operationView) bool {
	return slices.ContainsFunc(divergentReplay(v), func(found verdict.Violation) bool {
		return slices.Contains(found.Operations, a.ID) || slices.Contains(found.Operations, b.ID)
	})
}

// own says why an operation is not another one.
func (ix *index) own(s *operationView) string {
	switch {
	case ix.contract.Key.Keyless(s.KeyStyle):
		return "has no key"
	case s.natural:
		return "is another request"
	}
	return "has a key of its own"
}

// unexplained reports whether an ok answer to s shows what belongs to o, and no payload of the key
// of s explains it.
func (v *view) unexplained(s, o *operationView) bool {
	return slices.ContainsFunc(s.answers(model.OK), func(h *hit) bool {
		return s.shows(h, o) && (s.identity(h.answer) != "" || !v.ofItsKey(s, h))
	})
}

// ofItsKey reports whether an ok answer to s may be another payload's of its key: rightly, or for
// payload-mismatch to judge.
func (v *view) ofItsKey(s *operationView, h *hit) bool {
	return slices.ContainsFunc(v.mates(s), func(mate *operationView) bool {
		return s.shows(h, mate) || v.mayShow(s, h, mate)
	})
}

// mayShow reports whether an ok answer to s that shows the correlation ID of another payload of its
// key may be that one's: replayed, where nobody saw such an answer or they differ; or what the key
// names.
func (v *view) mayShow(s *operationView, h *hit, mate *operationView) bool {
	p := v.contract.Promises
	unknown := !p.SameBodies() || len(v.shown(mate)) == 0 || v.renewed(mate)
	replayed := p.MismatchAnswer == "replayed" && unknown && v.mayHaveExecuted(mate)
	return mentions(h.answer.Body, mate.CorrelationID) && (replayed || v.overtaken(s, h, mate))
}

// needles finds identities inside texts. It knows them by their lengths, which are few.
type needles struct {
	owners  map[string][]*operationView
	lengths []int
}

// needles files the identities that ok answers name.
func (ix *index) needles() *needles {
	n := &needles{owners: map[string][]*operationView{}}
	for _, s := range ix.operations {
		for _, h := range s.answers(model.OK) {
			if id := s.identity(h.answer); id != "" {
				sharers(n.owners).add(id, s)
				n.lengths = append(n.lengths, len(id))
			}
		}
	}
	slices.Sort(n.lengths)
	n.lengths = slices.Compact(n.lengths)
	return n
}

// in lists the operations whose identities a text may mention, in their order.
func (n *needles) in(text string) []*operationView {
	var out []*operationView
	for _, length := range n.lengths {
		for from := 0; from+length <= len(text); from++ {
			if owners := n.owners[text[from:from+length]]; len(owners) > 0 {
				out = append(out, owners...)
			}
		}
	}
	if len(out) < 2 {
		return out
	}
	return inOrder(out)
}
