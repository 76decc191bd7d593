package model

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// searchLimit bounds the search for one order of operations, per partition.
const searchLimit = 10 * time.Second

// step is what the search knows of one operation.
type step struct {
	subject *subject
	// certain: it executed. Otherwise both possibilities are tried.
	certain bool
	// answer is the ok answer to compare, or nil.
	answer *Answer
	// final, when set, is the state that was observed at the end instead of an operation.
	final State
}

// partition is a set of operations that share resources, judged apart from the others.
type partition struct {
	subjects  []*subject
	resources map[string]bool
}

// partitions groups operations by common resources.
func (v *view) partitions() []*partition {
	var parts []*partition
	for _, s := range v.subjects {
		joined := &partition{resources: map[string]bool{}}
		var rest []*partition
		for _, p := range parts {
			if p.shares(s.Resources) {
				joined.absorb(p)
			} else {
				rest = append(rest, p)
			}
		}
		joined.subjects = append(joined.subjects, s)
		for _, r := range s.Resources {
			joined.resources[r] = true
		}
		parts = slices.Concat(rest, []*partition{joined})
	}
	return parts
}

func (p *partition) shares(resources []string) bool {
	return slices.ContainsFunc(resources, func(r string) bool { return p.resources[r] })
}

func (p *partition) absorb(o *partition) {
	p.subjects = append(p.subjects, o.subjects...)
	maps.Copy(p.resources, o.resources)
}

// state keeps the variables of the partition's resources.
func (p *partition) state(all State) State {
	out := State{}
	for name, value := range all {
		if i := strings.LastIndexByte(name, '.'); i > 0 && p.resources[name[:i]] {
			out[name] = value
		}
	}
	return out
}

