// Package sight compares what one execution of an operation showed with what a contract says of it.
package sight

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Sight is what the only operation of a case showed, beside what the contract says of it.
type Sight struct {
	trial.Trial
	contract *model.Contract
	spec     *contract.Compiled
	op       *model.Operation
	Type     model.OperationType
	// Answer is the first definite one, or the last that the client got; nil without any.
	Answer *model.Answer
	// heard is what was read.
	heard *witness.Ear
	// Measured tells that every state was read before the operation.
	Measured bool
}

// New is what a trial of a case of one operation showed, by the contract of a runner, and what was
// read meanwhile.
func New(r *trial.Runner, o trial.Trial, heard *witness.Ear) *Sight {
	s := &Sight{Trial: o, contract: r.Exec.Contract, spec: r.Exec.Spec, heard: heard}
	s.Type = s.contract.Operations[o.Case.Operations[0].Type]
	if o.History == nil {
		return s
	}
	s.op = &o.History.Operations[0]
	for _, e := range o.History.Events {
		if e.Kind == model.Return && e.Answer != nil && s.outcome() == model.Info {
			s.Answer = e.Answer
		}
	}
	return s
}

// outcome is how the operation ended.
func (s *Sight) outcome() model.Outcome {
	said := s.contract.Classify(s.op.Type, s.Answer)
	if said == model.OK && s.refusedLater() {
		return model.Fail
	}
	return said
}

// Done reports whether the operation was done, and not refused or left open.
func (s *Sight) Done() bool { return s.History != nil && s.outcome() == model.OK }

// Fine reports whether an operation went as the contract says, with its repeat.
func (s *Sight) Fine() bool {
	if s.History == nil || s.Verdict.Verdict != verdict.Valid {
		return false
	}
	if s.outcome() != model.OK {
		_, _, can, err := s.spec.Evaluate(s.History.Initial, s.op)
		declared := s.refusedLater() || slices.Contains(s.Type.Refused, statusOf(s.Answer))
		return declared && err == nil && !can
	}
	return len(s.identity()) == 0 && len(unnamed(s)) == 0
}

// Doubled reports whether one execution left a declared effect more than once: a mistake of the
// contract if all of its type do so, and work of the service if others leave it once.
func (s *Sight) Doubled() bool { return s.History != nil && again(s) }

// Mistakes lists the lines that say something else than what was seen.
func (s *Sight) Mistakes() []verdict.Mistake {
	if out := s.unfit(); len(out) > 0 || s.History == nil {
		return out
	}
	if out := beginnings(s); len(out) > 0 {
		return out // nothing can be computed from them
	}
	if out := s.unended(); len(out) > 0 {
		return out
	}
	next, answer, can, err := s.spec.Evaluate(s.History.Initial, s.op)
	outcome := s.outcome()
	switch {
	case outcome == model.Info:
		return s.undeclared()
	case err != nil:
		return s.uncomputed(err)
	case outcome == model.Fail:
		return s.refused(can)
	case !can:
		return []verdict.Mistake{s.Mistake(s.path("when"), s.Type.When+" to be false",
			fmt.Sprintf("the operation done (%d)", s.Answer.Status), "correct the condition")}
	}
	return slices.Concat(s.identity(), s.fields(answer), s.lookup(), unnamed(s), effects(s),
		states(s, next))
}

// statusOf is the status of an answer; zero without one.
func statusOf(a *model.Answer) int {
	if a == nil {
		return 0
	}
	return a.Status
}

// uncomputed are the lines that may be why an expression cannot be computed: those of state that is
// no number, and else the operation's own.
func (s *Sight) uncomputed(err error) []verdict.Mistake {
	var out []verdict.Mistake
	for _, name := range s.History.Initial.Names() {
		v, got := variableOf(s, name), s.History.Initial[name]
		if _, is := number(got); !is && s.changesState(v.variable) {
			out = append(out, s.Mistake(v.path("field"), s.contract.Resources[v.typ].State[v.variable].Field,
				typed(got)+", with which this cannot be computed: "+err.Error(),
				"write a field with a number, or an expression for such values"))
		}
	}
	if len(out) == 0 {
		out = append(out, s.Mistake(s.path("then"), "what cannot be computed", err.Error(),
			"write an expression for such values"))
	}
	return out
}

// changesState reports whether the operation changes a variable of this name.
func (s *Sight) changesState(variable string) bool {
	for then := range s.Type.Then {
		if strings.HasSuffix(then, "."+variable) {
			return true
		}
	}
	return false
}

