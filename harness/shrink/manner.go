package shrink

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// How a violation came about.
const (
	plainly = ""       // without any fault
	raced   = "race"   // several messages of one key were at work at the same time
	faulty  = "faults" // after any other fault
)

// manner is how a violation of some operations came about in a case.
func manner(c *model.Case, h *model.History, operations []string) string {
	copied := func(f fault.Fault) bool { return f.Kind.Traits().Copied != fault.Single }
	switch {
	case slices.ContainsFunc(c.Faults, copied), h != nil && overlapping(h, operations):
		return raced
	case len(c.Faults) == 0:
		return plainly
	}
	return faulty
}

// overlapping reports whether the service had more than one message of a key at once, which one of
// some operations carried.
func overlapping(h *model.History, operations []string) bool {
	keys, open := map[string]string{}, map[string]int{}
	for _, op := range h.Operations {
		keys[op.ID] = op.Key
	}
	for _, e := range h.Events {
		key := keys[e.Operation]
		switch e.Kind {
		case model.Sent:
			open[key]++
		case model.Answered:
			open[key]--
		}
		carried := func(id string) bool { return keys[id] == key }
		if open[key] > 1 && slices.ContainsFunc(operations, carried) {
			return true
		}
	}
	return false
}
