package execute

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/execute/internal/named"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
)

// requests writes the bytes that the attempts of a case send.
type requests struct {
	contract *model.Contract
	base     *url.URL
	nonce    string
	names    named.Names
}

// bound is a planned operation with its real key, payload and bytes.
type bound struct {
	model.PlannedOperation
	record  *model.Operation
	head    []byte
	payload []byte
	// envelope is what head was made of, and fresh the text in it and in the payload in whose place
	// each attempt has its own; "" without any.
	envelope envelope
	fresh    string
	// vars are the values that it was made with, kept where attempts are made with those of sessions.
	vars template.Vars
}

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
	e.path, e.own, e.contentType = sent.Path, sent.Headers, sent.Type
	if e.session, err = as.Headers(); err != nil {
		return nil, nil, err
	}
	own.head = r.head(e, len(sent.Body))
	return r.names.Attempt(own.head, op.ID, n, own.envelope.own), sent.Body, nil
}

// plainRequest is the head and the payload of one attempt without a session.
func (r requests) plainRequest(op *bound, n int) (head, payload []byte) {
	if op.fresh == "" {
		return r.names.Attempt(op.head, op.ID, n, op.envelope.own), op.payload
	}
	own, text, e := *op, r.attemptText(op.ID, n), op.envelope
	own.payload = []byte(op.numbered(string(op.payload), text))
	e.path = op.numbered(e.path, text)
	e.own = make(map[string]string, len(op.envelope.own))
	for name, value := range op.envelope.own {
		e.own[name] = op.numbered(value, text)
	}
	own.head = r.head(e, len(own.payload))
	return r.names.Attempt(own.head, op.ID, n, own.envelope.own), own.payload
}

// render makes the bytes of an operation.
func (r requests) render(
	op *bound, typ model.OperationType, vars template.Vars, keys []string,
) (err error) {
	if slices.ContainsFunc(keys, unsendable) {
		return fmt.Errorf("the key %q of the plan holds a line end or another control character", keys)
	}
	sent, err := template.Render(typ.Path, typ.Content(), vars)
	if err != nil {
		return err
	}
	e := envelope{
		method: typ.Method, path: sent.Path, tenant: op.Tenant, contentType: sent.Type,
		keys: keys, own: sent.Headers,
	}
	op.payload, op.envelope, op.head = sent.Body, e, r.head(e, len(sent.Body))
	op.record.Path = r.unnamed(op, op.numbered(e.path, template.Unnumbered))
	op.record.Body = r.unnamed(op, op.numbered(string(op.payload), template.Unnumbered))
	return nil
}

// unsendable reports whether a header line would become several, or none: names of keys come from
// saved plans too.
func unsendable(line string) bool {
	return strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// envelope is what of a request stands before its payload.
type envelope struct {
	method, path, tenant, contentType string
	// keys are the lines of the key, own the headers of the operation's type, session those of its
	// tenant's session.
	keys         []string
	own, session map[string]string
}

// head renders the request line and the headers of an operation, in a fixed order.
func (r requests) head(v envelope, length int) []byte {
	var b bytes.Buffer
	path := observe.JoinPath(r.base, v.path)
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", v.method, path, r.base.Host)
	headers := map[string]string{"User-Agent": "idemcheck", "Accept": "*/*"}
	if v.contentType != "" {
		headers["Content-Type"] = v.contentType
	}
	override(headers, r.contract.Target.Headers)
	override(headers, r.contract.Tenants[v.tenant].Headers)
	override(headers, v.session)
	override(headers, v.own)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, headers[name])
	}
	if r.contract.Key.Header != "" {
		for _, k := range v.keys {
			fmt.Fprintf(&b, "%s: %s\r\n", r.contract.Key.Header, k)
		}
	}
	if length > 0 || v.method != http.MethodGet && v.method != http.MethodDelete {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// override sets headers, and takes away those of the same name however it is spelt: two lines would
// be another message.
func override(headers, set map[string]string) {
	for name := range set {
		maps.DeleteFunc(headers, func(old, _ string) bool { return strings.EqualFold(old, name) })
	}
	maps.Copy(headers, set)
}
