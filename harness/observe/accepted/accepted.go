// Package accepted reads what became of operations that a service accepted first and does later.
package accepted

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/observe/nextpage"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/value"
)

// Outcomes reads what became of everything that was accepted, until it came to an end or the
// contract's time is over, and returns an event for each.
func Outcomes(
	ctx context.Context, p *observe.Client, operations []*model.Operation, events []model.Event,
) []model.Event {
	var out []model.Event
	for _, op := range operations {
		for _, at := range placesOf(p.Contract, op, events) {
			out = append(out, untilEnd(ctx, p, op, at))
		}
	}
	return out
}

// place is where something accepted is read: a path of the contract with its identity, or an
// address that the answer named.
type place struct{ path, identity, address string }

// placesOf lists the places of what an operation was told to be accepted, each once. An accepting
// answer that names none is a place without an address.
func placesOf(c *model.Contract, op *model.Operation, events []model.Event) []place {
	var out []place
	for _, e := range events {
		answered := e.Kind == model.Return || e.Kind == model.Answered
		if !answered || e.Operation != op.ID || !c.Accepts(op.Type, e.Answer) {
			continue
		}
		if at := placeOf(c.Operations[op.Type], e.Answer); !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

func placeOf(t model.OperationType, a *model.Answer) place {
	switch poll := t.Async.Poll; {
	case poll.Path != "":
		return place{path: poll.Path, identity: value.Text(a.Field(t.Answer.Identity))}
	case poll.Header != "":
		return place{address: a.Headers[poll.Header]}
	default:
		return place{address: value.Text(a.Field(poll.Field))}
	}
}

// untilEnd reads one place again and again until it shows an end.
func untilEnd(ctx context.Context, p *observe.Client, op *model.Operation, at place) model.Event {
	async := p.Contract.Operations[op.Type].Async
	every, within := async.Times()
	out := model.Event{
		Kind: model.Polled, Operation: op.ID, Value: model.PollPending,
		Name: p.Mask.Text(cmp.Or(at.address, at.identity, "nothing that the answer names")),
	}
	if at.address == "" && at.identity == "" {
		return out
	}
	for begun := time.Now(); ; {
		answer, err := p.Send(ctx, pollMessage(p.Base, op, at))
		if err != nil {
			out.Err = err.Error()
		} else if out.Value = ended(async, answer); out.Value != model.PollPending {
			out.Answer, out.Err = polledAnswer(p, answer), ""
			return out
		}
		if time.Since(begun) >= within || sleep.For(ctx, every) != nil {
			return out
		}
	}
}

// pollMessage is the message that reads a place.
func pollMessage(base *url.URL, op *model.Operation, at place) observe.BoundMessage {
	if at.path != "" {
		return observe.BoundMessage{
			Message: model.Message{Path: at.path}, Tenant: op.Tenant,
			Vars: template.Vars{"identity": at.identity},
		}
	}
	return observe.BoundMessage{
		Message: model.Message{Path: "/"}, Tenant: op.Tenant,
		At: func(string) (string, error) {
			path, err := nextpage.Linked(base, op.Path, at.address)
			if err != nil {
				return "", fmt.Errorf("where %s was accepted: %w", op.ID, err)
			}
			return path, nil
		},
	}
}

// ended is what an answer says of something accepted.
func ended(async *follow.Async, answer any) string {
	field := func(path string) any { return value.Normal(value.Lookup(answer, path)) }
	switch {
	case async.Refused.Holds(field):
		return model.PollRefused
	case async.Done.Holds(field):
		return model.PollDone
	}
	return model.PollPending
}

// polledAnswer is an answer as histories hold it; nil when it is too long to be kept.
func polledAnswer(p *observe.Client, answer any) *model.Answer {
	const status, maxBody = 200, 64 << 10
	body, err := json.Marshal(answer)
	if err != nil || len(body) > maxBody {
		return nil
	}
	return &model.Answer{Status: status, Body: p.Mask.Text(string(body))}
}
