// Package curl makes a shell script of a history: the requests that the service saw, in their
// order.
package curl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// Script is a history as shell commands.
type Script struct {
	contract *model.Contract
	history  *model.History
	faults   []fault.Fault // those that fired
	head     []string      // variables
	body     []string
	started  bool // something was sent
	verdict  *verdict.Verdict
	// replay is the command that replays it.
	replay string
	// cannot says what curl cannot make happen.
	Cannot []string
}

// Material is what a script is made of: a history that was seen, under a contract; the
// verdict on its run, and the command that replays it.
type Material struct {
	Contract *model.Contract
	History  *model.History
	Verdict  *verdict.Verdict
	Replay   string
}

// New makes the script of a counterexample.
func New(of Material) *Script {
	s := &Script{contract: of.Contract, history: of.History, verdict: of.Verdict, replay: of.Replay}
	for _, e := range s.history.Events {
		s.note(e)
	}
	if c := s.verdict.Counterexample; c != nil && c.Interference != nil && c.Interference.Cases > 0 {
		s.Cannot = append(s.Cannot,
			words.Plural(c.Interference.Cases, "case", "cases")+" at work beside it")
	}
	if t := s.contract.Target; t.TLS != nil && (t.TLS.ServerName != "" || t.Host != "") {
		s.Cannot = append(s.Cannot, "a certificate for another name than that of the URL")
	}
	s.variables()
	for i := range s.history.Operations {
		s.function(&s.history.Operations[i])
	}
	s.play(visits(s.history))
	readLedgers(s)
	return s
}

// note collects the faults that fired, and what curl cannot make.
func (s *Script) note(e model.Event) {
	switch {
	case e.Kind == model.ClockMoved:
		s.Cannot = append(s.Cannot, "the service's "+words.Clock(e))
	case e.Kind == model.FaultReported && e.Fired && e.Fault != nil:
		s.faults = append(s.faults, *e.Fault)
		if e.Fault.Link != "" && e.Fault.Link != fault.ClientService {
			s.Cannot = append(s.Cannot, words.FaultText(*e.Fault))
		}
	case e.Kind == model.Sent && !e.Complete:
		s.Cannot = append(s.Cannot, fmt.Sprintf("%s reached the service as %d bytes of a request",
			words.Label(e.Operation, e.Attempt), e.Bytes))
	}
}

// Whole is the script as a file.
func (s *Script) Whole() string {
	lines := append([]string{"#!/bin/sh"}, s.preamble()...)
	lines = append(lines, s.head...)
	lines = append(lines, s.body...)
	return strings.Join(lines, "\n") + "\n"
}

// Length is how many lines it has, without those that set it up.
func (s *Script) Length() int { return len(s.body) }

// Lines are its commands.
func (s *Script) Lines() []string { return slices.Concat(s.head, s.body) }

func (s *Script) preamble() []string {
	what := "one case"
	if c := s.verdict.Counterexample; c != nil {
		what = c.Rule
	}
	lines := []string{
		fmt.Sprintf("# %s: seed %d, case %d, as the service saw it.",
			comment(what), s.verdict.Seed, s.history.Case),
		"# Every run uses fresh keys; resources are those of the recorded run.",
		"# BASE overrides the address.",
	}
	if slices.ContainsFunc(s.history.Operations, func(op model.Operation) bool {
		return len(s.contract.Operations[op.Type].Before) > 0
	}) {
		lines = append(lines, "# So is what the steps before operations made (operations.*.before).")
	}
	for _, c := range s.Cannot {
		lines = append(lines, "# Not in this script, because curl cannot make it: "+comment(c)+".")
	}
	if s.replay != "" {
		lines = append(lines, "# The whole of it: "+comment(s.replay))
	}
	return lines
}

func (s *Script) variables() {
	reach(s)
	s.head = append(s.head, "run=$(date +%s)")
	var names []string
	for _, op := range s.history.Operations {
		for _, h := range headers(s.contract, op.Tenant) {
			if h.variable != "" && !slices.Contains(names, h.variable) {
				names = append(names, h.variable)
				s.head = append(s.head, fmt.Sprintf(`: "${%s:?set it to the value of %s}"`,
					h.variable, comment(h.name)))
			}
		}
	}
	login(s)
	s.head = append(s.head, "")
}

