package judge

import (
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge/internal/union"
)

// partition is a set of operations that share resources, judged apart from the others.
type partition struct {
	operations []*operationView
	resources  map[string]bool
}

// partitions groups operations by common resources, in the order of their first operations.
func (ix *index) partitions() []*partition {
	group := union.New(len(ix.operations))
	owner := map[string]int{}
	for _, s := range ix.operations {
		for _, r := range s.Resources {
			if first, owned := owner[r]; owned {
				group.Join(first, s.index)
			} else {
				owner[r] = s.index
			}
		}
	}
	var parts []*partition
	of := map[int]*partition{}
	for _, s := range ix.operations {
		p := of[group.Find(s.index)]
		if p == nil {
			p = &partition{resources: map[string]bool{}}
			of[group.Find(s.index)] = p
			parts = append(parts, p)
		}
		p.operations = append(p.operations, s)
		for _, r := range s.Resources {
			p.resources[r] = true
		}
	}
	return parts
}

// byResource lists the variables of each resource, "tenant/resource.variable", of two states.
func byResource(states ...model.State) map[string][]string {
	out := map[string][]string{}
	seen := map[string]bool{}
	for _, s := range states {
		for name := range s {
			if i := strings.LastIndexByte(name, '.'); i > 0 && !seen[name] {
				out[name[:i]] = append(out[name[:i]], name)
				seen[name] = true
			}
		}
	}
	return out
}

// state keeps the variables of the partition's resources.
func (p *partition) state(all model.State, names map[string][]string) model.State {
	out := model.State{}
	for r := range p.resources {
		for _, name := range names[r] {
			if value, known := all[name]; known {
				out[name] = value
			}
		}
	}
	return out
}

// executed lists the operations that were answered ok.
func (p *partition) executed() []*operationView {
	return lists.Where(p.operations, func(s *operationView) bool {
		return len(s.answers(model.OK)) > 0
	})
}
