package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/internal/spec"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/prepared"
	"github.com/idemcheck/idemcheck/model"
)

func checkOperations(k *checker) {
	if len(k.c.Operations) == 0 {
		k.wrong(problem.At("operations"), "declare at least one, such as "+
			"`operations: {charge: {path: /v1/charges, ok: [201]}}`",
			"the contract declares no operations")
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Operations)) {
		checkOperation(k, problem.At("operations", name), name, k.c.Operations[name])
	}
}

func checkOperation(k *checker, path []string, name string, o model.OperationType) {
	k.label(path, name)
	k.method(problem.Below(path, "method"), o.Method)
	k.oneOf(problem.Below(path, "label"), o.Label, o.Labels()...)
	for _, arg := range slices.Sorted(maps.Keys(o.Args)) {
		checkArgument(k, problem.Below(path, "args", arg), arg, o.Args[arg])
	}
	checkAnswers(k, path, o)
	checkFailures(k, path, o)
	checkAsync(k, path, o)
	checkSent(k, path, name, o)
	for i := range o.Effects {
		checkEffect(k, problem.Below(path, "effects", strconv.Itoa(i)), name, o.Effects[i])
	}
	if o.Answer.Lookup != "" && !o.Answer.Names() {
		k.wrong(problem.Below(path, "answer", "lookup"),
			"add `identity: FIELD`, the field of the answer that names it",
			"{identity} stands for nothing: the answer's identity is not declared")
	}
	checkSpot(k, problem.Below(path, "answer", "identity_from"), o.Answer.IdentityFrom)
	k.problems = append(k.problems, spec.WrongExpressions(k.c, path, name)...)
}

// checkSent checks the templates of an operation.
func checkSent(k *checker, path []string, name string, o model.OperationType) {
	known := names{"mark": true, "key": true, template.Attempt: true}
	for arg := range o.Args {
		known[arg] = true
	}
	for p := range spec.ResourcePaths(k.c, name) {
		known[p], known[p+".id"] = true, true
	}
	knowSession(k, known)
	checkBefore(k, path, o, known)
	k.path(problem.Below(path, "path"), o.Path, known)
	checkContent(k, path, o.Content(), known)
	checkOwnHeaders(k, path, o)
	if o.Answer.Lookup != "" {
		// It is asked for when the operation is over: nothing but what its answer names is known then.
		known := names{"identity": true}
		knowSession(k, known)
		k.path(problem.Below(path, "answer", "lookup"), o.Answer.Lookup, known)
	}
}

// checkBefore checks the steps before an operation, and adds what they capture to the names that
// are known. The key that a step hands out is known to none of them.
func checkBefore(k *checker, path []string, o model.OperationType, known names) {
	own := maps.Clone(known)
	delete(own, template.Attempt)
	if k.c.Key.From != "" {
		delete(own, "key")
	}
	for i := range o.Before {
		step, where := &o.Before[i], problem.Below(path, "before", strconv.Itoa(i))
		checkMessage(k, where, step.Message(), own)
		for _, name := range slices.Sorted(maps.Keys(step.Capture)) {
			at := problem.Below(where, "capture", name)
			checkCapture(k, at, name, step.Capture[name])
			if own[name] {
				k.wrong(at, "choose another name", "%q is a name already: of an argument, or of what a step"+
					" before captures", name)
			}
			own[name], known[name] = true, true
		}
	}
}

// checkOwnHeaders checks the headers of an operation. They are saved with the contract, and the
// judge does not see them: so they hold no secrets (a token that each attempt makes anew is none),
// and nothing that tells two operations apart: what was captured may stand there beside {mark}.
func checkOwnHeaders(k *checker, path []string, o model.OperationType) {
	path, headers := problem.Below(path, "headers"), o.Headers
	k.twice(path, headers)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		where := problem.Below(path, name)
		if environment.IsSecret(k.c, name) && !strings.Contains(headers[name], "{") {
			k.wrong(where, unsaved, "the value of %q is a secret", name)
		}
		k.header(where, name, headers[name])
		known := names{"key": true, template.Attempt: true}
		for _, captured := range prepared.Captures(o) {
			known[captured] = true
		}
		knowSession(k, known)
		k.template(where, headers[name], known)
	}
}

