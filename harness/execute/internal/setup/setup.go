// Package setup makes what must exist before the operations of a case are sent: its resources, and
// what the steps before an operation make.
package setup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/model"
)

// Maker makes what one case needs.
type Maker struct {
	observer *observe.EffectReader
	contract *model.Contract
	nonce    string
	// made is what was captured before operations, by the name of what they share, and keys are those
	// that the service made, by the plan's.
	made map[string]template.Vars
	keys map[model.KeyPlan]string
}

// New makes the maker of a case whose names and keys have a nonce. What it makes is known to the
// observer.
func New(o *observe.EffectReader, nonce string) *Maker {
	return &Maker{
		observer: o, contract: o.Plain.Contract, nonce: nonce,
		made: map[string]template.Vars{}, keys: map[model.KeyPlan]string{},
	}
}

// Resource makes one resource of a tenant at the target, with a fresh key.
func (m *Maker) Resource(ctx context.Context, res model.Resource, tenant string) error {
	typ, ok := m.contract.Resources[res.Type]
	if !ok {
		return fmt.Errorf("setting up %s: the contract has no resource %q", res.Name, res.Type)
	}
	inst := &observe.Instance{
		Resource: res, Tenant: tenant, Prefix: tenant + "/" + res.Name,
		Unique: "ic-" + m.nonce + "-" + res.Name, Needs: map[string]*observe.Instance{},
	}
	if typ.Shared != nil && *typ.Shared {
		inst.Unique += "-" + tenant
	}
	vars := template.Vars{"unique": inst.Unique}
	for name, needed := range typ.Needs {
		if inst.Needs[name] = m.need(needed, tenant); inst.Needs[name] == nil {
			return fmt.Errorf("setting up %s: the plan has no %s for it", res.Name, needed)
		}
		inst.Needs[name].Add(vars, name)
	}
	key := model.KeyPlan{Name: "setup-" + res.Name + "-" + tenant, Style: model.KeyPlain}
	vars["key"], _ = keyform.Lines(m.contract, key, m.nonce)
	id, why, err := m.observer.Plain.Create(ctx, observe.BoundMessage{
		Tenant: tenant, Message: typ.Create, Vars: vars,
		Key: key, Nonce: m.nonce,
	}, typ)
	if err != nil {
		err = m.observer.Plain.Unfit(err, "resources", res.Type, "create")
		return fmt.Errorf("setting up %s: %w%s", res.Name, err,
			advice(err, "resources."+res.Type+".create"))
	}
	if inst.ID = id; why != "" {
		err := fmt.Errorf("setting up %s: its answer has %s (resources.%s.id)",
			res.Name, why, res.Type)
		return m.observer.Plain.Unfit(witness.NotAsDeclared(err), "resources", res.Type, "id")
	}
	m.observer.Resources = append(m.observer.Resources, inst)
	return nil
}

// need returns the first instance of a type for a tenant, or nil.
func (m *Maker) need(typ, tenant string) *observe.Instance {
	for _, inst := range m.observer.Resources {
		if inst.Type == typ && inst.Tenant == tenant {
			return inst
		}
	}
	return nil
}

// advice says what to look at when something could not be made.
func advice(err error, line string) string {
	var status *observe.StatusError
	switch {
	case !errors.As(err, &status):
		return ""
	case conditions.Unauthorized(status.Status):
		return "; check target.headers and tenants.*.headers"
	}
	return "; check " + line
}

// AddArgs puts an instance's names in states into the arguments that the model sees.
func AddArgs(i *observe.Instance, op *model.Operation, name string) {
	op.Args[name] = i.Prefix
	op.Resources = append(op.Resources, i.Prefix)
	for _, need := range slices.Sorted(maps.Keys(i.Needs)) {
		AddArgs(i.Needs[need], op, name+"."+need)
	}
}
