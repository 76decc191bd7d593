package setup

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/internal/prepared"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/model"
)

// Before sends the steps before an operation, unless another operation shares what they made, and
// adds what they captured to the values of its templates.
func (m *Maker) Before(ctx context.Context, op *model.PlannedOperation, vars template.Vars) error {
	name := prepared.Name(m.contract, op)
	if name == "" {
		return nil
	}
	if _, known := m.made[name]; !known {
		made, err := m.steps(ctx, op, vars)
		if err != nil {
			return err
		}
		m.made[name] = made
	}
	maps.Copy(vars, m.made[name])
	return nil
}

// steps sends the steps before an operation, and returns what they captured.
func (m *Maker) steps(
	ctx context.Context, op *model.PlannedOperation, vars template.Vars,
) (template.Vars, error) {
	before, known := m.contract.Operations[op.Type].Before, maps.Clone(vars)
	out := template.Vars{}
	for i := range before {
		step := &before[i]
		at := []string{"operations", op.Type, "before", strconv.Itoa(i)}
		found, missing, err := m.observer.Plain.Step(ctx, observe.BoundMessage{
			Tenant: op.Tenant, Message: step.Message(), Vars: known, Nonce: m.nonce, Once: true,
			Key: model.KeyPlan{
				Name: fmt.Sprint("before-", op.ID, "-", op.Tenant, "-", i), Style: model.KeyPlain,
			},
		}, step.Capture)
		if err != nil {
			err = m.observer.Plain.Unfit(err, at...)
			return nil, fmt.Errorf("before %s, %s: %w%s", op.ID, step.Title(), err,
				advice(err, fmt.Sprintf("operations.%s.before[%d]", op.Type, i)))
		}
		if missing != "" {
			err := fmt.Errorf("before %s, %s: its answer does not have what "+
				"operations.%s.before[%d].capture.%s names", op.ID, step.Title(), op.Type, i, missing)
			return nil, m.observer.Plain.Unfit(witness.NotAsDeclared(err),
				append(at, "capture", missing)...)
		}
		maps.Copy(known, found)
		maps.Copy(out, found)
	}
	return out, nil
}

// Key returns the value of an operation's key and the header lines that carry it. Where the service
// makes the keys, the steps of the first operation that has a key by plan captured it.
func (m *Maker) Key(op *model.PlannedOperation, vars template.Vars) (key string, lines []string) {
	from := m.contract.Key.From
	if from == "" || op.Key.Style != model.KeyPlain {
		return keyform.Lines(m.contract, op.Key, m.nonce)
	}
	if _, known := m.keys[op.Key]; !known {
		m.keys[op.Key] = fmt.Sprint(vars[from])
	}
	return keyform.Carry(m.contract, op.Key.Style, m.keys[op.Key])
}
