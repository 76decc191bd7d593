package execute

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/execute/internal/envelope"
	"github.com/idemcheck/idemcheck/harness/execute/internal/named"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/model"
)

// requests writes the bytes that the attempts of a case send.
type requests struct {
	contract *model.Contract
	// bases are where the replicas are, the first one first.
	bases []*url.URL
	nonce string
	names named.Names
}

// bound is a planned operation with its real key, payload and bytes.
type bound struct {
	model.PlannedOperation
	record  *model.Operation
	head    []byte
	payload []byte
	// envelope is what head was made of, and fresh the text in it and in the payload in whose place
	// each attempt has its own; "" without any.
	envelope envelope.Envelope
	fresh    string
	// vars are the values that it was made with, kept where attempts are made with those of sessions.
	vars template.Vars
}

// replica is where attempt n goes: those that no plan has go to the first.
func (o *bound) replica(n int) int {
	if n > len(o.Attempts) {
		return 0
	}
	return o.Attempts[n-1].Replica
}

// stranger reports whether attempt n is sent with wrong credentials.
func (o *bound) stranger(n int) bool { return n <= len(o.Attempts) && o.Attempts[n-1].Stranger }

// numbered puts the text of one attempt into a text of an operation.
func (o *bound) numbered(text, attempt string) string {
	if o.fresh == "" {
		return text
	}
	return strings.ReplaceAll(text, o.fresh, attempt)
}

// name is what tells an operation from others in what the service refuses: its key or, without one,
// its correlation ID.
func (o *bound) name() string { return cmp.Or(o.record.Key, o.record.CorrelationID) }

// attemptText is what {attempt} stands for in attempt n of an operation.
func (r requests) attemptText(operation string, n int) string {
	return fmt.Sprintf("ic-%s-%s.%d", r.nonce, operation, n)
}

// captured is what stands for {session.name} in an operation before an attempt has its session.
func (r requests) captured(name string) string { return "ic-" + r.nonce + "-session-" + name }

// unnamed is a text of an operation as histories hold it: no session is in it.
func (r requests) unnamed(op *bound, text string) string {
	for name := range op.vars {
		if name, ok := strings.CutPrefix(name, signin.Name+"."); ok {
			text = strings.ReplaceAll(text, r.captured(name), "{"+signin.Name+"."+name+"}")
		}
	}
	return text
}

// request is the head and the payload of one attempt in a session, which may be nil.
func (r requests) request(
	op *bound, n int, as *signin.Credential,
) (head, payload []byte, err error) {
	if as == nil {
		head, payload = r.plainRequest(op, n)
		return head, payload, nil
	}
	own, e, vars := *op, op.envelope, maps.Clone(op.vars)
	as.Fill(vars)
	if op.fresh != "" {
		vars[template.Attempt] = r.attemptText(op.ID, n)
	}
	typ := r.contract.Operations[op.Type]
	sent, err := template.Render(typ.Path, typ.Content(), vars)
	if err != nil {
		return nil, nil, err
	}
	e.Path, e.Own, e.ContentType = sent.Path, sent.Headers, sent.Type
	if e.Session, err = as.Headers(); err != nil {
		return nil, nil, err
	}
	e.Stranger = op.stranger(n)
	own.head = e.Head(r.contract, r.bases[op.replica(n)], len(sent.Body))
	return r.names.Attempt(own.head, op.ID, n, own.envelope.Own), sent.Body, nil
}

// plainRequest is the head and the payload of one attempt without a session.
func (r requests) plainRequest(op *bound, n int) (head, payload []byte) {
	if op.fresh == "" {
		head := op.head
		if e := op.envelope; op.replica(n) > 0 || op.stranger(n) {
			e.Stranger = op.stranger(n)
			head = e.Head(r.contract, r.bases[op.replica(n)], len(op.payload))
		}
		return r.names.Attempt(head, op.ID, n, op.envelope.Own), op.payload
	}
	own, text, e := *op, r.attemptText(op.ID, n), op.envelope
	e.Stranger = op.stranger(n)
	own.payload = []byte(op.numbered(string(op.payload), text))
	e.Path = op.numbered(e.Path, text)
	e.Own = make(map[string]string, len(op.envelope.Own))
	for name, value := range op.envelope.Own {
		e.Own[name] = op.numbered(value, text)
	}
	own.head = e.Head(r.contract, r.bases[op.replica(n)], len(own.payload))
	return r.names.Attempt(own.head, op.ID, n, own.envelope.Own), own.payload
}

// render makes the bytes of an operation.
func (r requests) render(
	op *bound, typ model.OperationType, vars template.Vars, keys []string,
) (err error) {
	if slices.ContainsFunc(keys, envelope.Unsendable) {
		return fmt.Errorf("the key %q of the plan holds a line end or another control character", keys)
	}
	sent, err := template.Render(typ.Path, typ.Content(), vars)
	if err != nil {
		return err
	}
	e := envelope.Envelope{
		Method: typ.Method, Path: sent.Path, Tenant: op.Tenant, ContentType: sent.Type,
		Keys: keys, Own: sent.Headers,
	}
	op.payload, op.envelope, op.head = sent.Body, e, e.Head(r.contract, r.bases[0], len(sent.Body))
	op.record.Trace = r.names.Trace(op.ID, e.Own)
	op.record.Path = r.unnamed(op, op.numbered(e.Path, template.Unnumbered))
	op.record.Body = r.unnamed(op, op.numbered(string(op.payload), template.Unnumbered))
	return nil
}
