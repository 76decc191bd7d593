package warmup

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Warmth is what a warm-up showed.
type Warmth struct {
	// Works are cases with which the service works, one of every type.
	Works []model.Case
	// Mistakes are lines of the contract that do not describe the service; with any,
	// the reasons say no more than they do.
	Mistakes []verdict.Mistake
	// Learnt is what the operations of each type showed.
	Learnt []Learnt
	// Reasons say why a run could not mean anything; none when it can.
	Reasons []string
	// Notes say what was left out.
	Notes []string
}

// mistaken is a warm-up that showed lines of the contract which do not describe the service.
func mistaken(mistakes []verdict.Mistake) Warmth {
	out := Warmth{Mistakes: mistakes}
	for _, m := range mistakes {
		out.Reasons = append(out.Reasons, m.String())
	}
	return out
}

// understood reads the outcomes of a warm-up. A run could not mean anything with an operation type
// or a tenant with which nothing worked, or with ledgers that stayed empty.
func understood(outcomes []trial.Trial, r *trial.Runner) Warmth {
	var out Warmth
	acknowledged, effects := 0, 0
	works := map[string]bool{}
	for i := range outcomes {
		o := &outcomes[i]
		effects += o.Verdict.Judged.Effects
		if o.History != nil {
			ok, why := answered(o.History, r.Exec.Contract)
			acknowledged += ok
			if why != "" {
				o.Verdict.Reasons = append(o.Verdict.Reasons, why)
			}
		}
		if op := o.Case.Operations[0]; len(o.Verdict.Reasons) == 0 {
			if !works[op.Type] {
				out.Works = append(out.Works, o.Case)
			}
			works[op.Type], works["@"+op.Tenant] = true, true
		}
	}
	if out.Reasons = failures(outcomes, works); len(out.Reasons) == 0 {
		out.Notes = leftOut(outcomes, r.Exec.Contract)
		out.Reasons = silent(acknowledged, effects, r.Exec.Contract)
		if acknowledged == 0 {
			out.Reasons = []string{"no operation was acknowledged without any fault" +
				howRefused(outcomes, r.Exec.Contract) + ": check operations.*.ok, the headers and the setup"}
		}
	}
	return out
}

// failures lists why operations failed whose type or tenant works nowhere.
func failures(outcomes []trial.Trial, works map[string]bool) []string {
	var open []*trial.Trial
	for i := range outcomes {
		if op := outcomes[i].Case.Operations[0]; !works[op.Type] || !works["@"+op.Tenant] {
			open = append(open, &outcomes[i])
		}
	}
	return trial.Grouped(open)
}

// leftOut notes with which arguments an operation failed that works with others.
func leftOut(outcomes []trial.Trial, c *model.Contract) []string {
	open := lists.Where(outcomes, func(o trial.Trial) bool { return len(o.Verdict.Reasons) > 0 })
	notes := lists.Map(open, func(o trial.Trial) string { return whyLeftOut(&o, c) })
	slices.Sort(notes)
	return slices.Compact(notes)
}

func whyLeftOut(o *trial.Trial, c *model.Contract) string {
	return fmt.Sprintf("left out of the warm-up%s: %s", trial.ArgumentsOf(&o.Case.Operations[0], c),
		o.Verdict.Reasons[len(o.Verdict.Reasons)-1])
}

// silent lists what is missing when nothing went wrong and yet nothing was seen.
func silent(acknowledged, effects int, c *model.Contract) []string {
	if effects > 0 || len(c.Ledgers) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the ledgers stayed empty although %d operations were "+
		"acknowledged: check ledgers.*.path, items, key, mark and kind", acknowledged)}
}

// howRefused is how the first operation that was refused was answered, in brackets, or "".
func howRefused(outcomes []trial.Trial, c *model.Contract) string {
	for _, o := range outcomes {
		if o.History == nil {
			continue
		}
		typ := o.History.Operations[0].Type
		for _, e := range o.History.Events {
			if e.Kind == model.Return && c.Classify(typ, e.Answer) == model.Fail {
				return fmt.Sprintf(" (%s was answered %d: %s)", typ, e.Answer.Status,
					mask.Excerpt([]byte(e.Answer.Body)))
			}
		}
	}
	return ""
}

// answered says whether the operation of a warm-up history was acknowledged, and what is odd about
// an answer the contract does not declare.
func answered(h *model.History, c *model.Contract) (acknowledged int, odd string) {
	op := h.Operations[0]
	for _, e := range h.Events {
		if e.Kind != model.Return {
			continue
		}
		switch c.Classify(op.Type, e.Answer) {
		case model.OK:
			return 1, ""
		case model.Fail:
			return 0, ""
		}
		if e.Answer == nil {
			odd = fmt.Sprintf("operation %s got no answer without any fault: %s", op.Type, e.Err)
			if took, ok := worked(h); ok && took > c.Timeout() {
				odd = fmt.Sprintf("operation %s is answered after %s, and clients give up after %s: set "+
					"target.timeout: auto, or a longer one", op.Type, conditions.Short(took),
					c.Timeout())
			}
			continue
		}
		if c.AsksAgain(e.Answer) {
			odd = fmt.Sprintf("operation %s is still answered %d, which asks to try again, after the "+
				"contract's bound (promises.recovery)%s", op.Type, e.Answer.Status, ofSession(c, e.Answer))
			continue
		}
		odd = fmt.Sprintf("operation %s was answered %d without any fault, which the contract does "+
			"not declare: %s", op.Type, e.Answer.Status, mask.Excerpt([]byte(e.Answer.Body)))
		if conditions.Unauthorized(e.Answer.Status) {
			odd = fmt.Sprintf("operation %s was answered %d: check target.headers and tenants.*.headers",
				op.Type, e.Answer.Status)
		}
	}
	return 0, odd
}

// ofSession says what to check where an answer says that the session is not the right one, right
// after a login; "" where it says something else.
func ofSession(c *model.Contract, a *model.Answer) string {
	if !conditions.Unauthorized(a.Status) || c.Session == nil {
		return ""
	}
	return ": check session.capture and session.renew_on, and what of the session is sent with it"
}
