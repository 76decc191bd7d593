package execute

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

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
}

// binding is a case bound to a target: fresh resources, fresh keys.
type binding struct {
	executor *Executor
	site     Site
	observer *observe.EffectReader
	plan     *model.Case
	nonce    string
	ops      []*bound
}

// nonce returns a name that no earlier run used. It is an identity and not a die: nothing is
// decided by it.
func nonce() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return hex.EncodeToString(b[:])
}

// bind sets up the resources of a case and renders its operations.
func (e *Executor) bind(ctx context.Context, s Site, c *model.Case) (*binding, error) {
	b := &binding{
		executor: e, site: s, plan: c, nonce: s.Nonce,
		observer: observe.New(&observe.Client{
			Contract: e.Contract, Base: e.base, Conditions: e.Conditions, Heavy: e.heavy,
			Mask: e.Mask, Client: observe.NewHTTPClient(s.HTTP),
		}, c.Tenants()),
	}
	if b.nonce == "" {
		b.nonce = nonce()
	}
	for _, res := range c.Resources {
		for _, tenant := range c.Tenants() {
			inst, err := b.create(ctx, res, tenant)
			if err != nil {
				return nil, err
			}
			b.observer.Resources = append(b.observer.Resources, inst)
		}
	}
	if err := b.observer.Baseline(ctx); err != nil {
		return nil, err
	}
	for i := range c.Operations {
		op, err := b.operation(&c.Operations[i])
		if err != nil {
			return nil, fmt.Errorf("preparing operation %s: %w", c.Operations[i].ID, err)
		}
		b.ops = append(b.ops, op)
		b.observer.Operations = append(b.observer.Operations, op.record)
	}
	return b, nil
}

// find returns the instance of a resource for a tenant, or nil.
func (b *binding) find(name, tenant string) *observe.Instance {
	for _, inst := range b.observer.Resources {
		if inst.Name == name && inst.Tenant == tenant {
			return inst
		}
	}
	return nil
}

// need returns the first instance of a type for a tenant, or nil.
func (b *binding) need(typ, tenant string) *observe.Instance {
	for _, inst := range b.observer.Resources {
		if inst.Type == typ && inst.Tenant == tenant {
			return inst
		}
	}
	return nil
}

// create makes one resource at the target, with a fresh key.
func (b *binding) create(
	ctx context.Context, res model.Resource, tenant string,
) (*observe.Instance, error) {
	typ, ok := b.executor.Contract.Resources[res.Type]
	if !ok {
		return nil, fmt.Errorf("setting up %s: the contract has no resource %q", res.Name, res.Type)
	}
	inst := &observe.Instance{
		Resource: res, Tenant: tenant, Prefix: tenant + "/" + res.Name,
		Unique: "ic-" + b.nonce + "-" + res.Name, Needs: map[string]*observe.Instance{},
	}
	if typ.Shared != nil && *typ.Shared {
		inst.Unique += "-" + tenant
	}
	vars := template.Vars{"unique": inst.Unique}
	for name, needed := range typ.Needs {
		if inst.Needs[name] = b.need(needed, tenant); inst.Needs[name] == nil {
			return nil, fmt.Errorf("setting up %s: the plan has no %s for it", res.Name, needed)
		}
		inst.Needs[name].Add(vars, name)
	}
	key := "setup-" + res.Name + "-" + tenant
	answer, err := b.observer.Plain.Send(ctx, observe.BoundMessage{
		Tenant: tenant, Message: typ.Create, Vars: vars,
		Key: model.KeyPlan{Name: key, Style: model.KeyPlain}, Nonce: b.nonce,
	})
	if err != nil {
		return nil, fmt.Errorf("setting up %s: %w%s", res.Name, err, setupAdvice(err, res.Type))
	}
	id, why := observe.NameValue(value.Lookup(answer, typ.ID))
	if inst.ID = id; why != "" {
		return nil, fmt.Errorf("setting up %s: its answer has %s field %q (resources.%s.id)",
			res.Name, why, typ.ID, res.Type)
	}
	return inst, nil
}

// setupAdvice says what to look at when a resource could not be made.
func setupAdvice(err error, typ string) string {
	var status *observe.StatusError
	switch {
	case !errors.As(err, &status):
		return ""
	case conditions.Unauthorized(status.Status):
		return "; check target.headers and tenants.*.headers"
	}
	return "; check resources." + typ + ".create"
}

// addArgs puts an instance's names in states into the arguments that the model sees.
func addArgs(i *observe.Instance, op *model.Operation, name string) {
	op.Args[name] = i.Prefix
	op.Resources = append(op.Resources, i.Prefix)
	for _, need := range slices.Sorted(maps.Keys(i.Needs)) {
		addArgs(i.Needs[need], op, name+"."+need)
	}
}

