package contract

import (
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// failures checks when an operation fails by itself, and that its answers mean nothing else.
func (k *checker) failures(path []string, o model.OperationType) {
	for i, f := range o.FailsWhen {
		where := below(path, "fails_when", strconv.Itoa(i))
		if len(f.Args) == 0 {
			k.wrong(where, "add the arguments that make it fail, such as `args: {amount: 666}`",
				"nothing says when the operation fails")
		}
		for _, name := range sortedKeys(f.Args) {
			k.failingArgument(below(where, "args", name), name, f.Args[name], o)
		}
		if len(f.Answers) == 0 {
			k.wrong(where, "add the statuses of that failure, such as `answers: [500]`",
				"nothing says what a failing operation is answered")
		}
		k.failingAnswers(below(where, "answers"), f.Answers, o)
	}
}

// failingArgument checks one argument that makes an operation fail: the service must be sent it.
func (k *checker) failingArgument(path []string, name string, value any, o model.OperationType) {
	a, declared := o.Args[name]
	switch {
	case !k.known(path, name, sortedKeys(o.Args), "argument"):
	case a.Resource != "":
		k.wrong(path, "name an argument with min and max, or with one_of",
			"the argument %q is a fresh resource, which has no value of its own", name)
	case !uses(o, name):
		k.wrong(path, "put {"+name+"} into the path or the body of the operation",
			"the service is not sent the argument %q, and cannot fail because of it", name)
	case declared && !likeOthers(a, value):
		k.wrong(path, "write a value of the kind that the argument has otherwise",
			"%v is no value of the argument %q", value, name)
	}
}

// likeOthers tells whether a value is of the type that an argument is drawn from.
func likeOthers(a model.Arg, value any) bool {
	if len(a.OneOf) == 0 {
		_, number := value.(int64)
		return number
	}
	return slices.ContainsFunc(a.OneOf, func(other any) bool {
		return typeOf(other).Equal(typeOf(value))
	})
}

// failingAnswers checks that answers of a failure are errors, and no answer that says more.
func (k *checker) failingAnswers(path []string, answers []int, o model.OperationType) {
	p := k.c.Promises
	k.statuses(path, answers)
	for i, status := range answers {
		where := below(path, strconv.Itoa(i))
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

// failurePolicy checks what is said of failures in general.
func (k *checker) failurePolicy() {
	p, path := k.c.Promises, at("promises")
	k.statuses(below(path, "failed"), p.Failed)
	k.oneOf(below(path, "failures"), p.Failures, "replayed", "executed", "refused")
	switch {
	case p.Failures == "refused" && len(p.Failed) == 0:
		k.wrong(below(path, "failures"), "add the statuses of that refusal, such as `failed: [409]`",
			"a repeat of what failed is refused, but no status says so")
	case p.Failures != "refused" && len(p.Failed) > 0:
		k.wrong(below(path, "failed"), "add `failures: refused`, or remove `failed`",
			"statuses of a refusal are declared, but what failed is not refused")
	}
	for _, name := range sortedKeys(k.c.Operations) {
		k.notFailed(at("operations", name, "ok"), k.c.Operations[name].OK)
	}
}

// notFailed checks that no status says both that an operation was done and that it failed.
func (k *checker) notFailed(path []string, ok []int) {
	for i, status := range ok {
		if slices.Contains(k.c.Promises.Failed, status) {
			k.wrong(below(path, strconv.Itoa(i)), "leave it in one of the two",
				"%d cannot be in both ok and promises.failed", status)
		}
	}
}

// replayBody checks that what a contract reads of answers does not lie in the field that only
// replays have.
func (k *checker) replayBody() {
	field, path := k.c.Promises.ReplayBody, at("promises", "replay_body")
	if field == "" {
		return
	}
	if !label.MatchString(field) {
		k.wrong(path, "write the name of a field at the top of the body, such as data",
			"%q cannot be the field that holds the first answer", field)
	}
	for _, name := range sortedKeys(k.c.Operations) {
		a := k.c.Operations[name].Answer
		where := at("operations", name, "answer")
		for _, read := range append(sortedKeys(a.Fields), a.Identity) {
			if top, _, _ := strings.Cut(read, "."); top == field {
				k.wrong(where, "write fields as the first answer has them, without promises.replay_body",
					"%q lies in the field that only replays have", read)
			}
		}
	}
}