// path is where a part of the operation's type stands.
func (s *Sight) path(names ...string) []string {
	return append([]string{"operations", s.Case.Operations[0].Type}, names...)
}

// maxSeen is how much of a value is shown.
const maxSeen = 300

// Mistake makes one, with the operation's request and answer.
func (s *Sight) Mistake(path []string, declared, observed, write string) verdict.Mistake {
	m := verdict.Mistake{
		Path: path, Declared: shown(declared), Observed: shown(observed), Write: write,
	}
	if s.op != nil {
		m.Request = strings.TrimSpace(s.op.Method + " " + shown(s.op.Path) + " " + shown(s.op.Body))
	}
	if s.Answer != nil {
		m.Answer = whole(s.Answer)
	}
	return m
}

// shown shortens a text for a person.
func shown(text string) string {
	if len(text) > maxSeen {
		return strings.ToValidUTF8(text[:maxSeen], "") + "…"
	}
	return text
}

// unfit are the lines by which something could not be read, where it could not be read to the end.
func (s *Sight) unfit() []verdict.Mistake {
	if s.History != nil && !slices.ContainsFunc(s.History.Events,
		func(e model.Event) bool { return e.Kind == model.Unreadable }) {
		return nil
	}
	var out []verdict.Mistake
	for _, e := range s.heard.Errors() {
		m := s.Mistake(e.Path, s.written(e.Path), e.Err.Error(), s.advice(e))
		if x, heard := s.heard.Last(); heard && s.History == nil {
			m.Request = strings.TrimSpace(x.Method + " " + shown(x.Path) + " " + shown(x.Sent))
			m.Answer = fmt.Sprintf("%d %s", x.Status, mask.Excerpt([]byte(x.Body)))
			if x.Status/100 == 4 && e.Path[0] == "resources" && s.aboutKeys(x.Body) {
				m.Path, m.Write = []string{"key", "header"}, keyAdvice
				m.Declared = s.contract.Key.Header
			}
		}
		out = append(out, m)
	}
	return out
}

// written is what the contract has at a path by which something is read.
func (s *Sight) written(path []string) string {
	switch last := path[len(path)-1]; {
	case path[0] == "ledgers" && last == "items":
		return s.contract.Ledgers[path[1]].Items
	case path[0] == "ledgers" && last == "from":
		return strings.Join(s.contract.Ledgers[path[1]].From.Kinds(), ", ")
	case path[0] == "ledgers":
		return s.contract.Ledgers[path[1]].Path
	case path[0] == "operations" && path[2] == "before":
		return stepAt(s.contract, path)
	case path[0] == "operations":
		return s.contract.Operations[path[1]].Answer.Lookup
	case last == "id":
		return s.contract.Resources[path[1]].ID
	case last == "field":
		return s.contract.Resources[path[1]].State[path[3]].Field
	case last == "read_from":
		return strings.Join(s.contract.Resources[path[1]].ReadFrom.Kinds(), ", ")
	case last == "path":
		return s.contract.Resources[path[1]].Read.Path
	}
	return s.contract.Resources[path[1]].Create.Path
}

// stepAt is what the contract has at a path into the steps before an operation: the message that a
// step sends, or where a capture is found.
func stepAt(c *model.Contract, path []string) string {
	n, _ := strconv.Atoi(path[3]) // a path of ours
	step := &c.Operations[path[1]].Before[n]
	if len(path) == 4 {
		return step.Method + " " + step.Path
	}
	spot := step.Capture[path[5]]
	return cmp.Or(spot.Body, spot.Header, spot.Cookie, spot.HTML, spot.Pattern)
}

// advice is the line to write where something could not be read, as far as the answer shows it.
func (s *Sight) advice(e *witness.LineError) string {
	last, body := e.Path[len(e.Path)-1], ""
	if x, heard := s.heard.Last(); heard {
		body = x.Body
	}
	switch last {
	case "items":
		return orElse(line(last, listPaths(body)...), "write the field that holds the list")
	case "id", "field":
		return orElse(line(last, names(body)...), "write a field of the answer")
	}
	if len(e.Path) == 6 && e.Path[2] == "before" {
		return orElse(line("body", names(body)...), "write where the answer has it")
	}
	return "correct the line"
}

