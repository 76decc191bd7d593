package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/internal/spec"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model"
)

// checkFailures checks when an operation fails by itself, and that its answers mean nothing else.
func checkFailures(k *checker, path []string, o model.OperationType) {
	for i, f := range o.FailsWhen {
		where := problem.Below(path, "fails_when", strconv.Itoa(i))
		if len(f.Args) == 0 {
			k.wrong(where, "add the arguments that make it fail, such as `args: {amount: 666}`",
				"nothing says when the operation fails")
		}
		checkFailingArguments(k, problem.Below(where, "args"), f.Args, o)
		if len(f.Answers) == 0 {
			k.wrong(where, "add the statuses of that failure, such as `answers: [500]`",
				"nothing says what a failing operation is answered")
		}
		checkFailingAnswers(k, problem.Below(where, "answers"), f.Answers, o)
	}
}

// checkFailingArguments checks the arguments that make an operation fail: the service must be sent
// them.
func checkFailingArguments(k *checker,
	path []string, failing map[string]any, o model.OperationType,
) {
	for _, name := range slices.Sorted(maps.Keys(failing)) {
		where, value := problem.Below(path, name), failing[name]
		a, declared := o.Args[name]
		switch {
		case !k.known(where, name, slices.Sorted(maps.Keys(o.Args)), "argument"):
		case a.Resource != "":
			k.wrong(where, "name an argument with min and max, or with one_of",
				"the argument %q is a fresh resource, which has no value of its own", name)
		case !template.Sends(o, name):
			k.wrong(where, "put {"+name+"} into the path or the body of the operation",
				"the service is not sent the argument %q, and cannot fail because of it", name)
		case declared && !likeOthers(a, value):
			k.wrong(where, "write a value of the kind that the argument has otherwise",
				"%v is no value of the argument %q", value, name)
		}
	}
}

// likeOthers reports whether a value is of the type that an argument is drawn from.
func likeOthers(a model.Arg, value any) bool {
	switch _, text := value.(string); {
	case a.Decimal != nil:
		return a.Decimal.Alike(value)
	case a.Text != nil:
		return text
	case a.List != nil:
		_, list := value.([]any)
		return list
	case len(a.OneOf) == 0:
		_, number := value.(int64)
		return number
	}
	return slices.ContainsFunc(a.OneOf, func(other any) bool {
		return spec.Alike(other, value)
	})
}

// checkFailingAnswers checks that answers of a failure are errors, and no answer that says more.
func checkFailingAnswers(k *checker, path []string, answers []int, o model.OperationType) {
	p := k.c.Promises
	k.statuses(path, answers)
	for i, status := range answers {
		where := problem.Below(path, strconv.Itoa(i))
		if status >= 100 && status < 400 {
			k.wrong(where, "write statuses of failures, such as 500", "%d is no failure", status)
			continue
		}
		for _, list := range []statusList{
			{"ok", o.OK},
			{"refused", o.Refused},
			{"promises.in_flight", p.InFlight},
			{"promises.done", p.Done},
			{"promises.mismatch", p.Mismatch},
			{"promises.same_body", p.SameBody},
			{"promises.missing", p.Missing},
			{"promises.malformed", p.Malformed},
			{"promises.expired", p.Expired},
		} {
			if slices.Contains(list.statuses, status) {
				k.wrong(where, "leave it in one of the two: a failure leaves open what was done",
					"%d cannot be in both fails_when and %s", status, list.name)
			}
		}
	}
}

// checkFailurePolicy checks what is said of failures in general.
func checkFailurePolicy(k *checker) {
	p, path := k.c.Promises, problem.At("promises")
	k.statuses(problem.Below(path, "failed"), p.Failed)
	k.oneOf(problem.Below(path, "failures"), p.Failures, "replayed", "executed", "refused")
	switch {
	case p.Failures == "refused" && len(p.Failed) == 0:
		k.wrong(problem.Below(path, "failures"),
			"add the statuses of that refusal, such as `failed: [409]`",
			"a repeat of what failed is refused, but no status says so")
	case p.Failures != "refused" && len(p.Failed) > 0:
		k.wrong(problem.Below(path, "failed"), "add `failures: refused`, or remove `failed`",
			"statuses of a refusal are declared, but what failed is not refused")
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Operations)) {
		checkNotFailed(k, problem.At("operations", name, "ok"), k.c.Operations[name].OK)
	}
}

// checkNotFailed checks that no status says both that an operation was done and that it failed.
func checkNotFailed(k *checker, path []string, ok []int) {
	for i, status := range ok {
		if slices.Contains(k.c.Promises.Failed, status) {
			k.wrong(problem.Below(path, strconv.Itoa(i)), "leave it in one of the two",
				"%d cannot be in both ok and promises.failed", status)
		}
	}
}

// checkReplayBody checks that what a contract reads of answers does not lie in the field that only
// replays have.
func checkReplayBody(k *checker) {
	field, path := k.c.Promises.ReplayBody, problem.At("promises", "replay_body")
	if field == "" {
		return
	}
	if !label.MatchString(field) {
		k.wrong(path, "write the name of a field at the top of the body, such as data",
			"%q cannot be the field that holds the first answer", field)
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Operations)) {
		a := k.c.Operations[name].Answer
		where := problem.At("operations", name, "answer")
		for _, read := range append(slices.Sorted(maps.Keys(a.Fields)), a.Identity) {
			if top, _, _ := strings.Cut(read, "."); top == field {
				k.wrong(where, "write fields as the first answer has them, without promises.replay_body",
					"%q lies in the field that only replays have", read)
			}
		}
	}
}
