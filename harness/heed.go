package harness

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
)

// wait waits until an attempt of an operation may be sent.
func (r *runner) wait(ctx context.Context, op *bound) error {
	if r.conditions == nil {
		return r.limit.Wait(ctx)
	}
	return r.conditions.limits.wait(ctx, op.name())
}

// name is what tells an operation from others in what the service refuses: its key or, without one,
// its marker.
func (o *bound) name() string { return cmp.Or(o.record.Key, o.record.Mark) }

// heed learns from what came of an attempt what a run must know besides: that the credentials work,
// that the rate is limited, that credentials are refused. Where the reason may lie in the key or in
// the service as a whole, a reading is sent: it has no key.
func (d *driver) heed(ctx context.Context, op *bound, a chaos.Attempt, out chaos.Outcome) {
	c := d.runner.conditions
	if c == nil || throttledByUs(d.plan, a.Operation, a.Number) {
		return
	}
	c.outage.heed(op, a, out, d.runner.contract)
	if out.Answer == nil {
		if a.Final {
			d.probe(ctx, op.Tenant)
		}
		return
	}
	status := out.Answer.Status
	outcome := d.runner.contract.Classify(op.Type, out.Answer)
	switch {
	case outcome == model.OK:
		c.credentials.note(op.Tenant, http.StatusOK)
	case outcome == model.Info && unauthorized(status):
		if !d.probe(ctx, op.Tenant) {
			c.credentials.note(op.Tenant, status)
		}
	case slices.Contains(d.runner.contract.Promises.InFlight, status):
	case refuses(op.name(), status, out.RetryAfter):
		c.limits.refused(op.name(), status, out.RetryAfter)
	}
}

// probe reads something of a tenant, so that it is known whether the service answers others than
// the key at hand, and whom. It returns false when there is nothing to read, or nothing came of
// it.
func (b *binding) probe(ctx context.Context, tenant string) bool {
	c := b.runner.contract
	ctx, cancel := context.WithTimeout(ctx, max(timeout(c), c.Recovery()))
	defer cancel()
	for _, inst := range b.resources {
		if inst.tenant != tenant {
			continue
		}
		var sent bool
		var err error
		if c.Resources[inst.Type].Read != nil {
			sent, err = true, b.readState(ctx, inst, func(string, any) {})
		} else {
			err = b.eachItem(ctx, inst, func(string, any) error { sent = true; return nil })
		}
		var status *StatusError
		if sent || err != nil {
			return err == nil || errors.As(err, &status)
		}
	}
	return false
}

// heed learns the same from the answer to a message without faults.
func (p *plain) heed(tenant string, resp *http.Response) {
	if p.conditions == nil {
		return
	}
	p.conditions.credentials.note(tenant, resp.StatusCode)
	after := retryAfter(resp.Header)
	if refuses(reader, resp.StatusCode, after) {
		p.conditions.limits.refused(reader, resp.StatusCode, after)
	}
}

// retryAfter reads how long an answer asks to wait, in seconds; zero when it does not.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil {
		return 0
	}
	return max(0, time.Duration(seconds)*time.Second)
}

// timed files how long a reading takes; the function it returns is to be called at its end.
func (p *plain) timed(method string) (end func(answered bool)) {
	if p.conditions == nil || method != http.MethodGet {
		return func(bool) {}
	}
	return p.conditions.readings.begin()
}

// ready waits until a message without a key may be sent.
func (p *plain) ready(ctx context.Context) error {
	if p.conditions == nil {
		return nil
	}
	return p.conditions.limits.wait(ctx, reader)
}