// checkAnswers checks that no status means two things: the verdict would depend on a guess.
func checkAnswers(k *checker, path []string, o model.OperationType) {
	if len(o.OK) == 0 && o.Async == nil {
		k.wrong(problem.Below(path, "ok"), "add the statuses that say \"done\", such as `ok: [201]`",
			"the operation does not say which answers mean success")
	}
	k.statuses(problem.Below(path, "ok"), o.OK)
	k.statuses(problem.Below(path, "refused"), o.Refused)
	p := k.c.Promises
	ok, refused := statusList{"ok", o.OK}, statusList{"refused", o.Refused}
	inFlight := statusList{"promises.in_flight", p.InFlight}
	transient := statusList{"promises.transient", p.Transient}
	checkDisjoint(k, path, refused, ok)
	checkDisjoint(k, path, ok, inFlight)
	checkDisjoint(k, path, ok, transient)
	checkDisjoint(k, path, refused, inFlight)
	checkDisjoint(k, path, refused, transient)
	done := statusList{"promises.done", p.Done}
	checkDisjoint(k, path, ok, done)
	checkDisjoint(k, path, refused, done)
	checkDisjoint(k, path, ok, statusList{"promises.same_body", p.SameBody})
	if p.MismatchAnswer == "refused" {
		checkDisjoint(k, path, ok, statusList{"promises.mismatch", p.Mismatch})
	}
}

// statusList is a list of statuses and where it stands.
type statusList struct {
	name     string
	statuses []int
}

// checkDisjoint checks that a status stands in one of two lists only; a is a list of the operation
// at path.
func checkDisjoint(k *checker, path []string, a, b statusList) {
	for i, s := range a.statuses {
		if slices.Contains(b.statuses, s) {
			k.wrong(problem.Below(path, a.name, strconv.Itoa(i)),
				"leave it in one of the two, and write the other list without it",
				"%d cannot be in both %s and %s", s, a.name, b.name)
		}
	}
}

func checkEffect(k *checker, path []string, operation string, e model.EffectType) {
	if e.Ledger == "" {
		k.wrong(path, "add `ledger: NAME`, the ledger that lists it", "the effect names no ledger")
		return
	}
	if !k.known(problem.Below(path, "ledger"), e.Ledger, slices.Sorted(maps.Keys(k.c.Ledgers)),
		"ledger") {
		return
	}
	checkEffectResource(k, path, operation, e)
	checkAttributable(k, path, operation, e)
	if e.Kind != "" && k.c.Ledgers[e.Ledger].Kind == "" {
		k.wrong(problem.Below(path, "kind"),
			"add `kind: FIELD` to the ledger "+e.Ledger+", or remove the kind here",
			"the ledger %q does not say which field holds the kind", e.Ledger)
	}
}

// checkEffectResource checks that the effect can be found: a ledger per account is read by the ids
// of accounts.
func checkEffectResource(k *checker, path []string, operation string, e model.EffectType) {
	paths := spec.ResourcePaths(k.c, operation)
	per := k.c.Ledgers[e.Ledger].Per
	typ, found := paths[e.Resource]
	switch {
	case e.Resource == "" && per != "":
		k.wrong(path, "add `resource:` with an argument (or argument.need) of type "+per,
			"the ledger %q is read once per %s, but the effect does not say of which",
			e.Ledger, per)
	case e.Resource != "" && !found:
		k.wrong(problem.Below(path, "resource"),
			problem.Suggest(e.Resource, slices.Sorted(maps.Keys(paths))),
			"there is no resource %q among the arguments", e.Resource)
	case e.Resource != "" && per != "" && typ != per:
		k.wrong(problem.Below(path, "resource"), "name a resource of type "+per+", or another ledger",
			"%q is of type %s, but the ledger %q is read once per %s",
			e.Resource, typ, e.Ledger, per)
	}
}

// checkAttributable checks that the operation sends what its ledger shows of it.
func checkAttributable(k *checker, path []string, operation string, e model.EffectType) {
	o, l := k.c.Operations[operation], k.c.Ledgers[e.Ledger]
	byKey := l.Key != "" && template.SendsKey(k.c, operation)
	sent := template.Sends(o, "mark") || slices.Contains(template.SentBefore(o), "mark")
	byCorrelation := l.CorrelationID != "" && sent
	if byKey || byCorrelation || l.Nameless() || l.Key == "" && l.CorrelationID == "" {
		return
	}
	advice := "put {mark} into its body, where the ledger shows it in the field " + l.CorrelationID
	if l.CorrelationID == "" {
		advice = "declare `key: {header: ...}` or a dialect, or put {key} into its body"
	}
	k.wrong(path, advice, "the ledger %q cannot tell whose effect an item is: "+
		"%s sends neither its key nor its correlation ID", e.Ledger, operation)
}
