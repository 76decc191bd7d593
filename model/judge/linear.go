package judge

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge/internal/state"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// judgeState searches an order of the executed operations that explains the answers and the final
// state. Partitions whose effects are already wrong are left out: their state follows from that.
func (v *view) judgeState(spec model.Spec, blamed map[string]bool) ([]verdict.Violation, []string) {
	out := v.untouched()
	var reasons []string
	for _, p := range v.partitions() {
		if slices.ContainsFunc(p.operations, func(s *operationView) bool { return blamed[s.ID] }) {
			continue
		}
		violation, reason := v.judgePartition(spec, p)
		if violation != nil {
			out = append(out, *violation)
		}
		if reason != "" {
			reasons = append(reasons, reason)
		}
	}
	return out, reasons
}

// untouched finds variables that changed although no operation works on their resource.
func (ix *index) untouched() []verdict.Violation {
	touched := map[string]bool{}
	for _, s := range ix.operations {
		for _, r := range s.Resources {
			touched[r] = true
		}
	}
	var out []verdict.Violation
	for _, name := range ix.final.Names() {
		before, known := ix.history.Initial[name]
		i := strings.LastIndexByte(name, '.')
		if !known || i < 0 || touched[name[:i]] || value.Equal(before, ix.final[name]) {
			continue
		}
		found := violation(name + " changed although no operation works on it")
		found.Rule = "state-divergence"
		found.Expected = []string{name + " = " + value.Text(before)}
		found.Observed = []string{name + " = " + value.Text(ix.final[name])}
		out = append(out, found)
	}
	return out
}

// judgePartition runs the search with and, when that fails, without the answers: if the final state
// alone cannot be explained it is the state that diverged, else it is the answers' order.
func (v *view) judgePartition(spec model.Spec, p *partition) (*verdict.Violation, string) {
	switch v.search(spec, p, true) {
	case explained:
		return nil, ""
	case gaveUp:
		return nil, fmt.Sprintf("the search for an order of %d operations was given up",
			len(p.operations))
	}
	if v.search(spec, p, false) == impossible {
		found := v.diverged(spec, p)
		return &found, ""
	}
	executed := p.executed()
	found := violation("no order of the operations explains their answers", executed...)
	found.Rule = "non-linearizable"
	for _, s := range executed {
		found.Observed = append(found.Observed,
			fmt.Sprintf("%s answered %s", s.ID, answerLine(s.answers(model.OK)[0].answer)))
	}
	return &found, ""
}

// search looks for an order of a partition's operations that explains what was seen.
func (v *view) search(spec model.Spec, p *partition, answers bool) found {
	x := search{
		spec: spec, final: p.state(v.final, v.variables),
		state: state.New(p.state(v.history.Initial, v.variables), v.variables),
	}
	for _, s := range p.operations {
		x.steps = append(x.steps, v.steps(s, answers)...)
	}
	return x.run()
}

// agrees compares an answer with the fields the specification promises.
func agrees(a *model.Answer, want map[string]any) bool {
	if a == nil || a.Unread() != "" {
		return true
	}
	for name, v := range want {
		if !value.Equal(a.Field(name), v) {
			return false
		}
	}
	return true
}

// step says what is known of an operation: the ledger settles whether it executed where it declares
// effects, the outcome otherwise. Operations that certainly did not execute are left out. It
// executed between its first attempt and its first ok answer, unless that answer may be another's.
func (v *view) step(s *operationView, answers bool) (step, bool) {
	in := step{op: s, call: max(s.arrival().at, 0), end: open, hint: v.listed(s)}
	oks, another := v.shown(s), v.answeredForAnother(s)
	if another {
		oks = nil
	}
	if comparesAnswers := v.contract.Promises.Replay; answers && len(oks) > 0 &&
		comparesAnswers != "current-state" && comparesAnswers != "acknowledgement" {
		in.answer = s.polled.Final(v.contract, s.Type, oks[0].answer)
	}
	counted := v.counted(s)
	in.certain = counted && v.executions(s) > 0 ||
		!counted && s.outcome == model.OK && !another
	if oks := s.answers(model.OK); len(oks) > 0 && in.certain && !another && s.polled == nil {
		in.end = oks[0].answered
	}
	return in, in.certain || !counted && s.outcome != model.Fail
}

// answeredForAnother reports whether an ok answer to s may be that to another payload under its
// key, which had arrived by then and may have executed.
func (v *view) answeredForAnother(s *operationView) bool {
	oks := s.answers(model.OK)
	if len(oks) == 0 || v.contract.Promises.MismatchAnswer != "replayed" ||
		v.repeats(s) == nil && !v.renewed(s) {
		return false
	}
	return slices.ContainsFunc(v.mates(s), func(o *operationView) bool {
		return !oks[0].end().before(o.arrival()) && v.mayHaveExecuted(o)
	})
}

// mayHaveExecuted reports whether no ledger shows that an operation did not execute.
func (v *view) mayHaveExecuted(s *operationView) bool {
	return !v.counted(s) || v.executions(s) > 0
}

// counted reports whether the ledgers say how often an operation executed.
func (v *view) counted(s *operationView) bool { return s.hasLedger() && len(v.reasons) == 0 }

// steps lists the executions of an operation, the one with the first ok answer first. Without a
// key, or after its retention, it may rightly execute more than once; when the others did is
// unknown.
func (v *view) steps(s *operationView, answers bool) []*step {
	first, relevant := v.step(s, answers)
	if !relevant {
		return nil
	}
	counted, maxRuns := v.counted(s), v.executions(s)
	if !counted {
		maxRuns = v.allowed(s)
	}
	if maxRuns == 0 {
		return nil
	}
	if maxRuns > 1 && first.answer != nil {
		// That it was done before was said of any of them, and what was shown is that of one.
		first.end = v.shown(s)[0].answered
	}
	out := []*step{&first}
	for len(out) < maxRuns {
		out = append(out, &step{
			op: s, certain: counted, call: first.call, end: open, hint: math.MaxInt,
		})
	}
	return out
}

// hasLedger reports whether a ledger can tell whether the operation executed.
func (s *operationView) hasLedger() bool {
	return slices.ContainsFunc(s.Effects, func(e model.Effect) bool { return !e.Notification })
}

// diverged describes a final state that nothing explains, beside the one that the executed
// operations give in the order of their answers.
func (v *view) diverged(spec model.Spec, p *partition) verdict.Violation {
	var certain []*operationView
	state := p.state(v.history.Initial, v.variables)
	final := p.state(v.final, v.variables)
	impossible := ""
	for _, s := range p.operations {
		for _, in := range v.steps(s, false) {
			if !in.certain {
				continue
			}
			certain = append(certain, s)
			if next, _, ok := spec.Apply(state, s.Operation); ok {
				state = next
			} else {
				impossible = ": operation " + s.ID + " executed although it could not"
			}
		}
	}
	found := violation("no single execution explains the final state"+impossible, certain...)
	found.Rule = "state-divergence"
	for _, name := range final.Names() {
		found.Expected = append(found.Expected, name+" = "+value.Text(state[name]))
		found.Observed = append(found.Observed, name+" = "+value.Text(final[name]))
	}
	return found
}