// function defines a shell function that sends one operation: its arguments are a label and options
// for curl.
func (s *Script) function(op *model.Operation) {
	subs := s.substitutions(op)
	s.body = append(s.body,
		fmt.Sprintf("%s() { # label, options", functionName(op.ID)),
		"  label=$1; shift",
		"  curl -sS -g -X "+Quote(op.Method)+` "$base"`+fill(op.Path, subs).String()+` \`)
	if jar := jarWords(s.contract, op.Tenant); jar != "" {
		s.body = append(s.body, "    "+jar+` \`)
	}
	for _, h := range s.headerWords(op) {
		s.body = append(s.body, "    -H "+h.String()+` \`)
	}
	if op.Body != "" {
		s.body = append(s.body, "    --data-raw "+fill(op.Body, subs).String()+` \`)
	}
	s.body = append(s.body, `    -w "  [$label: %{http_code}]\n" "$@"`, "}")
}

// substitutions give the key and the correlation ID of an operation fresh values wherever they
// stand, and each attempt a text of its own.
func (s *Script) substitutions(op *model.Operation) []substitution {
	subs := []substitution{
		{op.Key, s.freshKey(op)}, {"{attempt}", join(literal("ic-"), expansion("$run-$label"))},
	}
	if op.CorrelationID != op.Key {
		value := join(literal(op.CorrelationID), expansion("-$run"))
		subs = append(subs, substitution{op.CorrelationID, value})
	}
	return append(subs, captured(s.contract, op.Tenant, "session.")...)
}

// play writes visits batch by batch; visits that overlapped go out in the background together.
func (s *Script) play(all []visit) {
	s.body = append(s.body, "")
	var at time.Duration
	for len(all) > 0 {
		n := batch(all)
		if !all[0].missing {
			s.pause(all[0].start - at)
			at = slices.MaxFunc(all[:n], func(a, b visit) int { return cmp.Compare(a.end, b.end) }).end
		}
		s.batch(all[:n])
		all = all[n:]
	}
}

// pause waits as long as the recorded run did; what lies before the first command is set-up.
func (s *Script) pause(gap time.Duration) {
	if s.started && gap >= minPause {
		s.body = append(s.body, "sleep "+seconds(gap))
	}
}

// minPause is the shortest wait worth a line: starting curl takes about as long.
const minPause = 10 * time.Millisecond

func seconds(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", d.Seconds()), "0"), ".")
}

func (s *Script) batch(visits []visit) {
	if len(visits) == 1 {
		s.explain(visits[0])
		s.send(visits[0], "")
		return
	}
	s.body = append(s.body, "# side by side; curl cannot hold back a last byte, so try a few times")
	for i, v := range visits {
		s.pause(v.start - visits[max(i-1, 0)].start)
		s.explain(v)
		s.send(v, " &")
	}
	s.body = append(s.body, "wait")
}

func (s *Script) send(v visit, end string) {
	if !v.missing {
		s.body = append(s.body, v.call()+end)
		s.started = true
	}
}

// call is the line that sends a visit.
func (v visit) call() string {
	line := functionName(v.op) + " " + Quote(v.label())
	if v.patience > 0 {
		line += " -m " + seconds(v.patience)
	}
	if v.replica > 0 {
		line = fmt.Sprintf("(base=$base%d; %s)", v.replica, line)
	}
	return line
}

// explain says in a comment what the faults of an attempt mean for this script.
func (s *Script) explain(v visit) {
	var hits []string
	for _, f := range s.faults {
		if f.Addresses(v.op, v.attempt) && f.Kind.Traits().Copied != fault.Together {
			hits = append(hits, words.FaultText(f))
		}
	}
	name, faults := words.Label(v.op, v.attempt), strings.Join(hits, ", ")
	switch {
	case v.missing:
		s.body = append(s.body, comment(fmt.Sprintf("# %s never reached the service: %s",
			name, cmp.Or(faults, v.outcome))))
	case v.hit > 1:
		s.body = append(s.body, comment(fmt.Sprintf("# %s again: a duplicate that no client sent", name)))
	case v.unread:
		s.body = append(s.body, comment(fmt.Sprintf("# %s: %s; the client never saw this answer",
			name, cmp.Or(faults, v.outcome))))
	case faults != "":
		s.body = append(s.body, comment(fmt.Sprintf("# %s: %s", name, faults)))
	}
}

// comment keeps text inside its comment line.
func comment(s string) string { return words.Clean(s) }
