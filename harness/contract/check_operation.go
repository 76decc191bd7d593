package contract

import (
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

func (k *checker) operations() {
	if len(k.c.Operations) == 0 {
		k.wrong(at("operations"), "declare at least one, such as "+
			"`operations: {charge: {path: /v1/charges, ok: [201]}}`",
			"the contract declares no operations")
	}
	for _, name := range sortedKeys(k.c.Operations) {
		k.operation(at("operations", name), name, k.c.Operations[name])
	}
}

func (k *checker) operation(path []string, name string, o model.OperationType) {
	k.label(path, name)
	k.method(below(path, "method"), o.Method)
	for _, arg := range sortedKeys(o.Args) {
		k.argument(below(path, "args", arg), arg, o.Args[arg])
	}
	k.answers(path, o)
	k.failures(path, o)
	k.sent(path, name, o)
	for i := range o.Effects {
		k.effect(below(path, "effects", strconv.Itoa(i)), name, o.Effects[i])
	}
	if o.Answer.Lookup != "" && o.Answer.Identity == "" {
		k.wrong(below(path, "answer", "lookup"),
			"add `identity: FIELD`, the field of the answer that names it",
			"{identity} stands for nothing: the answer's identity is not declared")
	}
	_, problems := compileOperation(k.c, path, name)
	k.problems = append(k.problems, problems...)
}

// sent checks the templates of an operation.
func (k *checker) sent(path []string, name string, o model.OperationType) {
	known := names{"mark": true, "key": true, Attempt: true}
	for arg := range o.Args {
		known[arg] = true
	}
	for p := range ResourcePaths(k.c, name) {
		known[p], known[p+".id"] = true, true
	}
	k.path(below(path, "path"), o.Path, known)
	k.template(below(path, "body"), o.Body, known)
	k.ownHeaders(below(path, "headers"), o.Headers)
	if delete(known, Attempt); o.Answer.Lookup != "" {
		known["identity"] = true
		k.path(below(path, "answer", "lookup"), o.Answer.Lookup, known)
	}
}

// ownHeaders checks the headers of an operation. They are saved with the contract, and the judge
// does not see them: so they hold no secrets (a token that each attempt makes anew is none), and
// nothing that tells two operations apart.
func (k *checker) ownHeaders(path []string, headers map[string]string) {
	k.twice(path, headers)
	for _, name := range sortedKeys(headers) {
		where := below(path, name)
		if IsSecret(k.c, name) && !strings.Contains(headers[name], "{") {
			k.wrong(where, "write it under target.headers or tenants.*.headers, where secrets stay unsaved",
				"the value of %q is a secret", name)
		}
		k.header(where, name, headers[name])
		k.template(where, headers[name], names{"key": true, Attempt: true})
	}
}

func (k *checker) argument(path []string, name string, a model.Arg) {
	k.variable(path, name)
	ranged := a.Min != 0 || a.Max != 0
	switch {
	case a.Resource != "" && (ranged || a.OneOf != nil), a.OneOf != nil && ranged:
		k.wrong(path, "keep one of resource, one_of, and min with max",
			"the argument %q is declared in two ways", name)
	case a.Resource != "":
		k.known(below(path, "resource"), a.Resource, sortedKeys(k.c.Resources), "resource")
	case a.OneOf == nil && !ranged, a.OneOf != nil && len(a.OneOf) == 0:
		k.wrong(path, "write `resource: TYPE`, `one_of: [...]`, or `min` and `max`",
			"the argument %q has no values", name)
	case a.Min > a.Max:
		k.wrong(path, "write the smaller number as min",
			"the argument %q has a min above its max", name)
	case a.Max-a.Min < 0:
		k.wrong(path, "write a min and a max that lie closer together",
			"the argument %q has more values than can be counted", name)
	}
}

// answers checks that no status means two things: the verdict would depend on a guess.
func (k *checker) answers(path []string, o model.OperationType) {
	if len(o.OK) == 0 {
		k.wrong(below(path, "ok"), "add the statuses that say \"done\", such as `ok: [201]`",
			"the operation does not say which answers mean success")
	}
	k.statuses(below(path, "ok"), o.OK)
	k.statuses(below(path, "refused"), o.Refused)
	p := k.c.Promises
	ok, refused := statusList{"ok", o.OK}, statusList{"refused", o.Refused}
	inFlight := statusList{"promises.in_flight", p.InFlight}
	transient := statusList{"promises.transient", p.Transient}
	k.disjoint(path, refused, ok)
	k.disjoint(path, ok, inFlight)
	k.disjoint(path, ok, transient)
	k.disjoint(path, refused, inFlight)
	k.disjoint(path, refused, transient)
	done := statusList{"promises.done", p.Done}
	k.disjoint(path, ok, done)
	k.disjoint(path, refused, done)
	k.disjoint(path, ok, statusList{"promises.same_body", p.SameBody})
	if p.MismatchAnswer == "refused" {
		k.disjoint(path, ok, statusList{"promises.mismatch", p.Mismatch})
	}
}

// statusList is a list of statuses and where it stands.
type statusList struct {
	name     string
	statuses []int
}

// disjoint checks that a status stands in one of two lists only; a is a list of the operation at
// path.
func (k *checker) disjoint(path []string, a, b statusList) {
	for i, s := range a.statuses {
		if slices.Contains(b.statuses, s) {
			k.wrong(below(path, a.name, strconv.Itoa(i)),
				"leave it in one of the two, and write the other list without it",
				"%d cannot be in both %s and %s", s, a.name, b.name)
		}
	}
}

func (k *checker) effect(path []string, operation string, e model.EffectType) {
	if e.Ledger == "" {
		k.wrong(path, "add `ledger: NAME`, the ledger that lists it", "the effect names no ledger")
		return
	}
	if !k.known(below(path, "ledger"), e.Ledger, sortedKeys(k.c.Ledgers), "ledger") {
		return
	}
	k.effectResource(path, operation, e)
	k.attributable(path, operation, e)
	if e.Kind != "" && k.c.Ledgers[e.Ledger].Kind == "" {
		k.wrong(below(path, "kind"),
			"add `kind: FIELD` to the ledger "+e.Ledger+", or remove the kind here",
			"the ledger %q does not say which field holds the kind", e.Ledger)
	}
}

// effectResource checks that the effect can be found: a ledger per account is read by the ids of
// accounts.
func (k *checker) effectResource(path []string, operation string, e model.EffectType) {
	paths := ResourcePaths(k.c, operation)
	per := k.c.Ledgers[e.Ledger].Per
	typ, found := paths[e.Resource]
	switch {
	case e.Resource == "" && per != "":
		k.wrong(path, "add `resource:` with an argument (or argument.need) of type "+per,
			"the ledger %q is read once per %s, but the effect does not say of which",
			e.Ledger, per)
	case e.Resource != "" && !found:
		k.wrong(below(path, "resource"), suggest(e.Resource, sortedKeys(paths)),
			"there is no resource %q among the arguments", e.Resource)
	case e.Resource != "" && per != "" && typ != per:
		k.wrong(below(path, "resource"), "name a resource of type "+per+", or another ledger",
			"%q is of type %s, but the ledger %q is read once per %s",
			e.Resource, typ, e.Ledger, per)
	}
}

// attributable checks that the operation sends what its ledger shows of it.
func (k *checker) attributable(path []string, operation string, e model.EffectType) {
	o, l := k.c.Operations[operation], k.c.Ledgers[e.Ledger]
	byKey := l.Key != "" && SendsKey(k.c, operation)
	if byKey || l.Mark != "" && uses(o, "mark") || l.Key == "" && l.Mark == "" {
		return
	}
	advice := "put {mark} into its body, where the ledger shows it in the field " + l.Mark
	if l.Mark == "" {
		advice = "declare `key: {header: ...}` or a dialect, or put {key} into its body"
	}
	k.wrong(path, advice, "the ledger %q cannot tell whose effect an item is: "+
		"%s sends neither its key nor its mark", e.Ledger, operation)
}

// split takes the last name off a dotted path: "charge.account.balance" is "charge.account" and
// "balance".
func split(path string) (parent, last string) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}