// operation renders one operation.
func (b *binding) operation(p *model.PlannedOperation) (*bound, error) {
	typ, ok := b.executor.Contract.Operations[p.Type]
	if !ok {
		return nil, fmt.Errorf("the contract has no operation %q", p.Type)
	}
	key, lines := keyform.Lines(b.executor.Contract, p.Key, b.nonce)
	if !template.SendsKey(b.executor.Contract, p.Type) {
		key = "" // a key that nobody is sent is none
	}
	op := &model.Operation{
		ID: p.ID, Client: p.Client, Type: p.Type, Tenant: p.Tenant, Key: key,
		KeyStyle: p.Key.Style, Method: typ.Method, Route: typ.Path,
		Mark: "ic-" + b.nonce + "-" + p.Mark, Args: map[string]any{}, Attempts: len(p.Attempts),
	}
	vars := template.Vars{"mark": op.Mark, "key": key}
	if err := b.arguments(p, typ, op, vars); err != nil {
		return nil, err
	}
	out := &bound{PlannedOperation: *p, record: op}
	if slices.Contains(template.Sent(typ), template.Attempt) {
		out.fresh = b.attemptText(p.ID, 0)
		vars[template.Attempt] = out.fresh
	}
	if err := b.render(out, typ, vars, lines); err != nil {
		return nil, err
	}
	var err error
	op.Effects, err = b.executor.Spec.Effects(op)
	return out, err
}

// render makes the bytes of an operation.
func (b *binding) render(
	op *bound, typ model.OperationType, vars template.Vars, keys []string,
) (err error) {
	if slices.ContainsFunc(keys, unsendable) {
		return fmt.Errorf("the key %q of the plan holds a line end or another control character", keys)
	}
	e := envelope{method: typ.Method, tenant: op.Tenant, keys: keys}
	if e.path, err = template.Path(typ.Path, vars); err != nil {
		return err
	}
	if e.own, err = template.Headers(typ.Headers, vars); err != nil {
		return err
	}
	if op.payload, e.contentType, err = template.Body(typ.Body, vars); err != nil {
		return err
	}
	op.envelope, op.head = e, b.executor.head(e, len(op.payload))
	op.record.Path = op.numbered(e.path, template.Unnumbered)
	op.record.Body = op.numbered(string(op.payload), template.Unnumbered)
	return nil
}

// unsendable tells whether a header line would become several, or none: names of keys come from
// saved plans too.
func unsendable(line string) bool {
	return strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// arguments resolves drawn arguments for templates and for the model.
func (b *binding) arguments(
	p *model.PlannedOperation, typ model.OperationType, op *model.Operation, vars template.Vars,
) error {
	for _, name := range slices.Sorted(maps.Keys(typ.Args)) {
		v := value.Normal(p.Args[name])
		if typ.Args[name].Resource == "" {
			op.Args[name], vars[name] = v, v
			continue
		}
		inst := b.find(fmt.Sprint(v), p.Tenant)
		if inst == nil {
			return fmt.Errorf("argument %s: the plan sets up no resource %v", name, v)
		}
		inst.Add(vars, name)
		addArgs(inst, op, name)
	}
	return nil
}

// envelope is what of a request stands before its payload.
type envelope struct {
	method, path, tenant, contentType string
	// keys are the lines of the key, own the headers of the operation's type.
	keys []string
	own  map[string]string
}

// head renders the request line and the headers of an operation, in a fixed order.
func (e *Executor) head(v envelope, length int) []byte {
	var b bytes.Buffer
	path := observe.JoinPath(e.base, v.path)
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", v.method, path, e.base.Host)
	headers := map[string]string{"User-Agent": "idemcheck", "Accept": "*/*"}
	if v.contentType != "" {
		headers["Content-Type"] = v.contentType
	}
	override(headers, e.Contract.Target.Headers)
	override(headers, e.Contract.Tenants[v.tenant].Headers)
	override(headers, v.own)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, headers[name])
	}
	if e.Contract.Key.Header != "" {
		for _, k := range v.keys {
			fmt.Fprintf(&b, "%s: %s\r\n", e.Contract.Key.Header, k)
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

// attemptHead is the head of one attempt: an operation's, with a trace header of the attempt's own,
// as instrumented clients send it. A service must not take a repeat for another operation because
// of it. A contract that writes the header itself has its own.
func (b *binding) attemptHead(op *bound, n int) []byte {
	for _, set := range []map[string]string{
		b.executor.Contract.Target.Headers, b.executor.Contract.Tenants[op.Tenant].Headers,
	} {
		for name := range set {
			if strings.EqualFold(name, traceHeader) {
				return op.head
			}
		}
	}
	trace := sha256.Sum256([]byte(b.nonce + "/" + op.ID))
	span := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", b.nonce, op.ID, n))
	end := len(op.head) - len("\r\n")
	return fmt.Appendf(slices.Clip(op.head[:end]), "%s: 00-%x-%x-01\r\n\r\n",
		traceHeader, trace[:16], span[:8])
}

// traceHeader is W3C's; its value here says that the trace is kept: services drop what their
// callers do not keep.
const traceHeader = "Traceparent"
