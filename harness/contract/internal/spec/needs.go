package spec

import (
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// maxDepth bounds how far needs are followed, for contracts that were made in Go and never checked
// for circles.
const maxDepth = 8

// MaxPaths bounds how many needs are followed: those that branch double with every level.
const MaxPaths = 200

// NeedPaths maps what a resource is made from to its type, by dotted path ("account",
// "account.bank").
func NeedPaths(c *model.Contract, r model.ResourceType) map[string]string {
	out := map[string]string{}
	addNeeds(c, out, "", r.Needs)
	return out
}

func addNeeds(c *model.Contract, out map[string]string, prefix string, needs map[string]string) {
	if strings.Count(prefix, ".") >= maxDepth {
		return
	}
	for name, typ := range needs {
		if r, ok := c.Resources[typ]; ok && len(out) < MaxPaths {
			out[prefix+name] = typ
			addNeeds(c, out, prefix+name+".", r.Needs)
		}
	}
}

// ResourcePaths maps every resource that an operation reaches to its type, by dotted path: its
// resource arguments ("charge") and what those were made from ("charge.account").
// [model.Operation.Args] needs an entry for each.
func ResourcePaths(c *model.Contract, operation string) map[string]string {
	args := map[string]string{}
	for name, arg := range c.Operations[operation].Args {
		if arg.Resource != "" {
			args[name] = arg.Resource
		}
	}
	out := map[string]string{}
	addNeeds(c, out, "", args)
	return out
}
