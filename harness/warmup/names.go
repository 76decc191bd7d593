package warmup

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// maxStrange is how many types of operations two tenants do on resources of one name.
const maxStrange = 4

// learnNames finds out, where the contract does not say, whether tenants share the names of
// resources. A few operations without faults, keys and correlation IDs all different, are right
// under common names only if each tenant has resources of its own. When they are not, and are under
// names that differ, names differ from then on, and the plan is saved with that.
func learnNames(ctx context.Context, r *trial.Runner, p *model.Plan) (lesson, error) {
	c, meet := strangers(p, r.Exec.Contract)
	if !meet || rehearse(ctx, r, c).Verdict.Verdict == verdict.Valid {
		return lesson{}, r.Fatal()
	}
	own := r.By(withOwnNames(r.Exec.Contract))
	if rehearse(ctx, own, c).Verdict.Verdict != verdict.Valid {
		return lesson{}, r.Fatal() // it is something else
	}
	p.Contract = *withOwnNames(&p.Contract)
	return lesson{what: "names of each tenant's own", runner: own}, nil
}

// strangers is a case in which two tenants, one after the other, do operations on resources of the
// same names; false when no case of the plan has two tenants, or nothing is left to find out.
func strangers(p *model.Plan, c *model.Contract) (model.Case, bool) {
	var out model.Case
	open := func(t model.ResourceType) bool { return t.Shared == nil }
	two := slices.ContainsFunc(p.Cases, func(one model.Case) bool { return len(one.Tenants()) > 1 })
	if !two || !slices.ContainsFunc(slices.Collect(maps.Values(c.Resources)), open) {
		return out, false
	}
	plan, err := plan.WarmUp(c)
	if err != nil {
		return out, false // the warm-up said so
	}
	names := c.TenantNames()
	met := map[string]bool{}
	for _, one := range plan.Cases {
		op := one.Operations[0]
		if met[op.Type] || len(one.Resources) == 0 || len(met) == maxStrange {
			continue
		}
		met[op.Type] = true
		join(&out, one, names[0], names[1])
	}
	return out, len(met) > 0
}

// join adds the operation of a case to another case, once for each of some tenants.
func join(to *model.Case, from model.Case, tenants ...string) {
	for _, tenant := range tenants {
		joinOne(to, from.Clone().Operations[0], tenant)
	}
	to.Resources = lists.Distinct(append(to.Resources, from.Resources...))
}

// joinOne adds an operation of a tenant, with a key and a correlation ID of its own.
func joinOne(to *model.Case, op model.PlannedOperation, tenant string) {
	n := len(to.Operations)
	op.ID, op.Tenant = plan.OperationID(n), tenant
	op.Key.Name, op.CorrelationID = fmt.Sprintf("k%d", n+1), fmt.Sprintf("m%d", n+1)
	to.Operations = append(to.Operations, op)
}

// withOwnNames returns a copy of a contract by which tenants share names that it did not say are
// not shared.
func withOwnNames(c *model.Contract) *model.Contract {
	return withShared(c, func(string) *bool { return new(true) })
}

// withShared says of each type of resource of which that is not said whether tenants share names.
func withShared(c *model.Contract, shared func(typ string) *bool) *model.Contract {
	return withResources(c, func(name string, t *model.ResourceType) {
		if t.Shared == nil {
			t.Shared = shared(name)
		}
	})
}

// withResources is a contract with changed types of resources.
func withResources(
	c *model.Contract, change func(name string, t *model.ResourceType),
) *model.Contract {
	out := *c
	out.Resources = maps.Clone(c.Resources)
	for name, t := range out.Resources {
		change(name, &t)
		out.Resources[name] = t
	}
	return &out
}

// withNamesOf returns a contract with what a run found out about names, as its plan says.
func withNamesOf(plan, c *model.Contract) *model.Contract {
	return withShared(c, func(typ string) *bool { return plan.Resources[typ].Shared })
}
