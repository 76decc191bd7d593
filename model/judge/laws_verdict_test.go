package judge

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// shown is "" when two texts are equal, else both and the history.
func shown(want, got string, h *model.History) string {
	if want == got {
		return ""
	}
	return fmt.Sprintf("before: %s\nafter: %s\n%s", want, got, notation.Format(h))
}

// whole is all of a verdict as text.
func whole(v verdict.Verdict) string { return fmt.Sprintf("%+v", v) }

// gist is the result of a verdict, its rules and what was counted: all that does not name
// anything.
func gist(v verdict.Verdict) string {
	return fmt.Sprint(v.Verdict, rulesOf(v), len(v.Reasons), len(v.Violations), v.Judged,
		v.Faults)
}

// genVerdict judges a drawn history, as run 0 or 1 of one case, so that findings can be alike.
func genVerdict() gopter.Gen {
	return gopter.CombineGens(genWorld(), genOperations(), genDamage(), gen.Bool()).Map(
		func(drawn []any) verdict.Verdict {
			h, c := damaged(drawn[0].(drawnWorld), drawn[1].([]drawnOperation), drawn[2].([]damage))
			v := Judge(h, c, bank{})
			if drawn[3].(bool) && v.Verdict == verdict.Invalid {
				v.Counterexample = &verdict.Counterexample{Rule: v.Violations[0].Rule}
			}
			return v
		})
}

func TestMergeIsAssociative(t *testing.T) {
	law(t, 100, func(a, b, c verdict.Verdict) bool {
		return reflect.DeepEqual(Merge(Merge(a, b), c), Merge(a, Merge(b, c)))
	}, genVerdict(), genVerdict(), genVerdict())
}

// The counterexample is the first verdict's by declaration; everything else must not show the
// order.
func TestMergeIsCommutativeButForTheCounterexample(t *testing.T) {
	law(t, 100, func(a, b verdict.Verdict) string {
		ab, ba := Merge(a, b), Merge(b, a)
		if (ab.Counterexample == nil) != (ba.Counterexample == nil) {
			return "one order lost the counterexample"
		}
		ab.Counterexample, ba.Counterexample = nil, nil
		if !reflect.DeepEqual(ab, ba) {
			return whole(ab) + "\n" + whole(ba)
		}
		return ""
	}, genVerdict(), genVerdict())
}

func TestNothingIsNeutralToMerge(t *testing.T) {
	law(t, 100, func(a verdict.Verdict) bool {
		return reflect.DeepEqual(a, Merge(a, verdict.New())) &&
			reflect.DeepEqual(a, Merge(verdict.New(), a))
	}, genVerdict())
}

// Merging a verdict with itself counts everything twice, since what was judged twice was judged
// twice; the result, the reasons and the set of violations stay.
func TestMergeIsIdempotentButForCounts(t *testing.T) {
	law(t, 100, func(a verdict.Verdict) bool {
		twice := Merge(a, a)
		return twice.Verdict == a.Verdict && slices.Equal(twice.Reasons, a.Reasons) &&
			twice.Judged.Attempts == 2*a.Judged.Attempts && twice.Faults.Fired == 2*a.Faults.Fired &&
			reflect.DeepEqual(setOf(twice), setOf(a))
	}, genVerdict())
}

func setOf(v verdict.Verdict) map[string]bool {
	out := map[string]bool{}
	for _, found := range v.Violations {
		out[fmt.Sprintf("%+v", found)] = true
	}
	return out
}

// independent: neither event says anything about the order of the other.
func independent(a, b *model.Event) bool {
	switch {
	case a.Kind == model.Listed && b.Kind == model.Listed:
		return true
	case a.Kind == model.Observed && b.Kind == model.Observed:
		return a.Name != b.Name
	}
	return a.At == b.At && a.Operation != "" && b.Operation != "" && a.Operation != b.Operation
}

func TestOrderOfIndependentEventsDoesNotMatter(t *testing.T) {
	swaps := gen.SliceOfN(60, gen.IntRange(0, 200))
	law(t, 400, func(w drawnWorld, ops []drawnOperation, ds []damage, swaps []int) string {
		h, c := damaged(w, ops, ds)
		before := whole(Judge(h, c, bank{}))
		for _, n := range swaps {
			if len(h.Events) < 2 {
				break
			}
			if i := n % (len(h.Events) - 1); independent(&h.Events[i], &h.Events[i+1]) {
				h.Events[i], h.Events[i+1] = h.Events[i+1], h.Events[i]
			}
		}
		return shown(before, whole(Judge(h, c, bank{})), h)
	}, genWorld(), genOperations(), genDamage(), swaps)
}

// related tells for every operation whether it hangs together with operation 0, by keys or
// resources.
func related(h *model.History) map[string]bool {
	in := map[string]bool{h.Operations[0].ID: true}
	for range h.Operations {
		for _, a := range h.Operations {
			for _, b := range h.Operations {
				shares := a.Key != "" && a.Key == b.Key || slices.ContainsFunc(a.Resources,
					func(r string) bool { return slices.Contains(b.Resources, r) })
				in[b.ID] = in[b.ID] || in[a.ID] && shares
			}
		}
	}
	return in
}

