// Package check looks for everything in a contract that its shape does not show.
package check

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/address"
	"github.com/idemcheck/idemcheck/harness/contract/internal/check/origin"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model"
)

// Check looks for everything in a contract that its shape does not show.
func Check(c *model.Contract) []problem.Problem {
	k := &checker{c: c}
	if hasCycles(k) {
		return k.problems
	}
	k.target()
	k.problems = append(k.problems, origin.Start(k.c)...)
	checkDurations(k)
	k.tenants()
	checkSessions(k)
	checkKey(k)
	k.promises()
	checkResources(k)
	k.ledgers()
	k.problems = append(k.problems, origin.Sinks(k.c)...)
	k.problems = append(k.problems, origin.Age(k.c)...)
	checkOperations(k)
	checkCleanUps(k)
	k.judged()
	return k.problems
}

type checker struct {
	c        *model.Contract
	problems []problem.Problem
}

func (k *checker) wrong(path []string, advice, format string, args ...any) {
	k.problems = append(k.problems, problem.Problem{
		Path: path, Message: fmt.Sprintf(format, args...), Advice: advice,
	})
}

// label is what names of tenants, operations and ledgers are made of: they stand in file names and
// in "tenant/name".
var label = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// httpToken is what names of HTTP headers and methods are made of.
var httpToken = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

func (k *checker) label(path []string, name string) {
	if !label.MatchString(name) {
		k.wrong(path, "use letters, digits, - and _", "%q cannot be a name", name)
	}
}

func (k *checker) target() {
	t := k.c.Target
	t.URL = k.c.Start.Example(t.URL)
	k.problems = append(k.problems, address.Written(t)...)
	if t.MaxRate < 0 {
		k.wrong(problem.At("target", "max_rate"),
			"write how many attempts a second are allowed, such as 100",
			"max_rate cannot be negative")
	}
	if s := t.StopOn; s != nil && (s.Failures < 1 || s.Of < 0 || s.Failures > s.Last()) {
		k.wrong(problem.At("target", "stop_on"),
			"write how many of how many, such as `stop_on: {failures: 10, of: 20}`",
			"stop_on cannot be %d failures of %d", s.Failures, s.Last())
	}
	k.headers(problem.At("target", "headers"), t.Headers)
}

func (k *checker) headers(path []string, headers map[string]string) {
	k.twice(path, headers)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		expanded, err := environment.Expand(headers[name],
			func(string) (string, bool) { return "x", true })
		if e, ok := errors.AsType[*problem.Error](err); ok {
			k.wrong(problem.Below(path, name), e.Advice, "%s", e.Message)
			continue
		}
		k.header(problem.Below(path, name), name, expanded)
	}
}

func (k *checker) badHeader(path []string, name string) {
	k.wrong(path, "write the bare name of a header, such as Idempotency-Key",
		"%q cannot be the name of a header", name)
}

func (k *checker) tenants() {
	for _, name := range slices.Sorted(maps.Keys(k.c.Tenants)) {
		k.label(problem.At("tenants", name), name)
		k.headers(problem.At("tenants", name, "headers"), k.c.Tenants[name].Headers)
	}
}

// oneOf accepts the empty value, which is a default.
func (k *checker) oneOf(path []string, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		k.wrong(path, problem.Suggest(value, allowed),
			"unknown value %q for %s", value, strings.Join(path, "."))
	}
}

func (k *checker) promises() {
	p, path := k.c.Promises, problem.At("promises")
	k.statuses(problem.Below(path, "missing"), p.Missing)
	k.statuses(problem.Below(path, "malformed"), p.Malformed)
	k.statuses(problem.Below(path, "too_long"), p.TooLong)
	k.statuses(problem.Below(path, "mismatch"), p.Mismatch)
	k.statuses(problem.Below(path, "same_body"), p.SameBody)
	k.statuses(problem.Below(path, "in_flight"), p.InFlight)
	k.statuses(problem.Below(path, "done"), p.Done)
	k.statuses(problem.Below(path, "transient"), p.Transient)
	k.statuses(problem.Below(path, "expired"), p.Expired)
	k.oneOf(problem.Below(path, "mismatch_answer"), p.MismatchAnswer, "refused", "replayed",
		"executed")
	k.oneOf(problem.Below(path, "replay"), p.Replay,
		"same-body", "same-status", "current-state", "acknowledgement")
	k.oneOf(problem.Below(path, "errors"), p.Errors, "replayed", "executed")
	k.oneOf(problem.Below(path, "after_retention"), p.AfterRetention, "executed", "refused")
	if p.AfterRetention == "refused" && len(p.Expired) == 0 {
		k.wrong(problem.Below(path, "after_retention"),
			"add the statuses of that refusal, such as `expired: [412]`",
			"a repeat after the retention is refused, but no status says so")
	}
	checkFailurePolicy(k)
	checkReplayBody(k)
	k.headerNames(problem.Below(path, "replay_headers"), p.ReplayHeaders)
	k.headerNames(problem.Below(path, "replay_ignore_headers"), p.ReplayIgnoreHeaders)
	if p.ReplayMarker != nil && !httpToken.MatchString(p.ReplayMarker.Header) {
		k.badHeader(problem.Below(path, "marker", "header"), p.ReplayMarker.Header)
	}
}

