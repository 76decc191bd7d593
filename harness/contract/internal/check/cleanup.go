package check

import (
	"maps"
	"slices"
	"strconv"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// checkCleanUps looks at the messages that are sent when a case or a run is over.
func checkCleanUps(k *checker) {
	for i := range k.c.CleanUp {
		checkCleanUp(k, problem.At("cleanup", strconv.Itoa(i)), &k.c.CleanUp[i])
	}
}

func checkCleanUp(k *checker, path []string, hook *exchange.CleanUp) {
	known := names{"run": true}
	knowSession(k, known)
	if hook.Per != "" && hook.Operation != "" {
		k.wrong(path, "write two messages", "the message is for resources and for operations")
	}
	if hook.Per != "" {
		k.known(problem.Below(path, "per"), hook.Per, slices.Sorted(maps.Keys(k.c.Resources)),
			"resource")
		known["id"], known["unique"] = true, true
	}
	if hook.Operation != "" {
		k.known(problem.Below(path, "operation"), hook.Operation,
			slices.Sorted(maps.Keys(k.c.Operations)), "operation")
		known["identity"], known["key"], known["mark"] = true, true, true
	}
	if hook.Method != "" {
		k.method(problem.Below(path, "method"), hook.Method)
	}
	k.path(problem.Below(path, "path"), hook.Path, known)
	m := hook.Message()
	checkContent(k, path, m.Content(), known)
	checkPlainHeaders(k, problem.Below(path, "headers"), m.Headers, known)
	k.statuses(problem.Below(path, "ok"), hook.OK)
}