// undeclared are the lines that may be wrong where an answer is none that the contract declares.
// Statuses that refuse the caller, that report too many calls, or that report a failure of the
// service say nothing about the contract.
func (s *Sight) undeclared() []verdict.Mistake {
	a := s.Answer
	if a == nil || conditions.Unauthorized(a.Status) || s.contract.AsksAgain(a) ||
		a.Status == 429 || a.Status >= 500 {
		return nil
	}
	if out := s.unfollowed(); len(out) > 0 {
		return out
	}
	observed := fmt.Sprintf("%d: %s", a.Status, mask.Excerpt([]byte(a.Body)))
	switch {
	case a.Status/100 == 2:
		write := fmt.Sprintf("write ok: [%d]", a.Status)
		if a.Status == 202 {
			write += ", and async, or promises.settle, where the work is done later"
		}
		return []verdict.Mistake{s.Mistake(s.path("ok"), fmt.Sprint(s.Type.OK), observed, write)}
	case a.Status == 303 && len(s.Type.Form) > 0: // how a form is answered that was taken
		return []verdict.Mistake{s.Mistake(s.path("ok"), fmt.Sprint(s.Type.OK), observed,
			"write ok: [303]")}
	case a.Status == 405:
		return []verdict.Mistake{s.Mistake(s.path("method"), s.Type.Method, observed,
			"write the method that the service takes")}
	case a.Status == 302, a.Status == 303: // as browsers are answered whose form is taken
		return []verdict.Mistake{s.Mistake(s.path("ok"), fmt.Sprint(s.Type.OK), observed,
			fmt.Sprintf("write ok: [%d], if that says that it is done", a.Status))}
	case a.Status/100 == 3, a.Status == 404, a.Status == 410:
		return []verdict.Mistake{s.Mistake(s.path("path"), s.Type.Path, observed,
			"write the path that answers")}
	}
	return []verdict.Mistake{s.Mistake(s.path("body"), "the request below", observed,
		sendAdvice)}
}

// refused are the lines that may be wrong where an operation was refused. can tells that by the
// contract it should have been done.
func (s *Sight) refused(can bool) []verdict.Mistake {
	a := s.Answer
	observed := fmt.Sprintf("%d: %s", a.Status, mask.Excerpt([]byte(a.Body)))
	is := func(path []string, declared, write string) []verdict.Mistake {
		return []verdict.Mistake{s.Mistake(path, declared, observed, write)}
	}
	switch {
	case s.refusedLater() && !can:
		return nil // as it is declared
	case s.refusedLater():
		return is(s.path("async", "refused"), "an operation that is done",
			"say in when which operations are refused, or write the states that say so")
	case a.Status/100 == 2:
		return is(s.path("refused"), fmt.Sprint(s.Type.Refused), fmt.Sprintf("write ok: [%d]", a.Status))
	case !slices.Contains(s.Type.Refused, a.Status) && s.aboutKeys(a.Body):
		return is([]string{"key", "header"}, s.contract.Key.Header+" to be taken", keyAdvice)
	case !slices.Contains(s.Type.Refused, a.Status):
		return is(s.path("body"), "the request below", sendAdvice)
	case !can:
		return nil // as it is declared
	case a.Status == 404 || a.Status == 405:
		return is(s.path("path"), s.Type.Path, "write the path that answers")
	case s.Type.When != "":
		return is(s.path("when"), s.Type.When+" to be true", "correct the condition, or the body")
	}
	return is(s.path("refused"), "no condition (when)", "say in when which operations are refused")
}

// What to do about a request that is not taken.
const (
	keyAdvice  = "write how keys are sent: header, quoted, format, pattern"
	sendAdvice = "send what the service takes, or declare the status in ok or refused"
)

// aboutKeys reports whether an answer speaks of the idempotency key.
func (s *Sight) aboutKeys(body string) bool {
	body = strings.ToLower(body)
	header := strings.ToLower(s.contract.Key.Header)
	return header != "" && strings.Contains(body, header) || strings.Contains(body, "idempoten")
}

// owns reports whether an item names the operation, or nobody.
func (s *Sight) owns(e *model.Effect) bool {
	return s.contract.Ledgers[e.Ledger].Nameless() || e.Key != "" && e.Key == s.op.Key ||
		e.CorrelationID != "" && e.CorrelationID == s.op.CorrelationID
}

// fits reports whether an item is an effect that the operation declares.
func (s *Sight) fits(e *model.Effect) bool {
	return slices.ContainsFunc(s.op.Effects, func(d model.Effect) bool {
		return len(differing(&d, e)) == 0
	})
}