func (k *checker) headerNames(path, names []string) {
	for _, name := range names {
		if !httpToken.MatchString(name) {
			k.badHeader(path, name)
		}
	}
}

func (k *checker) statuses(path []string, statuses []int) {
	for i, s := range statuses {
		if s < 100 || s > 599 {
			k.wrong(problem.Below(path, strconv.Itoa(i)), "write statuses between 100 and 599",
				"%d is not an HTTP status", s)
		}
	}
}

func (k *checker) ledgers() {
	for _, name := range slices.Sorted(maps.Keys(k.c.Ledgers)) {
		k.ledger(problem.At("ledgers", name), name, k.c.Ledgers[name])
	}
}

func (k *checker) ledger(path []string, name string, l model.Ledger) {
	k.label(path, name)
	known := names{}
	if l.Per != "" {
		known["id"] = true
		k.known(problem.Below(path, "per"), l.Per, slices.Sorted(maps.Keys(k.c.Resources)), "resource")
	}
	k.problems = append(k.problems, origin.Ledger(k.c, name)...)
	if l.From != nil {
		remotePages(k, problem.Below(path, "from"), l.From)
		return
	}
	knowSession(k, known)
	k.path(problem.Below(path, "path"), l.Path, known)
	if l.Pages != nil {
		checkPages(k, problem.Below(path, "pages"), *l.Pages, l.Path)
	}
	m := l.Message()
	checkContent(k, path, m.Content(), known)
	checkPlainHeaders(k, problem.Below(path, "headers"), m.Headers, known)
	if l.Method != "" {
		k.method(problem.Below(path, "method"), l.Method)
	}
	if l.Per != "" && l.Path != "" && !strings.Contains(fmt.Sprint(l.Path, m.Content()), "{id}") {
		k.wrong(problem.Below(path, "path"),
			"put {id} where the id of the "+l.Per+" belongs, or remove `per`",
			"the ledger is read once per %s, but its path does not name one", l.Per)
	}
}

// known reports a reference to something that the contract does not declare.
func (k *checker) known(path []string, name string, declared []string, what string) bool {
	if slices.Contains(declared, name) {
		return true
	}
	k.wrong(path, problem.Suggest(name, declared), "there is no %s %q in the contract", what, name)
	return false
}

// judged refuses a contract under which every run would pass.
func (k *checker) judged() {
	for _, r := range k.c.Resources {
		if len(r.State) > 0 {
			return
		}
	}
	for _, o := range k.c.Operations {
		if len(o.Effects) > 0 {
			return
		}
	}
	if len(k.c.Operations) > 0 {
		k.wrong(problem.At("operations"),
			"declare the effects of an operation (and the ledger that lists"+
				" them), or the state of a resource",
			"there is nothing to judge by: no effect and no state is declared")
	}
}

// names is a set of names that a template may use.
type names map[string]bool

func (k *checker) path(path []string, text string, known names) {
	if text == "" {
		k.wrong(path, "write the path, such as /v1/charges", "the path is missing")
		return
	}
	if !strings.HasPrefix(text, "/") {
		k.wrong(path, "write it below target.url, with a slash in front, such as /v1/charges",
			"the path %q does not begin with a slash", text)
	}
	k.literal(path, text)
	k.template(path, text, known)
}

func (k *checker) template(path []string, tmpl any, known names) {
	template.Placeholders(tmpl, path, func(where []string, name string, err error) {
		switch {
		case err != nil:
			k.wrong(where, "write {name}, and {{ for a literal brace", "%v", err)
		case !known[name]:
			k.wrong(where, k.templateAdvice(name, known), "{%s} is not declared", name)
		}
	})
}

func (k *checker) templateAdvice(name string, known names) string {
	advice := problem.Suggest(name, slices.Sorted(maps.Keys(known)))
	if strings.ToUpper(name) == name {
		advice += " (the environment is only read in target.url and in headers)"
	}
	return advice
}

func (k *checker) method(path []string, method string) {
	if !httpToken.MatchString(method) || strings.ToUpper(method) != method ||
		method == http.MethodConnect || method == http.MethodTrace {
		k.wrong(path, "write it in capitals, such as POST", "%q is not an HTTP method", method)
	}
}
