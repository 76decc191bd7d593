// Package observe reads what a service did: its ledgers, its state and what its answers name. It
// judges nothing.
package observe

import (
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/before"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model"
)

// Instance is one fresh resource of one tenant.
type Instance struct {
	model.Resource
	// Tenant is its owner, and Needs what it was made from, by name.
	Tenant string
	// ID is what the service calls it; Prefix is "tenant/name", its name in states.
	ID     string
	Prefix string
	// Unique is the name nobody used before, the same for every tenant unless tenants share names.
	Unique string
	Needs  map[string]*Instance
	// base are the ledger items that were there before the first operation, by ledger.
	base map[string]before.Items
}

// Add puts an instance and what it was made from into template values.
func (i *Instance) Add(vars template.Vars, name string) {
	vars[name] = i.ID
	vars[name+".id"] = i.ID
	vars[name+".unique"] = i.Unique
	for need, inst := range i.Needs {
		inst.Add(vars, name+"."+need)
	}
}

// EffectReader reads the effects and the state that belong to one case. It judges nothing.
type EffectReader struct {
	Plain *Client
	// Readers read what the service does not show over HTTP.
	Readers elsewhere.Readers
	// tenants are those of the case; Resources and Operations come as they are made.
	tenants    []string
	Resources  []*Instance
	Operations []*model.Operation
	// Initial is the state before the first operation.
	Initial model.State
	// fields are the item fields that operations declare, by ledger.
	fields map[string][]string
	// base are the items that stood in ledgers of no resource before the first operation, where items
	// do not say whose they are; by ledger and tenant.
	base map[[2]string]before.Items
}

// New makes the observer of a case that uses some tenants.
func New(p *Client, tenants []string) *EffectReader {
	return &EffectReader{
		Plain: p, tenants: tenants, Initial: model.State{}, fields: declaredFields(p.Contract),
	}
}

// declaredFields lists the item fields that operations declare, by ledger.
func declaredFields(c *model.Contract) map[string][]string {
	out := map[string][]string{}
	for _, t := range c.Operations {
		for _, e := range t.Effects {
			fields := slices.Concat(out[e.Ledger], slices.Sorted(maps.Keys(e.Fields)))
			slices.Sort(fields)
			out[e.Ledger] = slices.Compact(fields)
		}
	}
	return out
}
