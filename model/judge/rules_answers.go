package judge

import (
	"fmt"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge/accepted"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// divergentReplay: two answers to one operation disagree where the contract says that they agree.
func divergentReplay(v *view) []verdict.Violation {
	differ := v.compareReplays(func(s *operationView, first, later *hit, grown bool) string {
		if later.answer.Body == "" && first.answer.Body != "" {
			return ""
		}
		why := v.difference(s, first.answer, later.answer)
		switch {
		case grown:
			return accepted.Renamed(s.identity(first.answer), s.identity(later.answer))
		case why == "" && (later.outcome != model.Fail || v.ordinary(s) && later.complete):
			return v.contract.Promises.HeaderDifference(first.answer, later.answer)
		case later.outcome == model.Fail:
			return "" // a refusal that was made anew
		}
		return why
	})
	return slices.Concat(v.changedMind(), differ, v.retypedFailures(), v.impossibleReplays(),
		v.spoiltRepeats(), v.strangeBeside())
}

// impossibleReplays finds operations of which nobody saw the first answer, and that are answered to
// the end with a replay of a status that no first answer has.
func (v *view) impossibleReplays() []verdict.Violation {
	var out []verdict.Violation
	for _, s := range v.operations {
		last := s.lastFinal()
		if last == nil || s.outcome != model.Info || !v.ordinary(s) || !v.impossible(last.answer) {
			continue
		}
		found := violation(fmt.Sprintf("attempt %s.%d was answered with a replay of status %d, "+
			"which no first answer has", s.ID, last.number, last.answer.Status), s)
		for _, status := range s.typ.OK {
			found.Expected = append(found.Expected, fmt.Sprint(status))
		}
		found.Observed = []string{answerLine(last.answer)}
		out = append(out, found)
	}
	return out
}

// impossible reports whether an answer whose meaning is not declared says that it is a replay of a
// success, where replays have the status of the first answer.
func (ix *index) impossible(a *model.Answer) bool {
	p := ix.contract.Promises
	return a != nil && a.ReplayMarker && p.ReplayMarker != nil &&
		a.Status/100 == 2 && p.SameStatus() &&
		!ix.contract.LeavesOpen(a.Status)
}

// changedMind finds refusals of what was acknowledged before. An answer that says "already done" is
// no refusal, and some contracts show the state as it is now.
func (v *view) changedMind() []verdict.Violation {
	var out []verdict.Violation
	promised := v.contract.Promises.Replay
	if promised != "" && promised != "same-body" && promised != "same-status" {
		return nil
	}
	for _, s := range v.operations {
		ok, refusal := v.takenBack(s)
		if refusal == nil || !v.ordinary(s) || v.contested(s) || v.renewed(s) ||
			v.expired(ok, refusal) {
			continue
		}
		found := violation(fmt.Sprintf("attempt %s was refused after attempt %s was acknowledged",
			refusal.name(s), ok.name(s)), s)
		found.Expected = []string{answerLine(ok.answer)}
		found.Observed = []string{answerLine(refusal.answer)}
		out = append(out, found)
	}
	return out
}

// takenBack returns an ok answer, and a refusal of a whole request that was sent after it. Refusals
// that speak of another payload or of an expired key are other rules'.
func (ix *index) takenBack(s *operationView) (ok, refusal *hit) {
	for _, f := range s.answers(model.Fail) {
		earlier := func(o *hit) bool { return f.complete && o.answeredBefore(f) }
		if o, found := lists.First(s.answers(model.OK), earlier); found && !ix.speaksOfKey(s, f) {
			return o, f
		}
	}
	return nil, nil
}

// speaksOfKey reports whether a refusal is about the key of an operation, and not about its work.
func (ix *index) speaksOfKey(s *operationView, h *hit) bool {
	p, status := ix.contract.Promises, h.answer.Status
	spoken := slices.Contains(p.Mismatch, status) || slices.Contains(p.SameBody, status) ||
		slices.Contains(p.Expired, status)
	return spoken && !slices.Contains(s.typ.Refused, status)
}

// hollowAnswer: an ok answer without content, or one that names nothing.
func hollowAnswer(v *view) []verdict.Violation {
	out := v.compareReplays(func(_ *operationView, first, later *hit, _ bool) string {
		if later.answer.Body != "" || first.answer.Body == "" || !later.complete {
			return ""
		}
		return "is empty where the first one had a body"
	})
	for _, s := range v.operations {
		if h := v.nameless(s); h != nil {
			found := violation(fmt.Sprintf("the answer to attempt %s names nothing: %q is missing, null "+
				"or empty", h.name(s), s.typ.Answer.Identity), s)
			found.Observed = []string{answerLine(h.answer)}
			out = append(out, found)
			continue
		}
		if s.exists || len(s.answers(model.OK)) == 0 {
			continue
		}
		found := violation(fmt.Sprintf(
			"the answer to operation %s names %q, which does not exist afterwards",
			s.ID, s.identity(s.answers(model.OK)[0].answer)), s)
		found.Timed = v.pending() // it may still come; what an answer says does not change
		out = append(out, found)
	}
	return out
}

// nameless returns an ok answer to an operation of which no ok answer has the field that names
// what was made, or nil; where only some lack it, they differ. Of repeats that are only
// acknowledged, and of statuses that only say "done", nothing is asked.
func (v *view) nameless(s *operationView) *hit {
	if !s.typ.Answer.Names() || v.repeats(s) != nil {
		return nil // another payload's answer names what that one's type names
	}
	var found *hit
	for _, h := range v.shown(s) {
		if s.identity(h.answer) != "" || h.answer.Unread() != "" {
			return nil
		}
		repeat := v.contract.Promises.Replay == "acknowledgement" && s.preceded(h)
		if found == nil && !repeat {
			found = h
		}
	}
	return found
}

// compareReplays compares every later answer of an operation with the first: ok ones, or else
// stored refusals. At most one finding per operation. Where an expired key was executed, later
// answers are those of another execution.
func (v *view) compareReplays(
	differs func(s *operationView, first, later *hit, grown bool) string,
) []verdict.Violation {
	var out []verdict.Violation
	for _, s := range v.operations {
		if v.unprotected(s) || v.renewed(s) || v.executedLate(s) {
			continue
		}
		said := v.alikeAnswers(s)
		for i := 1; i < len(said); i++ {
			first, grown := v.counterpart(s, said[:i+1])
			why := differs(s, first, said[i], grown)
			if why == "" {
				continue
			}
			found := violation(fmt.Sprintf("the answer to attempt %s %s", said[i].name(s), why), s)
			found.Expected = []string{answerLine(first.answer)}
			found.Observed = []string{answerLine(said[i].answer)}
			out = append(out, found)
			break
		}
	}
	return out
}

// counterpart is [accepted.Counterpart] of the last of some answers to an operation.
func (ix *index) counterpart(s *operationView, said []*hit) (like *hit, grown bool) {
	accepts := func(h *hit) bool { return ix.contract.Accepts(s.Type, h.answer) }
	return accepted.Counterpart(said, accepts, (*hit).answeredBefore)
}

// alikeAnswers lists the answers that must be alike: acknowledgements, or else stored refusals.
func (ix *index) alikeAnswers(s *operationView) []*hit {
	if len(s.answers(model.OK)) > 0 {
		return ix.acknowledgements(s)
	}
	return ix.replayable(s)
}

// acknowledgements lists the ok answers to an operation and, where replays have the status of the
// first answer, those after the first that say "done" by a status that is not declared.
func (ix *index) acknowledgements(s *operationView) []*hit {
	oks := ix.shown(s)
	if len(oks) == 0 || !ix.contract.Promises.SameStatus() {
		return oks
	}
	return slices.DeleteFunc(slices.Clone(s.hits), func(h *hit) bool {
		if h.answer == nil || h.outcome == model.OK {
			return h.answer == nil || ix.acknowledges(s, h)
		}
		undeclared := h.outcome == model.Info && !ix.contract.LeavesOpen(h.answer.Status)
		return !undeclared || h.answer.Status/100 != 2 || !oks[0].answeredBefore(h)
	})
}

// name is how people refer to a request: its attempt, and which hit when it was not the first.
func (h *hit) name(s *operationView) string {
	if h.number > 1 {
		return fmt.Sprintf("%s.%d (hit %d)", s.ID, h.attempt, h.number)
	}
	return fmt.Sprintf("%s.%d", s.ID, h.attempt)
}

// answerLine shows an answer in one line.
func answerLine(a *model.Answer) string {
	out := fmt.Sprint(a.Status)
	if a.ReplayMarker {
		out += " marker"
	}
	for _, name := range slices.Sorted(maps.Keys(a.Headers)) {
		if name == "Content-Type" {
			continue // every answer has it: where it differs, the message says so
		}
		out += fmt.Sprintf(" %s=%s", name, a.Headers[name])
	}
	if a.Body != "" {
		out += " " + a.Body
	}
	return out
}

// difference says how two answers differ apart from headers, as far as the contract's kind of
// replay compares them.
func (ix *index) difference(s *operationView, a, b *model.Answer) string {
	p := ix.contract.Promises
	if p.SameStatus() && a.Status != b.Status {
		return fmt.Sprintf("has status %d where the first one had %d", b.Status, a.Status)
	}
	if s.identity(a) != s.identity(b) && s.identity(b) != "" {
		return "names another thing than the first one"
	}
	if p.SameBodies() {
		if !a.Alike(b, p.ReplayIgnore) {
			return "differs from the first one"
		}
	}
	return ""
}

// replayUnmarked: the marker must tell replays from first answers.
func replayUnmarked(v *view) []verdict.Violation {
	var out []verdict.Violation
	if v.contract.Promises.ReplayMarker == nil {
		return nil
	}
	for _, s := range v.operations {
		if why := v.markerWrong(s); why != "" {
			out = append(out, violation(why, s))
		}
	}
	return out
}

// markerWrong says what is wrong with the markers of an operation's answers, or "". An operation
// that executed several times has several first answers.
func (v *view) markerWrong(s *operationView) string {
	if !v.ordinary(s) || v.borrows(s) {
		return ""
	}
	name := v.contract.Promises.ReplayMarker.Header
	first := 0
	for _, h := range v.replayable(s) {
		if h.answer.ReplayMarker && !s.preceded(h) {
			return fmt.Sprintf("the first answer to operation %s (attempt %s) carries %s",
				s.ID, h.name(s), name)
		}
		if h.answer.ReplayMarker {
			continue
		}
		if first++; first > max(v.executions(s), v.epochs(s)) {
			return fmt.Sprintf("attempt %s got an earlier answer again without %s", h.name(s), name)
		}
	}
	return ""
}

// replayable lists the answers of which later ones are replays: ok ones, and refusals where those
// are stored.
func (ix *index) replayable(s *operationView) []*hit {
	if len(s.answers(model.OK)) > 0 || ix.contract.Promises.Errors != "replayed" {
		return ix.shown(s)
	}
	return slices.DeleteFunc(s.answers(model.Fail), func(h *hit) bool { return !ix.refusesWork(s, h) })
}

// preceded reports whether another request of the operation may have reached the service before h
// was answered.
func (s *operationView) preceded(h *hit) bool {
	return slices.ContainsFunc(s.hits, func(o *hit) bool {
		return o != h && (o.sent != never && !h.answeredBefore(o) ||
			o.answered != never && !h.end().before(o.end()))
	})
}

// inFlightExecution: requests of one operation that overlapped and both executed.
func inFlightExecution(v *view) []verdict.Violation { return v.about(v.operations, v.ranTogether) }

func (v *view) ranTogether(s *operationView) string {
	first, later := v.sideBySide(s)
	if later == nil {
		return ""
	}
	return fmt.Sprintf("attempts %s and %s were at the service together and both executed: %s "+
		"came later and should not have run", first.name(s), later.name(s), later.name(s))
}

// sideBySide returns two requests of an operation that overlapped and that both executed, in the
// order in which they came, or nil.
func (v *view) sideBySide(s *operationView) (first, later *hit) {
	if !v.ordinary(s) || v.executions(s) <= v.epochs(s) {
		return nil, nil
	}
	for i, b := range s.hits {
		for _, a := range s.hits[:i] {
			if !a.overlaps(b) || a.answer == nil || b.answer == nil || !s.bothExecuted(a, b) {
				continue
			}
			if b.begin().before(a.begin()) {
				return b, a
			}
			return a, b
		}
	}
	return nil, nil
}

// bothExecuted: two first answers that name different things.
func (s *operationView) bothExecuted(a, b *hit) bool {
	if a.outcome != model.OK || b.outcome != model.OK ||
		a.answer.ReplayMarker || b.answer.ReplayMarker {
		return false
	}
	x, y := s.identity(a.answer), s.identity(b.answer)
	return x != y && x != "" && y != ""
}