// judgeState searches an order of the executed operations that explains the answers and the final
// state. Partitions whose effects are already wrong are left out: their state follows from that.
func (v *view) judgeState(spec Spec, blamed map[string]bool) ([]Violation, []string) {
	var out []Violation
	var reasons []string
	for _, p := range v.partitions() {
		if slices.ContainsFunc(p.subjects, func(s *subject) bool { return blamed[s.ID] }) {
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

// judgePartition runs the search with and, when that fails, without the answers: if the final state
// alone cannot be explained it is the state that diverged, else it is the answers' order.
func (v *view) judgePartition(spec Spec, p *partition) (*Violation, string) {
	final := p.state(v.final)
	result := v.search(spec, p, final, true)
	if result == porcupine.Unknown {
		return nil, fmt.Sprintf("the search for an order of %d operations was given up",
			len(p.subjects))
	}
	if result == porcupine.Ok {
		return nil, ""
	}
	if v.search(spec, p, final, false) == porcupine.Illegal {
		found := v.diverged(spec, p, final)
		return &found, ""
	}
	found := violation("no order of the operations explains their answers", p.executed()...)
	found.Rule = "non-linearizable"
	for _, s := range p.executed() {
		found.Observed = append(found.Observed,
			fmt.Sprintf("%s answered %s", s.ID, answerLine(s.answers(OK)[0].answer)))
	}
	return &found, ""
}

// search asks Porcupine.
func (v *view) search(spec Spec, p *partition, final State, answers bool) porcupine.CheckResult {
	initial := p.state(v.history.Initial)
	model := porcupine.NondeterministicModel{
		Init:  func() []any { return []any{initial} },
		Step:  func(state, in, _ any) []any { return advance(spec, state.(State), in.(step)) },
		Equal: func(a, b any) bool { return maps.EqualFunc(a.(State), b.(State), Equal) },
	}
	operations := v.operations(p, final, answers)
	return porcupine.CheckOperationsTimeout(model.ToModel(), operations, searchLimit)
}

// advance returns the states in which a step may leave the system; none when it is impossible.
func advance(spec Spec, state State, in step) []any {
	if in.final != nil {
		for name, want := range in.final {
			if got, known := state[name]; known && !Equal(got, want) {
				return nil
			}
		}
		return []any{state}
	}
	var out []any
	if !in.certain {
		out = append(out, state)
	}
	next, answer, ok := spec.Apply(state, in.subject.Operation)
	if ok && agrees(in.answer, answer) {
		out = append(out, next)
	}
	return out
}

// agrees compares an answer with the fields the specification promises.
func agrees(a *Answer, want map[string]any) bool {
	if a == nil {
		return true
	}
	for name, value := range want {
		if !Equal(Field(a.Body, name), value) {
			return false
		}
	}
	return true
}

// operations turns a partition into Porcupine's terms: an interval from the first attempt to the
// first ok answer, open-ended when there is none, and the final state after everything.
func (v *view) operations(p *partition, final State, answers bool) []porcupine.Operation {
	var out []porcupine.Operation
	for i, s := range p.subjects {
		oks := s.answers(OK)
		for n, in := range v.steps(s, answers) {
			ret := int64(math.MaxInt64 - 1)
			if len(oks) > 0 && n == 0 {
				ret = int64(oks[0].answered)
			}
			out = append(out, porcupine.Operation{
				ClientId: i, Input: in, Call: int64(max(s.start(), 0)), Return: ret,
			})
		}
	}
	return append(out, porcupine.Operation{
		ClientId: len(p.subjects), Input: step{final: final},
		Call: math.MaxInt64, Return: math.MaxInt64,
	})
}

// step says what is known of an operation: the ledger settles whether it executed where it declares
// effects, the outcome otherwise. Operations that certainly did not execute are left out.
func (v *view) step(s *subject, answers bool) (step, bool) {
	in := step{subject: s}
	oks := v.shown(s)
	if comparesAnswers := v.contract.Promises.Replay; answers && len(oks) > 0 &&
		comparesAnswers != "current-state" && comparesAnswers != "acknowledgement" {
		in.answer = oks[0].answer
	}
	switch {
	case s.hasLedger() && len(v.reasons) == 0:
		in.certain = s.executions() > 0
		return in, in.certain
	case s.outcome == Fail:
		return in, false
	}
	in.certain = s.outcome == OK && !v.answeredForAnother(s)
	return in, true
}

// answeredForAnother tells whether an ok answer to s may be that to another payload under its key.
func (v *view) answeredForAnother(s *subject) bool {
	return v.contract.Promises.MismatchAnswer == "replayed" && (s.repeats != nil || v.contested(s))
}

// steps lists the executions of an operation, the one with the first ok answer first. Without a
// key, or after its retention, it may rightly execute more than once; when the others did is
// unknown.
func (v *view) steps(s *subject, answers bool) []step {
	first, relevant := v.step(s, answers)
	if !relevant {
		return nil
	}
	counted := s.hasLedger() && len(v.reasons) == 0
	most := v.epochs(s)
	switch {
	case counted:
		most = s.executions()
	case v.unprotected(s):
		most = len(s.hits)
	}
	out := []step{first}
	for len(out) < most {
		out = append(out, step{subject: s, certain: counted})
	}
	return out
}

// hasLedger tells whether a ledger can tell whether the operation executed.
func (s *subject) hasLedger() bool {
	return slices.ContainsFunc(s.Effects, func(e Effect) bool { return !e.Notification })
}

// executed lists the operations that were answered ok.
func (p *partition) executed() []*subject {
	var out []*subject
	for _, s := range p.subjects {
		if len(s.answers(OK)) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// diverged describes a final state that nothing explains, beside the one that the executed
// operations give in the order of their answers.
func (v *view) diverged(spec Spec, p *partition, final State) Violation {
	var certain []*subject
	state := p.state(v.history.Initial)
	impossible := ""
	for _, s := range p.subjects {
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
	for _, name := range names(final) {
		found.Expected = append(found.Expected, name+" = "+text(state[name]))
		found.Observed = append(found.Observed, name+" = "+text(final[name]))
	}
	return found
}

// names lists the variables of a state in order.
func names(s State) []string {
	out := slices.Collect(maps.Keys(s))
	sort.Strings(out)
	return out
}
