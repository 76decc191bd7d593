package reports

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// keyLength is how much of a key or a body a list of operations shows.
const keyLength = 40

// operations lists what a history's operations are: what is sent, under which key, and what one
// execution leaves behind.
func (p *page) operations(h *model.History) {
	for i, op := range h.Operations {
		tenant := ""
		if op.Tenant != "" {
			tenant = " as " + op.Tenant
		}
		what := fmt.Sprintf("%s: %s %s%s", op.Type, op.Method, op.Path, tenant)
		p.lead(span{bold, op.ID + "  "}, span{none, what})
		p.text(none, "     key   ", keyText(h.Operations[:i], op))
		if op.Body != "" {
			p.text(none, "     body  ", shorten(clean(op.Body), 4*bodyLength))
		}
		if len(op.Effects) > 0 {
			p.text(none, "     once  ", declaredText(op.Effects))
		}
	}
	p.gap()
}

// keyText shows a key, and whether an earlier operation carries the same.
func keyText(before []model.Operation, op model.Operation) string {
	text := shorten(clean(op.Key), keyLength)
	if op.Key == "" {
		text = "none"
	}
	if op.KeyStyle != "" && op.KeyStyle != model.KeyPlain {
		text += fmt.Sprintf(" (%s, %d bytes)", op.KeyStyle, len(op.Key))
	}
	for _, b := range before {
		if op.Key != "" && b.Key == op.Key {
			return text + ", the same as " + b.ID
		}
	}
	return text
}

func declaredText(effects []model.Effect) string {
	var out []string
	for _, e := range effects {
		out = append(out, strings.TrimSpace(e.Kind+" in "+e.Ledger))
	}
	return strings.Join(out, ", ")
}

// plannedCase lists operations with their attempts and faults.
func (p *page) plannedCase(c *model.Case) {
	p.line(span{bold, fmt.Sprintf("case %d", c.Index)}, span{none, "  " + c.Scenario})
	for _, op := range c.Operations {
		p.text(none, "  "+op.ID+"  ", plannedText(op))
		for i := range op.Attempts {
			p.text(none, "     ", plannedAttempt(c, op, i))
		}
	}
}

func plannedText(op model.PlannedOperation) string {
	text := fmt.Sprintf("client %d: %s", op.Client, op.Type)
	if op.Tenant != "" {
		text += " as " + op.Tenant
	}
	text += fmt.Sprintf(", key %s", op.Key.Name)
	if op.Key.Style != "" && op.Key.Style != model.KeyPlain {
		text += fmt.Sprintf(" (%s, variant %d)", op.Key.Style, op.Key.Variant)
	}
	if op.Await != "" {
		text += ", awaits " + op.Await
	}
	if op.After > 0 {
		text += fmt.Sprintf(", after %s", op.After)
	}
	return text
}

func plannedAttempt(c *model.Case, op model.PlannedOperation, i int) string {
	a, what := op.Attempts[i], "retry"
	if a.Repeat || i == 0 {
		what = "attempt"
	}
	text := fmt.Sprintf("%s %s", label(op.ID, i+1), what)
	if a.After > 0 {
		text += fmt.Sprintf(" after %s", a.After)
	}
	if a.Timeout > 0 {
		text += fmt.Sprintf(", timeout %s", a.Timeout)
	}
	for _, f := range c.FaultsAt(op.ID, i+1) {
		text += ", ✂ " + faultText(f)
	}
	return text
}