// without leaves out some operations and everything that was seen of them.
func without(h *model.History, gone map[string]bool) *model.History {
	out := &model.History{Initial: h.Initial}
	named := map[string]bool{}
	for _, op := range h.Operations {
		if gone[op.ID] {
			named[op.Key], named[op.CorrelationID] = op.Key != "", op.CorrelationID != ""
		} else {
			out.Operations = append(out.Operations, op)
		}
	}
	kept := map[string]bool{}
	for _, op := range out.Operations {
		for _, r := range op.Resources {
			kept[r] = true
		}
	}
	for _, e := range h.Events {
		if r, _, _ := strings.Cut(e.Name, "."); e.Kind == model.Observed && !kept[r] {
			continue
		}
		if !gone[e.Operation] && (e.Effect == nil || !named[e.Effect.Key] && !named[e.Effect.CorrelationID]) {
			out.Events = append(out.Events, e)
		}
	}
	return out
}

func TestUnrelatedOperationsDoNotMatter(t *testing.T) {
	law(t, 400, func(w drawnWorld, ops []drawnOperation, ds []damage) string {
		h, c := damaged(w, ops, ds)
		if len(h.Operations) == 0 {
			return ""
		}
		gone := related(h)
		full, part := Judge(h, c, bank{}), Judge(without(h, gone), c, bank{})
		if full.Verdict == verdict.Valid && part.Verdict != verdict.Valid {
			return shown("valid", rulesOf(part), h)
		}
		for _, found := range full.Violations {
			concerns := len(found.Operations) > 0 && !slices.ContainsFunc(found.Operations,
				func(id string) bool { return gone[id] })
			if concerns && part.Verdict != verdict.Invalid {
				return shown(found.Rule, string(part.Verdict), h)
			}
		}
		return ""
	}, genWorld(), genOperations(), genDamage())
}

// renamed gives every operation, key and correlation ID another name and lets everything happen
// later.
func renamed(h *model.History, by time.Duration) *model.History {
	out := &model.History{
		Initial: h.Initial, Operations: slices.Clone(h.Operations), Events: slices.Clone(h.Events),
	}
	name := func(s *string) {
		if *s != "" {
			*s = "z" + string('z'-(*s)[len(*s)-1]+'0') + *s
		}
	}
	effect := func(e model.Effect) model.Effect {
		name(&e.Key)
		name(&e.CorrelationID)
		return e
	}
	for i := range out.Operations {
		op := &out.Operations[i]
		name(&op.ID)
		name(&op.Key)
		name(&op.CorrelationID)
		op.Effects = slices.Clone(op.Effects)
		for j := range op.Effects {
			op.Effects[j] = effect(op.Effects[j])
		}
	}
	for i := range out.Events {
		e := &out.Events[i]
		e.At += by
		name(&e.Operation)
		if e.Effect != nil {
			moved := effect(*e.Effect)
			e.Effect = &moved
		}
		if e.Fault != nil {
			fault := *e.Fault
			name(&fault.Operation)
			e.Fault = &fault
		}
	}
	return out
}

func TestNamesAndClocksDoNotMatter(t *testing.T) {
	law(t, 400, func(w drawnWorld, ops []drawnOperation, ds []damage, by int) string {
		h, c := damaged(w, ops, ds)
		after := Judge(renamed(h, time.Duration(by)*time.Millisecond), c, bank{})
		return shown(gist(Judge(h, c, bank{})), gist(after), h)
	}, genWorld(), genOperations(), genDamage(), gen.IntRange(0, 100_000_000))
}

// The notation writes bodies in one spelling and quotes those that are not JSON, so messages may
// differ; what was broken must not.
func TestTheNotationKeepsTheVerdict(t *testing.T) {
	law(t, 400, func(w drawnWorld, ops []drawnOperation, ds []damage) string {
		h, c := damaged(w, ops, ds)
		parsed, err := notation.Parse(notation.Format(h))
		if err != nil {
			return err.Error()
		}
		if out := shown(gist(Judge(h, c, bank{})), gist(Judge(parsed, c, bank{})), h); out != "" {
			return out
		}
		return shown(notation.Format(h), notation.Format(parsed), h)
	}, genWorld(), genOperations(), genDamage())
}

func TestTheNotationNeverPanics(t *testing.T) {
	words := gen.OneConstOf("op", "does", "initial", "1ms", "invoke", "return", "sent", "fault",
		"race", "heal", "clock", "effect", "state", "lookup", "unreadable", "a", "a.1", "#", "=",
		"{", `"`, "201", "fired", "\n")
	law(t, 400, func(drawn []string) string {
		text := strings.Join(drawn, " ")
		h, err := notation.Parse(text)
		if err == nil {
			Judge(h, promises(), bank{})
		}
		return ""
	}, gen.SliceOfN(12, words))
}
