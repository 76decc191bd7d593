// Package cleanup sends what deletes what a case or a run made. It never changes a verdict.
package cleanup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// limit bounds the messages of one case, or of the end of a run, and afterwards what is left of
// that once the run was interrupted or the case took too long.
const limit, afterwards = 5 * time.Second, 500 * time.Millisecond

// Report counts what was sent by all cases of a run. Its zero value has sent nothing.
type Report struct {
	mu sync.Mutex
	// sent and failed count messages, and first is the first failure. All are protected by mu.
	sent, failed int
	first        string
}

// Notes say what was sent, and what failed; none where nothing was.
func (r *Report) Notes() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.sent == 0:
		return nil
	case r.failed == 0:
		return []string{fmt.Sprintf("cleanup: %d messages were sent", r.sent)}
	}
	return []string{fmt.Sprintf("cleanup: %d of %d messages failed, the first: %s",
		r.failed, r.sent, r.first)}
}

// file counts a message; text hides secrets.
func (r *Report) file(err error, text func(string) string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent++
	if err == nil {
		return
	}
	if r.failed++; r.failed == 1 {
		r.first = text(err.Error())
	}
}

// Hooks send the messages of one case, or of the end of a run.
type Hooks struct {
	// Client sends without faults, and Run is the name of the run.
	Client *observe.Client
	Run    string
	Report *Report
}

// Case sends what is to be sent after a case. Its context may have ended.
func (h Hooks) Case(ctx context.Context, o *observe.EffectReader, events []model.Event) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	c := h.Client.Contract
	for i := range c.CleanUp {
		hook := &c.CleanUp[i]
		for _, inst := range o.Resources {
			if inst.Type == hook.Per {
				h.send(ctx, hook, inst.Tenant, template.Vars{"id": inst.ID, "unique": inst.Unique})
			}
		}
		for _, op := range o.Operations {
			id := observe.Acknowledged(c, op, events)
			if op.Type == hook.Operation && id != "" {
				h.send(ctx, hook, op.Tenant,
					template.Vars{"identity": id, "key": op.Key, "mark": op.CorrelationID})
			}
		}
	}
}

// End sends what is to be sent at the end of a run. Its context may have ended.
func (h Hooks) End(ctx context.Context) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	c := h.Client.Contract
	for i := range c.CleanUp {
		if hook := &c.CleanUp[i]; hook.AfterRun() {
			for _, tenant := range c.TenantNames() {
				h.send(ctx, hook, tenant, template.Vars{})
			}
		}
	}
}

// bounded goes on for a while when a context ends.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(afterwards, cancel) })
	return out, func() { stop(); cancel() }
}

// send sends one message. What is gone already needs no cleaning.
func (h Hooks) send(
	ctx context.Context, hook *exchange.CleanUp, tenant string, vars template.Vars,
) {
	client := *h.Client
	client.Conditions, client.Witness = nil, nil // what is learned of it is nothing of the run's
	vars["run"] = h.Run
	m := observe.BoundMessage{Message: hook.Message(), Tenant: tenant, Vars: vars}
	_, _, err := client.Step(ctx, m, nil)
	status, refused := errors.AsType[*observe.StatusError](err)
	if refused && len(hook.OK) == 0 &&
		(status.Status == http.StatusNotFound || status.Status == http.StatusGone) {
		err = nil
	}
	h.Report.file(err, client.Mask.Text)
}
