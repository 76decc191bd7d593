package lanes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// effectSum compares how often one operation's effect was declared and found. Without an owner the
// effect belongs to no operation that was sent.
type effectSum struct {
	owner, ledger, kind string
	declared, found     int
	suspect             bool
}

// text says it in one line, "effect charge of a ×2, declared once".
func (s effectSum) text() string {
	name := cmp.Or(s.kind, "in "+s.ledger)
	if s.owner == "" {
		return fmt.Sprintf("effect %s ×%d, of no operation that was sent", name, s.found)
	}
	return fmt.Sprintf("effect %s of %s ×%d, %s", name, s.owner, s.found, s.due())
}

// due says how often the effect was declared.
func (s effectSum) due() string {
	if s.declared == 0 {
		return "not declared"
	}
	return "declared " + words.Times(s.declared)
}

// effectSums lists declared effects in the order of operations, then what else was found.
func effectSums(h *model.History) []effectSum {
	var sums []effectSum
	at := func(e model.Effect, owner string) *effectSum {
		for i := range sums {
			if s := &sums[i]; s.owner == owner && s.ledger == e.Ledger && s.kind == e.Kind {
				return s
			}
		}
		sums = append(sums, effectSum{owner: owner, ledger: e.Ledger, kind: e.Kind})
		return &sums[len(sums)-1]
	}
	for _, op := range h.Operations {
		for _, e := range op.Effects {
			at(e, owner(h, op.CorrelationID, op.Key)).declared++
		}
	}
	for _, e := range h.Events {
		if e.Kind == model.Listed && e.Effect != nil {
			at(*e.Effect, owner(h, e.Effect.CorrelationID, e.Effect.Key)).found++
		}
	}
	return judgeSums(h, sums)
}

// judgeSums marks sums that the reader should look at. It is a hint for the eye; the rules decide.
func judgeSums(h *model.History, sums []effectSum) []effectSum {
	happened := map[string]bool{}
	for _, s := range sums {
		happened[s.owner] = happened[s.owner] || s.found > 0
	}
	for i := range sums {
		s := &sums[i]
		due := acknowledged(h, s.owner) || happened[s.owner]
		s.suspect = s.found > s.declared || (s.found < s.declared && due)
	}
	return sums
}

// owner names the operations with a mark, or else with a key: "a", or "a or b" where they share it.
func owner(h *model.History, id, key string) string {
	byCorrelation := named(h, id, func(op model.Operation) string { return op.CorrelationID })
	byKey := named(h, key, func(op model.Operation) string { return op.Key })
	return cmp.Or(byCorrelation, byKey)
}

// named says which operations carry a text.
func named(h *model.History, text string, of func(model.Operation) string) string {
	carries := func(op model.Operation) bool { return text != "" && of(op) == text }
	id := func(op model.Operation) string { return op.ID }
	return strings.Join(lists.Map(lists.Where(h.Operations, carries), id), " or ")
}

// acknowledged reports whether a client of one of the owners read a 2xx answer.
func acknowledged(h *model.History, owner string) bool {
	ids := strings.Split(owner, " or ")
	return slices.ContainsFunc(h.Events, func(e model.Event) bool {
		return e.Kind == model.Return && e.Answer != nil && e.Answer.Status/100 == 2 &&
			slices.Contains(ids, e.Operation)
	})
}

// effectRows are the last lines of a lane diagram. Absent effects are not shown where something
// could not be read: they may be there.
func effectRows(h *model.History) []row {
	unreadable := slices.ContainsFunc(h.Events, func(e model.Event) bool {
		return e.Kind == model.Unreadable
	})
	shown := lists.Where(effectSums(h), func(s effectSum) bool { return s.found > 0 || !unreadable })
	return lists.Map(shown, func(s effectSum) row { return endRow(s.text(), s.suspect) })
}
