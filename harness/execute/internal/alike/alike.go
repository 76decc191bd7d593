// Package alike finds operations that look like one operation on the wire.
package alike

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// Groups lists the places of operations that a service may take for one another, in their order. An
// operation like none other is a group of its own.
func Groups(c *model.Contract, operations []*model.Operation) [][]int {
	var groups [][]int
	for i, op := range operations {
		group := []int{i}
		groups = slices.DeleteFunc(groups, func(g []int) bool {
			like := slices.ContainsFunc(g, func(j int) bool { return two(c, operations[j], op) })
			if like {
				group = append(group, g...)
			}
			return like
		})
		slices.Sort(group)
		groups = append(groups, group)
	}
	return groups
}

// two reports whether a service may take two operations for one: they carry one key or, where one
// of them carries none, their payloads have the same correlation ID or are the same.
func two(c *model.Contract, a, b *model.Operation) bool {
	if c.Key.Header != "" && a.Key != "" && b.Key != "" {
		return a.Key == b.Key
	}
	return a.CorrelationID == b.CorrelationID || a.Key != "" && a.Key == b.Key ||
		a.Method == b.Method && a.Path == b.Path && a.Body == b.Body
}
