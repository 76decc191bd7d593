package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// keyLength is how much of a key or a body a list of operations shows.
const keyLength = 40

// showOperations lists what a history's operations are: what is sent, under which key, and what one
// execution leaves behind.
func showOperations(p *page.Page, h *model.History) {
	for i, op := range h.Operations {
		tenant := ""
		if op.Tenant != "" {
			tenant = " as " + op.Tenant
		}
		what := fmt.Sprintf("%s: %s %s%s", op.Type, op.Method, op.Path, tenant)
		p.Lead(page.In(page.Bold, op.ID+"  "), page.In(page.None, what))
		p.Text(page.None, "     key   ", keyText(h.Operations[:i], op))
		if op.Trace != "" {
			p.Text(page.None, "     trace ", op.Trace)
		}
		if op.Body != "" {
			p.Text(page.None, "     body  ", words.Shorten(words.Clean(op.Body), 4*words.BodyLength))
		}
		if len(op.Effects) > 0 {
			p.Text(page.None, "     once  ", declaredText(op.Effects))
		}
	}
	p.Gap()
}

// keyText shows a key, and whether an earlier operation carries the same.
func keyText(before []model.Operation, op model.Operation) string {
	if op.Key == "" {
		return "none" + styleText(op)
	}
	text := words.Shorten(words.Clean(op.Key), keyLength) + styleText(op)
	same := slices.IndexFunc(before, func(b model.Operation) bool { return b.Key == op.Key })
	if same < 0 {
		return text
	}
	return text + ", the same as " + before[same].ID
}

// styleText says how a key is written that is not a plain one.
func styleText(op model.Operation) string {
	if op.KeyStyle == "" || op.KeyStyle == model.KeyPlain {
		return ""
	}
	return fmt.Sprintf(" (%s, %d bytes)", op.KeyStyle, len(op.Key))
}

func declaredText(effects []model.Effect) string {
	var out []string
	for _, e := range effects {
		out = append(out, strings.TrimSpace(e.Kind+" in "+e.Ledger))
	}
	return strings.Join(out, ", ")
}

// showPlanned lists operations with their attempts and faults.
func showPlanned(p *page.Page, c *model.Case) {
	p.Line(page.In(page.Bold, fmt.Sprintf("case %d", c.Index)), page.In(page.None, "  "+c.Scenario))
	for _, op := range c.Operations {
		p.Text(page.None, "  "+op.ID+"  ", plannedText(op))
		for i := range op.Attempts {
			p.Text(page.None, "     ", plannedAttempt(c, op, i))
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
	text := fmt.Sprintf("%s %s", words.Label(op.ID, i+1), what)
	if a.After > 0 {
		text += fmt.Sprintf(" after %s", a.After)
	}
	if a.Timeout > 0 {
		text += fmt.Sprintf(", timeout %s", a.Timeout)
	}
	for _, f := range c.FaultsAt(op.ID, i+1) {
		text += ", ✂ " + words.FaultText(f)
	}
	return text
}

// Plan lists what a plan will send, case by case: operations, attempts and the faults of
// them.
func Plan(w io.Writer, plan model.Plan, opts TextOptions) error {
	p := page.New(opts)
	p.Line(page.In(page.Bold, words.Plural(len(plan.Cases), "case", "cases")),
		page.In(page.None, seedText(plan.Seed)))
	for i := range plan.Cases {
		p.Gap()
		showPlanned(p, &plan.Cases[i])
	}
	return p.Print(w, "a plan")
}

// showReplicas says which replicas the attempts of a history went to besides the first.
func showReplicas(p *page.Page, d *Document) {
	var numbers []int
	for _, e := range d.History.Events {
		if e.Kind == model.Invoke && e.Replica > 0 {
			numbers = append(numbers, e.Replica)
		}
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	for _, n := range numbers {
		at := "another instance of the service"
		if all := d.Contract.Target.Replicas; n <= len(all) {
			at = Visible(all[n-1])
		}
		p.Put("", "@%d  replica %d, %s; everything without @ goes to the first", n, n, at)
	}
	if len(numbers) > 0 {
		p.Gap()
	}
}
