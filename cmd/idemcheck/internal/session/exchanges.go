package session

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports"
)

// shownBody is how much of a body is shown.
const shownBody = 300

// exchanges shows what was sent and what was answered, case by case. Histories hold no secret.
type exchanges struct {
	out io.Writer
	// key is the header of the idempotency key.
	key string
	mu  sync.Mutex
}

// show writes the exchanges of a case at once, so that those of cases side by side are not mixed.
func (x *exchanges) show(h *model.History) {
	if x == nil {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "case %d (%s)\n", h.Case, cmp.Or(h.Scenario, "warm-up"))
	by := map[string]*model.Operation{}
	for i := range h.Operations {
		op := &h.Operations[i]
		if by[op.ID] = op; op.Trace != "" {
			fmt.Fprintf(&b, "  %s  trace %s\n", op.ID, op.Trace)
		}
	}
	for i := range h.Events {
		if e := &h.Events[i]; by[e.Operation] != nil {
			b.WriteString(x.line(by[e.Operation], e))
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	_, _ = io.WriteString(x.out, b.String()) // who closed standard error wants to see nothing
}

// line is what an event adds; "" for what is no part of an exchange.
func (x *exchanges) line(op *model.Operation, e *model.Event) string {
	who := fmt.Sprintf("  %9.2fms  %s.%d", float64(e.At.Microseconds())/1000, e.Operation, e.Attempt)
	switch e.Kind {
	case model.Invoke:
		key := ""
		if op.Key != "" {
			key = "  " + cmp.Or(x.key, "key") + ": " + op.Key
		}
		return who + " ▶ " + reports.Visible(op.Method+" "+op.Path+key+"  "+short(op.Body)) + "\n"
	case model.Return:
		if e.Answer == nil {
			return who + " ◀ no answer: " + reports.Visible(e.Err) + "\n"
		}
		said := fmt.Sprint(e.Answer.Status, " ", short(e.Answer.Body))
		return who + " ◀ " + reports.Visible(said) + "\n"
	}
	return ""
}

// short is the beginning of a body.
func short(body string) string {
	if len(body) > shownBody {
		return strings.ToValidUTF8(body[:shownBody], "") + "…"
	}
	return body
}
