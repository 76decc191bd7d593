package request

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// UsedResources keeps the resources that operations name and those that they need.
func UsedResources(c model.Case, contract *model.Contract) []model.Resource {
	used := map[string]bool{}
	for _, op := range c.Operations {
		for _, v := range op.Args {
			if name, ok := v.(string); ok {
				used[name] = true
			}
		}
	}
	for i := len(c.Resources) - 1; i >= 0; i-- {
		res := c.Resources[i]
		if !used[res.Name] {
			continue
		}
		for _, need := range contract.Resources[res.Type].Needs {
			used[FirstOf(c.Resources, need)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(c.Resources), func(r model.Resource) bool {
		return !used[r.Name]
	})
}

// FirstOf names the first resource of a type.
func FirstOf(all []model.Resource, typ string) string {
	for _, r := range all {
		if r.Type == typ {
			return r.Name
		}
	}
	return ""
}
