package judge

import (
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// sameRequests folds operations whose requests are the same bytes into the first of them: a service
// cannot tell them apart, so they are one operation ("Readings" in the package comment). Operations
// without a key where keys are optional stay apart: there the contract promises that every request
// executes. The history is returned as it is when there are none.
func sameRequests(h *model.History, c *model.Contract) *model.History {
	f := folding{
		first: map[string]*model.Operation{}, into: map[string]*model.Operation{},
		after: map[string]int{},
	}
	for i := range h.Operations {
		f.see(&h.Operations[i], c)
	}
	if len(f.into) == 0 {
		return h
	}
	out := *h
	out.Operations, out.Events = nil, make([]model.Event, len(h.Events))
	for _, op := range h.Operations {
		if f.into[op.ID] == nil {
			out.Operations = append(out.Operations, op)
		}
	}
	f.shift(h)
	for i, e := range h.Events {
		out.Events[i] = f.renamed(e)
	}
	return &out
}

// folding says which operations are folded into which.
type folding struct {
	first map[string]*model.Operation
	// into is the operation that another one is folded into, by the other's ID; after is by how
	// much the numbers of its attempts grow.
	into  map[string]*model.Operation
	after map[string]int
}

// see files an operation under the bytes of its request.
func (f *folding) see(op *model.Operation, c *model.Contract) {
	if c.SendsKey(op.Type) && op.KeyStyle == model.KeyMissing {
		return
	}
	bytes := sentBytes(op, c)
	if known := f.first[bytes]; known != nil {
		f.into[op.ID] = known
		return
	}
	f.first[bytes] = op
}

// sentBytes is the same for two operations whose requests are the same bytes.
func sentBytes(op *model.Operation, c *model.Contract) string {
	key := ""
	if c.SendsKey(op.Type) {
		key = op.Key
	}
	parts := []string{op.Tenant, op.Method, op.Path, string(op.KeyStyle), key, op.Body}
	return strings.Join(parts, "\x00")
}

// shift numbers the attempts of folded operations behind those of the first.
func (f *folding) shift(h *model.History) {
	last := map[string]int{}
	for i := range h.Events {
		e := &h.Events[i]
		last[e.Operation] = max(last[e.Operation], e.Attempt)
	}
	for i := range h.Operations {
		id := h.Operations[i].ID
		if first := f.into[id]; first != nil {
			f.after[id] = last[first.ID]
			last[first.ID] += last[id]
		}
	}
}

// renamed returns an event as one of the operation that its own is folded into.
func (f *folding) renamed(e model.Event) model.Event {
	first := f.into[e.Operation]
	if first == nil {
		return e
	}
	by := f.after[e.Operation]
	e.Operation = first.ID
	if e.Attempt > 0 {
		e.Attempt += by
	}
	if e.Fault != nil {
		fault := *e.Fault
		fault.Operation, fault.Attempt = first.ID, fault.Attempt+by
		e.Fault = &fault
	}
	return e
}

// withoutEmpty returns a history in which operations with an empty key have none, where the
// contract says that this is the same; the history as it is when there are none.
func withoutEmpty(h *model.History, c *model.Contract) *model.History {
	out := h
	for i, op := range h.Operations {
		if op.KeyStyle == model.KeyMissing || !c.Key.Keyless(op.KeyStyle) {
			continue
		}
		if out == h {
			copied := *h
			copied.Operations = append([]model.Operation(nil), h.Operations...)
			out = &copied
		}
		out.Operations[i].KeyStyle, out.Operations[i].Key = model.KeyMissing, ""
	}
	return out
}
