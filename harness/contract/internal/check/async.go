package check

import (
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/follow"
)

// checkAsync checks how an operation is done that is accepted first.
func checkAsync(k *checker, path []string, o model.OperationType) {
	a, where := o.Async, problem.Below(path, "async")
	if a == nil {
		return
	}
	if len(a.Accepted) == 0 {
		k.wrong(where, "add the statuses that say \"accepted\", such as `accepted: [202]`",
			"nothing says which answers accept the operation")
	}
	k.statuses(problem.Below(where, "accepted"), a.Accepted)
	p, accepted := k.c.Promises, statusList{"accepted", a.Accepted}
	for _, other := range []statusList{
		{"ok", o.OK},
		{"refused", o.Refused},
		{"promises.in_flight", p.InFlight},
		{"promises.transient", p.Transient},
		{"promises.done", p.Done},
	} {
		checkDisjoint(k, where, accepted, other)
	}
	checkPoll(k, problem.Below(where, "poll"), o)
	checkEnd(k, problem.Below(where, "done"), a.Done, true)
	checkEnd(k, problem.Below(where, "refused"), a.Refused, false)
	const maxWithin = time.Minute
	if every, within := a.Times(); every < time.Millisecond || within < every || within > maxWithin {
		k.wrong(where, "write an `every` of 1ms or more, and a `within` that is longer, up to 1m",
			"the state cannot be read every %s for %s", every, within)
	}
}

// checkPoll checks where the state of something accepted is read.
func checkPoll(k *checker, path []string, o model.OperationType) {
	poll, ways := o.Async.Poll, 0
	for _, way := range []string{poll.Path, poll.Header, poll.Field} {
		if way != "" {
			ways++
		}
	}
	switch {
	case ways != 1:
		k.wrong(path, "write one of `poll: {header: Location}`, `poll: {field: links.self}` and "+
			"`poll: {path: \"/jobs/{identity}\"}`", "it does not say in one way where the state is read")
	case poll.Header != "":
		k.header(problem.Below(path, "header"), poll.Header, "")
	case poll.Path != "" && o.Answer.Identity == "":
		k.wrong(problem.Below(path, "path"), "add `answer: {identity: FIELD}`, the field that names it",
			"{identity} stands for nothing: the answer's identity is not declared")
	case poll.Path != "":
		k.path(problem.Below(path, "path"), poll.Path, names{"identity": true})
	}
}

// checkEnd checks a state that is an end.
func checkEnd(k *checker, path []string, s follow.StateValues, needed bool) {
	switch {
	case s.Field == "" && len(s.Values) == 0 && !needed:
	case s.Field == "" || len(s.Values) == 0:
		k.wrong(path, "write both, such as `{field: status, values: [succeeded]}`",
			"it does not say by which values of which field the state is told")
	}
}
